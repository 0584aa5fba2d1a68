"""Uploading, the dry run, and applying exactly what it showed."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from registry.audit.service import record
from registry.bulk.models import APPLIED, CHECKED, BulkUpload, Upload
from registry.bulk.reading import ADDED, CHANGED, Entry, make_plan
from registry.capabilities.service import load_known, save_line
from registry.db import utcnow
from registry.errors import Conflict, NotFound
from registry.feeds.text import clean
from registry.firms.models import Firm
from registry.i18n import gettext as _

RECENT = 10


def upload_file(
    session: Session, actor_id: int, firm_id: int, file_name: str, content: bytes
) -> BulkUpload:
    """Keep the file with its dry run; nothing else changes. Raises FileRefused."""
    plan = [entry.as_json() for entry in make_plan(session, firm_id, content)]
    upload = BulkUpload(
        firm_id=firm_id,
        uploaded_by=actor_id,
        file_name=clean(file_name)[-255:] or _("file without a name"),
        content=content,
        plan=plan,
    )
    session.add(upload)
    session.flush()
    record(session, actor_id, "bulk.upload", "firm", firm_id, upload=upload.id, counts=tally(plan))
    return upload


def get_upload(session: Session, firm_id: int, upload_id: int) -> BulkUpload:
    """One upload of the firm. Raises NotFound, also for another firm's."""
    upload = session.get(BulkUpload, upload_id)
    if upload is None or upload.firm_id != firm_id:
        raise NotFound(_("There is no such file of this firm. Upload it again."))
    return upload


def recent_uploads(session: Session, firm_id: int) -> list[BulkUpload]:
    query = (
        select(BulkUpload)
        .where(BulkUpload.firm_id == firm_id)
        .order_by(BulkUpload.id.desc())
        .limit(RECENT)
    )
    return list(session.scalars(query))


def tally(plan: list[dict[str, Any]]) -> dict[str, int]:
    """How many lines are added, changed, unchanged and refused."""
    return dict(Counter(entry["action"] for entry in plan))


def apply_upload(session: Session, actor_id: int, upload: BulkUpload) -> bool:
    """Do what the dry run showed; refused lines are left out.

    False, with the dry run made anew and nothing applied, if the firm's lines have changed since.
    Raises Conflict for a file that was applied already.
    """
    claim(session, upload)
    # On PostgreSQL this is held until the transaction ends: one file of a firm at a time.
    session.scalars(select(Firm.id).where(Firm.id == upload.firm_id).with_for_update()).one()
    entries = make_plan(session, upload.firm_id, upload.content)
    if not does_as_shown(session, upload, entries):
        return False
    known = load_known(session, upload.firm_id)
    for entry in entries:
        if entry.action in (ADDED, CHANGED):
            save_line(session, actor_id, upload.firm_id, _data(entry), entry.line_id, known)
    counts = tally(upload.plan)
    record(session, actor_id, "bulk.apply", "firm", upload.firm_id, upload=upload.id, counts=counts)
    session.flush()
    return True


def claim(session: Session, upload: Upload) -> None:
    """Be the one who applies a file. Raises Conflict for one that was applied already.

    Of two at once the second waits on PostgreSQL; SQLite has one writer, which this makes us.
    """
    model = type(upload)
    claimed = session.execute(
        update(model)
        .where(model.id == upload.id, model.state == CHECKED)
        .values(state=APPLIED, applied_at=utcnow())
        .execution_options(synchronize_session=False)
    )
    if claimed.rowcount == 0:  # type: ignore[attr-defined]
        raise Conflict(_("This file was applied already. Upload a new one for further changes."))
    session.refresh(upload)


def does_as_shown(session: Session, upload: Upload, entries: Sequence[Entry]) -> bool:
    """Whether a plan made now does what the dry run showed; if not it takes its place, to be shown.

    Flushes.
    """
    plan = [entry.as_json() for entry in entries]
    if _effect(plan) == _effect(upload.plan):
        return True
    upload.state, upload.applied_at, upload.plan = CHECKED, None, plan
    session.flush()
    return False


def _data(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.data.items() if name != "unit"}


def _effect(plan: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What of a plan must stay the same for it to be applied: not the words of its faults."""
    names = ("line", "reference", "action", "line_id", "changes")
    return [tuple(entry[name] for name in names) for entry in plan]
