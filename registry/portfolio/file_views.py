"""A result as a file: the briefing note and the figures."""

from flask import Response
from flask_security import current_user

from registry.accounts.auth import me, open_to
from registry.db import db, utcnow
from registry.disclosures.models import Purpose as Seen
from registry.portfolio import service, workbook
from registry.portfolio.auth import known_result, log_results
from registry.portfolio.blueprint import READERS, pages, titles
from registry.portfolio.models import PlanResult
from registry.portfolio.note import note_pdf
from registry.portfolio.story import story_of
from registry.visibility.table import Purpose
from registry.web import LANGUAGE_PREFIX, current_language

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get(f"{LANGUAGE_PREFIX}/plans/results/<int:result_id>/note.pdf")
@open_to(*READERS)
def note(result_id: int) -> Response:
    """The briefing note, in the language of the address."""
    found = _exported(result_id, "pdf")
    body = note_pdf(found, story_of(found, titles()), current_language())
    name = f"cadence-plan-{found.id}-{current_language()}.pdf"
    return _file(body, "application/pdf", name)


@pages.get(f"{LANGUAGE_PREFIX}/plans/results/<int:result_id>/figures.xlsx")
@open_to(*READERS)
def figures(result_id: int) -> Response:
    """Every line with its figures and what is signed with it; what they are on a second sheet."""
    found = _exported(result_id, "xlsx")
    story = story_of(found, titles())
    body = workbook.to_xlsx(found, story, current_user.email, utcnow())
    return _file(body, XLSX, f"cadence-plan-{found.id}.xlsx")


def _exported(result_id: int, form: str) -> PlanResult:
    """A result that may leave the registry, once that is logged and recorded."""
    found = known_result(result_id, Purpose.EXPORT)
    service.note_export(db.session, me(), found, form)
    log_results([found], Seen.EXPORT)
    db.session.commit()
    return found


def _file(body: bytes, kind: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=kind, headers=disposition)
