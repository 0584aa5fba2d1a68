"""Recording changes."""

from typing import Any

from sqlalchemy.orm import Session

from registry.audit.models import AuditEvent


def record(
    session: Session,
    actor_id: int | None,
    action: str,
    subject: str,
    subject_id: int | None,
    **detail: Any,
) -> None:
    """Add one event to the caller's transaction; `detail` must be JSON and hold no secret."""
    session.add(
        AuditEvent(
            actor_id=actor_id,
            action=action,
            subject=subject,
            subject_id=subject_id,
            detail=detail,
        )
    )
