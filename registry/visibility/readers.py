"""Which reader a signed-in person is, in relation to a firm."""

from typing import Protocol

from registry.accounts.models import ADMINISTRATOR, AUDITOR, OFFICIAL
from registry.visibility.table import Reader


class Person(Protocol):
    """A signed-in person or a visitor, as Flask-Security gives it."""

    @property
    def is_authenticated(self) -> bool: ...

    def has_role(self, role: str) -> bool: ...


def reader_of(person: Person, own: bool = False) -> Reader:
    """The widest relation that holds; `own` says that the person acts for the firm in question."""
    if not person.is_authenticated:
        return Reader.VISITOR
    for role, reader in (
        (ADMINISTRATOR, Reader.ADMINISTRATOR),
        (OFFICIAL, Reader.OFFICIAL),
        (AUDITOR, Reader.AUDITOR),
    ):
        if person.has_role(role):
            return reader
    return Reader.OWN_FIRM if own else Reader.OTHER_FIRM
