"""Pages of an office's own needs: the list, one need with its firms, and the spreadsheet."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

from registry import terms
from registry.accounts.auth import open_to
from registry.accounts.models import ADMINISTRATOR, OFFICIAL, User
from registry.bulk.reading import ADDED, CHANGED, MOST_BYTES
from registry.bulk.service import tally
from registry.db import db, today
from registry.errors import NotFound, RuleBroken
from registry.feeds.reader import MIB
from registry.grants.auth import my_standing
from registry.i18n import gettext as _
from registry.matches.listing_views import asked_here, listing_of
from registry.matches.needs import OWN
from registry.matches.views import shown
from registry.needs import service, template
from registry.needs.columns import BY_NAME, CLEARANCES, PRIORITY_WORDS
from registry.needs.models import OfficeNeed
from registry.needs.notice import notice_of_need
from registry.opportunities.service import categories_of
from registry.rules.service import rule_rows, rule_set
from registry.rules.words import validity
from registry.taxonomy.domains import UNITS
from registry.taxonomy.service import class_titles
from registry.visibility.table import Reader
from registry.web import LANGUAGE_PREFIX, exactly
from registry.web import date as in_words

pages = Blueprint("needs", __name__)
KEEPERS = (OFFICIAL, ADMINISTRATOR)
HERE = f"{LANGUAGE_PREFIX}/needs"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _me() -> User:
    person: User = current_user._get_current_object()
    return person


@pages.before_app_request
def only_own_needs() -> None:
    """Wherever an address or a form names a need of an office, it is one of the person's own.

    Raises NotFound. A shared shortlist tells of its need by itself.
    """
    named = {*request.args.getlist(OWN), *request.form.getlist(OWN)} - {""}
    for number in named:
        if not (number.isdecimal() and any(map(current_user.has_role, KEEPERS))):
            raise NotFound(_("There is no such need of your office."))
        service.get_need(db.session, _me(), int(number))


@pages.app_template_filter("need_quantity")
def need_quantity(need: OfficeNeed) -> str:
    """How many, in its unit; "" where it is not stated."""
    if need.quantity is None:
        return ""
    unit = terms.said(UNITS, need.unit) if need.unit else ""
    return f"{exactly(need.quantity)} {unit}".strip()


@pages.app_template_filter("need_priority")
def need_priority(need: OfficeNeed) -> str:
    return terms.said(PRIORITY_WORDS, need.priority)


@pages.app_template_filter("need_planning")
def need_planning(need: OfficeNeed) -> dict[str, Any]:
    """What the pages of output and of plans ask of the same need; months begin today."""
    if need.by_date is None or need.quantity is None:
        return {}
    day = today()
    months = (need.by_date.year - day.year) * 12 + need.by_date.month - day.month
    plain = format(need.quantity.normalize(), "f")
    return {"quantity": plain, "month": max(months, 1), "source": need.source}


@pages.get(HERE)
@open_to(*KEEPERS)
def listed() -> str:
    """The office's needs, open ones first."""
    return render_template(
        "needs/needs.html", needs=service.list_needs(db.session, _me()), office=current_user.office
    )


@pages.get(f"{HERE}/<int:need_id>")
@open_to(*KEEPERS)
def need(need_id: int) -> str:
    """One need: what is asked for, which shortfalls it is about, and which firms fit it."""
    found = service.get_need(db.session, _me(), need_id)
    asked = service.need_of(found)
    standing = my_standing()
    reference = {OWN: str(found.id)}
    category = found.category_code
    listing = listing_of(asked, standing, asked_here(standing, reference), category)
    classes = class_titles(db.session, found.class_codes)
    findings = rule_set(db.session).read(notice_of_need(found))
    return render_template(
        "needs/need.html",
        need=found,
        categories=categories_of(db.session, asked, findings),
        rules=rule_rows(db.session, findings),
        validity=validity,
        classes=[classes[code] for code in found.class_codes if code in classes],
        facts=_facts(found),
        official=standing.role is Reader.OFFICIAL,
        need_to_know=standing.need_to_know(None, category),
        need_ref=reference,
        listing=listing,
        **shown(listing.found.ranking),
    )


def _facts(found: OfficeNeed) -> list[tuple[str, str]]:
    """What is stated of a need besides its text."""
    every: tuple[tuple[str, str | None], ...] = (
        (_("Quantity"), need_quantity(found) or None),
        (_("Needed by"), in_words(found.by_date) if found.by_date else None),
        (_("Priority"), need_priority(found)),
        (_("Region"), terms.province_name(found.region) if found.region else None),
        (_("Clearance"), terms.said(CLEARANCES, found.clearance) if found.clearance else None),
        (_("Controlled goods"), _yes_no(found.controlled_goods)),
        (_("Cyber certification"), _yes_no(found.cyber_certification)),
        (_("Indigenous set-aside"), _yes_no(found.indigenous_set_aside)),
        (_("Source"), found.source),
        (_("Stated"), in_words(found.stated_at)),
    )
    return [(name, value) for name, value in every if value]


def _yes_no(value: bool | None) -> str | None:
    return None if value is None else _("yes") if value else _("no")


@pages.get(f"{HERE}/template.<any(csv, xlsx):form>")
@open_to(*KEEPERS)
def download(form: str) -> Response:
    """The template, filled with the office's needs as they are."""
    found = service.list_needs(db.session, _me())
    body = template.to_csv(found) if form == "csv" else template.to_xlsx(found)
    kind = "text/csv; charset=utf-8" if form == "csv" else XLSX
    disposition = {"Content-Disposition": f'attachment; filename="cadence-needs.{form}"'}
    return Response(body, content_type=kind, headers=disposition)


@pages.get(f"{HERE}/spreadsheet")
@open_to(*KEEPERS)
def spreadsheet() -> str:
    """The template to take, and where to bring it back."""
    return _spreadsheet()


def _spreadsheet(error: str | None = None) -> str:
    return render_template(
        "needs/spreadsheet.html",
        uploads=service.recent_uploads(db.session, _me()),
        count=len(service.list_needs(db.session, _me())),
        error=error,
        most=MOST_BYTES // MIB,
    )


@pages.post(f"{HERE}/spreadsheet")
@open_to(*KEEPERS)
def upload() -> Any:
    """Keep the file and show what it would change."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _spreadsheet(_("Choose a file first.")), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        content = file.stream.read(MOST_BYTES + 1)
        kept = service.upload_file(db.session, _me(), file.filename, content)
    except RuleBroken as error:
        db.session.rollback()
        return _spreadsheet(error.message), HTTPStatus.UNPROCESSABLE_ENTITY
    db.session.commit()
    return redirect(url_for("needs.dry_run", upload_id=kept.id))


@pages.get(f"{HERE}/spreadsheet/<int:upload_id>")
@open_to(*KEEPERS)
def dry_run(upload_id: int) -> str:
    """What the file would change, row by row; or what it did."""
    kept = service.get_upload(db.session, _me(), upload_id)
    counts = tally(kept.plan)
    return render_template(
        "needs/dry_run.html",
        upload=kept,
        counts=counts,
        effective=counts.get(ADDED, 0) + counts.get(CHANGED, 0),
        label_of=lambda name: _(BY_NAME[name].label),
        shown=_shown,
    )


def _shown(name: str, value: Any) -> str:
    """A value of a change, in words short enough for a row."""
    if value in (None, "", []):
        return _("not stated")
    kind = BY_NAME[name].kind
    return str(kind.typed(value)) if name != "quantity" else str(value)


@pages.post(f"{HERE}/spreadsheet/<int:upload_id>/apply")
@open_to(*KEEPERS)
def apply(upload_id: int) -> BaseResponse:
    """Do what the dry run showed."""
    kept = service.get_upload(db.session, _me(), upload_id)
    if service.apply_upload(db.session, _me(), kept):
        flash(_("Done. The needs are as the file has them."), "success")
        address = url_for("needs.listed")
    else:
        flash(
            _(
                "The needs have changed since this was checked, so nothing was applied. "
                "See below what the file would change now."
            ),
            "warning",
        )
        address = url_for("needs.dry_run", upload_id=upload_id)
    db.session.commit()
    return redirect(address)
