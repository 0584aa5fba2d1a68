"""What stands beside the fit when firms are compared: certificates, and what they add by dates."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import terms
from registry.coverage.service import DATES
from registry.firms.models import Certificate
from registry.matches.capacity import Capacity
from registry.matches.service import Row
from registry.visibility.table import Field, may_see


def certificates_of(session: Session, rows: Collection[Row]) -> dict[int, list[Any]]:
    """Scheme, level and expiry of each firm's certificates that its reader may see; one query."""
    readers = {row.firm.id: row.reader for row in rows}
    query = (
        select(Certificate.firm_id, Certificate.scheme, Certificate.level, Certificate.expires_on)
        .where(Certificate.firm_id.in_(readers))
        .order_by(Certificate.scheme, Certificate.id)
    )
    found: dict[int, list[Any]] = {number: [] for number in readers}
    for one in session.execute(query):
        cleared = one.scheme in terms.CLEARANCE_SCHEMES
        if may_see(readers[one.firm_id], Field.CLEARANCE if cleared else Field.CERTIFICATE):
            found[one.firm_id].append(one)
    return found


def added_by_date(capacity: Capacity) -> dict[int, list[tuple[int, Any]]]:
    """(month, what the firm adds by then) for each firm of which that may be told."""
    by_month = {
        month: {one.firm.id: one for one in capacity.output.ranked(month)} for month in DATES
    }
    return {
        number: [(month, firms[number]) for month, firms in by_month.items()]
        for number in capacity.added
    }
