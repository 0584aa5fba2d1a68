"""Recording changes."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from registry.audit import words
from registry.audit.models import AuditEvent


def record(
    session: Session,
    actor_id: int | None,
    action: str,
    subject: str,
    subject_id: int | None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    why: str | None = None,
    office: str | None = None,
    **detail: Any,
) -> None:
    """Add one event to the caller's transaction; it is chained when that commits.

    `before` and `after` hold the fields that changed, by name; `why` is the person's reason in
    their own words. Events of the subject `firm` are shown to that firm, without `detail`. All of
    it must be JSON but for dates, moments and decimals, and hold no secret. Raises KeyError for an
    action or a subject that pages have no words for.
    """
    if action not in words.ACTIONS or subject not in words.SUBJECTS:
        raise KeyError(f"no words for {action} of {subject}")
    session.add(
        AuditEvent(
            actor_id=actor_id,
            office=office,
            action=action,
            subject=subject,
            subject_id=subject_id,
            detail=_plain(detail),
            before=_plain(before),
            after=_plain(after),
            why=why or None,
        )
    )


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """`before` and `after` for `record`, of the fields alone whose values differ."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {
        "before": {name: before[name] for name in names if name in before},
        "after": {name: after[name] for name in names if name in after},
    }


def _plain(value: Any) -> Any:
    """The value as JSON holds it; a decimal stays exact as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(held) for key, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(held) for held in value]
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
