"""Pages to change a firm's lines with a spreadsheet."""

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

from registry import terms
from registry.accounts.auth import actor_id, me, open_to
from registry.accounts.models import ADMINISTRATOR, FIRM
from registry.bulk import service, template
from registry.bulk.reading import ADDED, CHANGED, MOST_BYTES
from registry.capabilities.fields import Figure
from registry.capabilities.lines import FIELDS, RATE_COLUMNS
from registry.capabilities.service import list_lines
from registry.capabilities.words import PERIODS
from registry.db import db
from registry.errors import NotAllowed, RuleBroken
from registry.feeds.reader import MIB
from registry.firms.models import Firm
from registry.firms.service import acts_for, get_firm
from registry.i18n import gettext as _
from registry.taxonomy.service import list_categories
from registry.web import LANGUAGE_PREFIX, current_language, exactly

pages = Blueprint("bulk", __name__)
KEEPERS = (FIRM, ADMINISTRATOR)
HERE = f"{LANGUAGE_PREFIX}/firms/<int:firm_id>/bulk"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _firm(firm_id: int) -> Firm:
    """The firm, if the person may change it. Raises NotFound, NotAllowed."""
    firm = get_firm(db.session, firm_id)
    if not (current_user.has_role(ADMINISTRATOR) or acts_for(db.session, actor_id(), firm_id)):
        raise NotAllowed(_("Only those who act for the firm may change its lines."))
    return firm


@pages.get(HERE)
@open_to(*KEEPERS)
def start(firm_id: int) -> str:
    """The template to take, and where to bring it back."""
    return _start_page(_firm(firm_id))


def _start_page(firm: Firm, error: str | None = None) -> str:
    return render_template(
        "bulk/start.html",
        firm=firm,
        lines=list_lines(db.session, firm.id),
        uploads=service.recent_uploads(db.session, firm.id),
        tally=service.tally,
        error=error,
        most=MOST_BYTES // MIB,
    )


@pages.get(f"{HERE}/template.<any(csv, xlsx):form>")
@open_to(*KEEPERS)
def download(firm_id: int, form: str) -> Response:
    """The template, filled with the firm's lines as they are."""
    firm = _firm(firm_id)
    lines = list_lines(db.session, firm_id)
    if form == "csv":
        body, kind = template.to_csv(lines), "text/csv; charset=utf-8"
    else:
        categories = list_categories(db.session)
        body = template.to_xlsx(lines, firm.sites, categories, current_language())
        kind = XLSX
    name = f"cadence-lines-{firm_id}.{form}"
    return _attachment(body, kind, name)


def _attachment(body: bytes, kind: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=kind, headers=disposition)


@pages.post(HERE)
@open_to(*KEEPERS)
def upload(firm_id: int) -> Any:
    """Keep the file and show what it would change."""
    firm = _firm(firm_id)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _start_page(firm, _("Choose a file first.")), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        content = file.stream.read(MOST_BYTES + 1)
        kept = service.upload_file(db.session, me(), firm_id, file.filename, content)
    except RuleBroken as error:
        db.session.rollback()
        return _start_page(_firm(firm_id), error.message), HTTPStatus.UNPROCESSABLE_ENTITY
    db.session.commit()
    return redirect(url_for("bulk.dry_run", firm_id=firm_id, upload_id=kept.id))


@pages.get(f"{HERE}/<int:upload_id>")
@open_to(*KEEPERS)
def dry_run(firm_id: int, upload_id: int) -> str:
    """What the file would change, row by row; or what it did."""
    firm = _firm(firm_id)
    kept = service.get_upload(db.session, firm_id, upload_id)
    counts = service.tally(kept.plan)
    return render_template(
        "bulk/dry_run.html",
        firm=firm,
        upload=kept,
        counts=counts,
        effective=counts.get(ADDED, 0) + counts.get(CHANGED, 0),
        label_of=_label,
        shown=_shown,
    )


@pages.get(f"{HERE}/<int:upload_id>/file")
@open_to(*KEEPERS)
def kept_file(firm_id: int, upload_id: int) -> Response:
    """The file as it was sent."""
    _firm(firm_id)
    kept = service.get_upload(db.session, firm_id, upload_id)
    form = "xlsx" if kept.content.startswith(b"PK") else "csv"
    return _attachment(kept.content, "application/octet-stream", f"cadence-{kept.id}.{form}")


@pages.post(f"{HERE}/<int:upload_id>/apply")
@open_to(*KEEPERS)
def apply(firm_id: int, upload_id: int) -> BaseResponse:
    """Do what the dry run showed."""
    _firm(firm_id)
    kept = service.get_upload(db.session, firm_id, upload_id)
    if service.apply_upload(db.session, me(), kept):
        flash(_("Done. The firm’s lines are as the file has them."), "success")
    else:
        flash(
            _(
                "The lines have changed since this was checked, so nothing was applied. "
                "See below what the file would change now."
            ),
            "warning",
        )
    db.session.commit()
    return redirect(url_for("bulk.dry_run", firm_id=firm_id, upload_id=upload_id))


_FIELDS = {RATE_COLUMNS.get(field.name, field.name): field for field in FIELDS}


def _label(name: str) -> str:
    """What a column that changes is called."""
    if name in _FIELDS:
        return _(_FIELDS[name].label)
    return {"inputs": _("Inputs"), "evidence": _("Evidence")}.get(name, _("Rates as typed"))


def _shown(name: str, value: Any) -> str:
    """A value of a change, in words short enough for a row."""
    if value in (None, "", [], {}):
        return _("not stated")
    if name == "inputs":
        return "; ".join(item.get("name_en") or item.get("name_fr") for item in value)
    if name == "rates_as_typed":
        period = value["period"]
        return _(PERIODS[period])
    kind = _FIELDS[name].kind if name in _FIELDS else None
    if isinstance(kind, Figure):
        return exactly(Decimal(str(value)))
    return str(kind.typed(value)) if kind else terms.said(terms.EVIDENCE, value)
