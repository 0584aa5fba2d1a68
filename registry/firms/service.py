"""Rules about firms and who acts for them."""

from collections.abc import Iterable

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from registry.firms.models import Firm, FirmChange, Membership


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


def announce_changes(session: Session, firm_ids: Iterable[int]) -> None:
    """Tell the index that these firms changed; written in the transaction of the change."""
    rows = [{"firm_id": firm_id} for firm_id in firm_ids]
    if rows:
        session.execute(insert(FirmChange), rows)
