"""Which reader a signed-in person is, in relation to a firm."""

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from registry.accounts.models import ADMINISTRATOR, AUDITOR, OFFICIAL
from registry.visibility.table import Reader


class Person(Protocol):
    """A signed-in person or a visitor, as Flask-Security gives it."""

    @property
    def is_authenticated(self) -> bool: ...

    def has_role(self, role: str) -> bool: ...


def reader_of(person: Person, own: bool = False) -> Reader:
    """The widest relation that holds by role; `own` says that the person acts for the firm.

    An official's need to know is not a matter of roles: see `Standing`.
    """
    if not person.is_authenticated:
        return Reader.VISITOR
    if person.has_role(ADMINISTRATOR):
        return Reader.ADMINISTRATOR
    if own:
        return Reader.OWN_FIRM
    for role, reader in ((AUDITOR, Reader.AUDITOR), (OFFICIAL, Reader.OFFICIAL)):
        if person.has_role(role):
            return reader
    return Reader.OTHER_FIRM


@dataclass(frozen=True)
class Scope:
    """What an official's need to know is for. One that names nothing covers nothing."""

    until: dt.date
    everything: bool = False
    category: str | None = None
    firm_id: int | None = None

    def covers(self, firm_id: int | None, category: str | None) -> bool:
        return (
            self.everything
            or (self.category is not None and self.category == category)
            or (self.firm_id is not None and self.firm_id == firm_id)
        )


@dataclass(frozen=True)
class Standing:
    """How one person stands to every firm, read once for a request."""

    role: Reader  # by role alone: towards a firm that is not theirs, without need to know
    firms: frozenset[int] = frozenset()  # those that the person acts for
    scopes: tuple[Scope, ...] = ()  # an official's need to know, in force today

    def to(self, firm_id: int | None, category: str | None = None) -> Reader:
        """Which reader the person is of a firm's figures for a category of shortfall."""
        if self.role is not Reader.ADMINISTRATOR and firm_id in self.firms:
            return Reader.OWN_FIRM
        if self.need_to_know(firm_id, category):
            return Reader.NAMED_OFFICIAL
        return self.role

    def need_to_know(self, firm_id: int | None, category: str | None = None) -> dt.date | None:
        """The last day of an official's need to know of it; None without one."""
        if self.role is not Reader.OFFICIAL:
            return None
        covering = (scope.until for scope in self.scopes if scope.covers(firm_id, category))
        return max(covering, default=None)


OPERATOR = Standing(Reader.ADMINISTRATOR)  # whoever runs commands can read the database itself
