"""Rules about firms and who acts for them."""

from collections.abc import Iterable

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from registry.errors import NotFound
from registry.firms.models import Firm, FirmChange, Membership
from registry.i18n import gettext as _

ANNOUNCING = 0xCADE  # any number that nothing else in the database locks


def acts_for(session: Session, user_id: int | None, firm_id: int) -> bool:
    """Whether the person is a member of the firm."""
    if user_id is None:
        return False
    query = select(Membership.id).where(
        Membership.user_id == user_id, Membership.firm_id == firm_id
    )
    return session.scalar(query) is not None


def find_firm(session: Session, firm_id: int) -> Firm | None:
    return session.get(Firm, firm_id)


def get_firm(session: Session, firm_id: int) -> Firm:
    """A firm whatever its listing. Raises NotFound."""
    firm = find_firm(session, firm_id)
    if firm is None:
        raise NotFound(_("There is no firm with the number %(id)s.", id=firm_id))
    return firm


def announce_changes(session: Session, firm_ids: Iterable[int]) -> None:
    """Tell the index that these firms changed; written in the transaction of the change."""
    rows = [{"firm_id": firm_id} for firm_id in firm_ids]
    if rows:
        _wait_for_others(session)
        session.execute(insert(FirmChange), rows)


def _wait_for_others(session: Session) -> None:
    """Let one transaction at a time announce, so that numbers become visible in their order.

    An index that has seen number 7 would never look for a 6 that is committed after it. SQLite has
    one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(ANNOUNCING)))
