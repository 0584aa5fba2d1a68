"""Pages of shortlists."""

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import open_to
from registry.db import db, utcnow
from registry.disclosures.models import Purpose
from registry.disclosures.service import note_disclosure
from registry.disclosures.views import accountable
from registry.i18n import gettext as _
from registry.matches.needs import (
    need_from_reference,
    need_sentence,
    need_title,
    reference_from_form,
)
from registry.matches.publication import live_index
from registry.matches.service import freeze, match_one
from registry.shortlists import access, lock_views, panel_views, service  # noqa: F401
from registry.shortlists import export as exports
from registry.shortlists.blueprint import KEEPERS, me, pages
from registry.shortlists.models import EDITOR, OWNER
from registry.visibility.readers import reader_of
from registry.visibility.table import Field, may_see
from registry.web import LANGUAGE_PREFIX, current_language, row_id

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get(f"{LANGUAGE_PREFIX}/shortlists")
@open_to(*KEEPERS)
def shortlists() -> str:
    """The lists that the person owns or shares."""
    found = service.list_shortlists(db.session, me())
    roles = {one.id: access.role_in(db.session, one, me()) for one in found}
    return render_template("shortlists/shortlists.html", shortlists=found, roles=roles)


@pages.get(f"{LANGUAGE_PREFIX}/shortlists/<int:shortlist_id>")
@open_to(*KEEPERS)
def shortlist(shortlist_id: int) -> str:
    """One list, in its order."""
    found = service.get_shortlist(db.session, shortlist_id, me())
    reader = accountable(reader_of(current_user), service.matched_firms(found), (Field.GATES,))
    return render_template(
        "shortlists/shortlist.html",
        shortlist=found,
        need=need_sentence(found.need),
        see_gates=may_see(reader, Field.GATES),
        role=(role := access.role_in(db.session, found, me())),
        changes=role in (OWNER, EDITOR) and not found.locked,
    )


@pages.post(f"{LANGUAGE_PREFIX}/shortlists/add")
@open_to(*KEEPERS)
def add() -> BaseResponse | str:
    """Add a firm to a list of one's own, or to the list of the need it was found for."""
    session, person = db.session, me()
    firm_id = request.form.get("firm_id", type=row_id)
    if firm_id is None:
        abort(400)
    reference = reference_from_form(request.form)
    if chosen := request.form.get("shortlist_id", type=row_id):
        target = service.get_shortlist(session, chosen, person, EDITOR)
    else:
        title = need_title(session, reference, current_language())
        target = service.shortlist_for_need(session, person, title, reference)
    index = live_index(session)
    need = need_from_reference(session, target.need)
    match = match_one(index, need, firm_id) if need else None
    try:
        service.add_firm(
            session, person, target, firm_id, freeze(match) if match else None, index.version.name
        )
        message = _("Added to “%(title)s”.", title=target.title)
    except service.AlreadyListed as already:
        message = already.message
    session.commit()
    if request.headers.get("HX-Request"):
        return render_template("shortlists/_added.html", shortlist=target, message=message)
    flash(message, "success")
    return redirect(url_for("shortlists.shortlist", shortlist_id=target.id))


@pages.post(f"{LANGUAGE_PREFIX}/shortlists/items/<int:item_id>/note")
@open_to(*KEEPERS)
def note(item_id: int) -> BaseResponse:
    """Replace the note of an entry, and with it what is decided of the firm if that was sent."""
    item = service.get_item(db.session, item_id, me())
    typed = request.form
    if typed.get("note", "") != item.note:
        service.note_item(db.session, me(), item, typed.get("note", ""))
    if status := typed.get("status"):
        why = typed.get("reason") or None, typed.get("reason_text", "")
        service.judge_item(db.session, me(), item, status, *why, typed.get("tags"))
    db.session.commit()
    return _back_to(item.shortlist_id, item.id)


@pages.post(f"{LANGUAGE_PREFIX}/shortlists/items/<int:item_id>/move")
@open_to(*KEEPERS)
def move(item_id: int) -> BaseResponse:
    """Move an entry one place up or down."""
    item = service.get_item(db.session, item_id, me())
    service.move_item(db.session, me(), item, request.form.get("direction", ""))
    db.session.commit()
    return _back_to(item.shortlist_id, item.id)


@pages.post(f"{LANGUAGE_PREFIX}/shortlists/items/<int:item_id>/remove")
@open_to(*KEEPERS)
def remove(item_id: int) -> BaseResponse:
    """Take an entry off its list."""
    item = service.get_item(db.session, item_id, me())
    shortlist_id = item.shortlist_id
    service.remove_item(db.session, me(), item)
    db.session.commit()
    flash(_("The firm was taken off the list."), "success")
    return redirect(url_for("shortlists.shortlist", shortlist_id=shortlist_id))


def _back_to(shortlist_id: int, item_id: int) -> BaseResponse:
    address = url_for("shortlists.shortlist", shortlist_id=shortlist_id)
    return redirect(f"{address}#item-{item_id}")


@pages.get(f"{LANGUAGE_PREFIX}/shortlists/<int:shortlist_id>/export.<any(csv, xlsx):form>")
@open_to(*KEEPERS)
def export(shortlist_id: int, form: str) -> Response:
    """The list as a file; the download is recorded first."""
    target = service.get_shortlist(db.session, shortlist_id, me())
    service.note_export(db.session, me(), target, form)
    firms = service.matched_firms(target)
    note_disclosure(db.session, current_user, firms, Purpose.EXPORT, (Field.GATES,))
    db.session.commit()
    reader, language = reader_of(current_user), current_language()
    if form == "csv":
        body, kind = exports.to_csv(target, language, reader), "text/csv; charset=utf-8"
    else:
        body = exports.to_xlsx(target, language, reader, current_user.email, utcnow())
        kind = XLSX
    name = f"cadence-shortlist-{target.id}.{form}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=kind, headers=disposition)
