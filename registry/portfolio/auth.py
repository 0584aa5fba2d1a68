"""Whose figures a plan shows: asked and logged before they are."""

from flask_security import current_user

from registry.db import db
from registry.disclosures.models import Purpose as Seen
from registry.disclosures.service import NotLogged, note_disclosure
from registry.disclosures.views import accountable
from registry.errors import NotAllowed
from registry.grants.auth import my_standing
from registry.i18n import gettext as _
from registry.portfolio import service
from registry.portfolio.blueprint import reads_as
from registry.portfolio.facts import TOLD, Basis, basis_of, may_know
from registry.portfolio.forms import Document
from registry.portfolio.models import PlanResult
from registry.visibility.readers import Standing
from registry.visibility.table import Purpose, Reader


def basis_told(document: Document) -> Basis:
    """The lines that the reader may know, once it is logged that they are about to."""
    standing = my_standing()
    basis = basis_of(db.session, standing, document)
    readers = {one.seen.line.firm_id: one.seen.reader for one in basis.read}
    if readers and accountable(standing.role, readers, TOLD, readers=readers) is Reader.VISITOR:
        raise NotLogged
    return basis


def may_read(found: PlanResult, standing: Standing, purpose: Purpose = Purpose.PAGE) -> bool:
    """Whether the person may know every line that the result rests on."""
    return may_know(standing, found.inputs["lines"], purpose)


def log_results(results: list[PlanResult], purpose: Seen = Seen.PAGE) -> None:
    """Log that the figures of these results' firms are about to be shown. Raises NotLogged."""
    standing = my_standing()
    readers = {
        line["firm_id"]: standing.to(line["firm_id"], line["category"])
        for one in results
        for line in one.inputs["lines"]
    }
    if note_disclosure(db.session, current_user, readers, purpose, TOLD, readers):
        db.session.commit()


def known_result(result_id: int, purpose: Purpose = Purpose.PAGE) -> PlanResult:
    """A result whose every figure the person may know. Raises NotFound or NotAllowed."""
    found = service.get_result(db.session, result_id, reads_as())
    if not may_read(found, my_standing(), purpose):
        raise NotAllowed(
            _(
                "This result rests on figures of firms that you have no need to know of now. "
                "Ask an administrator, or solve the plan again with the lines that you may know."
            )
        )
    return found
