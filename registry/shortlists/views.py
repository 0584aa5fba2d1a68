"""Pages of shortlists."""

import io
from dataclasses import replace

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import me, open_to
from registry.db import db, utcnow
from registry.disclosures.models import Purpose
from registry.disclosures.service import note_disclosure
from registry.disclosures.views import accountable
from registry.feeds.packages import write_package
from registry.grants.auth import my_standing
from registry.i18n import gettext as _
from registry.matches.needs import (
    need_from_reference,
    need_sentence,
    need_title,
    reference_from_form,
)
from registry.matches.publication import live_index
from registry.matches.service import SHOWN, freeze, match_one, rank_need
from registry.matches.views import need_page
from registry.matches.whole import fitting_firms
from registry.shortlists import (
    access,
    briefing,
    lock_views,  # noqa: F401
    open_data,
    panel,
    panel_views,  # noqa: F401
    ranking,
    service,
    whole_views,
)
from registry.shortlists import export as exports
from registry.shortlists.blueprint import KEEPERS, pages
from registry.shortlists.models import EDITOR, OWNER, STATUSES
from registry.visibility.readers import reader_of
from registry.visibility.table import Field, may_see
from registry.web import LANGUAGE_PREFIX, current_language, row_id


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
        need=need_sentence(db.session, found.need),
        need_page=need_page(found.need) if found.need else None,
        see_gates=may_see(reader, Field.GATES),
        pick=(pick := _pick()),
        shown=pick.of(found, current_language()),
        orders=exports.ORDERS,
        tags=sorted({tag for item in found.items for tag in item.tags}, key=str.casefold),
        columns=exports.columns(reader),
        role=(role := access.role_in(db.session, found, me())),
        changes=role in (OWNER, EDITOR) and not found.locked,
        evaluating=bool(found.panel) and not panel.is_revealed(found),
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


@pages.get(
    f"{LANGUAGE_PREFIX}/shortlists/<int:shortlist_id>/export.<any(csv, xlsx, ods, json, pdf):form>"
)
@open_to(*KEEPERS)
def export(shortlist_id: int, form: str) -> Response:
    """What the screen shows of the list as a file; the download is recorded first."""
    target = service.get_shortlist(db.session, shortlist_id, me())
    pick, reader, language = _pick(), reader_of(current_user), current_language()
    chosen = exports.columns(reader, pick.columns)
    names = [column.key for column in chosen] if pick.columns else None
    service.note_export(db.session, me(), target, form, names)
    taken = {item.firm_id for _position, item in pick.of(target, language) if item.match}
    if any(column.key == "gates" for column in chosen):
        note_disclosure(db.session, current_user, taken, Purpose.EXPORT, (Field.GATES,))
    db.session.commit()
    need = need_sentence(db.session, target.need)
    facts = exports.about(target, need, current_user.email, utcnow(), pick)
    if form == "pdf":
        chosen = exports.columns(reader, pick.columns or briefing.COLUMNS)
        pick = replace(pick, columns=frozenset(column.key for column in chosen))
    table = exports.rows(target, language, reader, pick)
    if form == "pdf":
        body = briefing.briefing_pdf(target, chosen, list(table), facts, language, utcnow())
        return _file(body, form, f"shortlist-{target.id}")
    out = io.BytesIO()
    exports.write_table(out, form, chosen, table, facts)
    return _file(out.getvalue(), form, f"shortlist-{target.id}")


@pages.get(f"{LANGUAGE_PREFIX}/shortlists/<int:shortlist_id>/ocds.json")
@open_to(*KEEPERS)
def ocds(shortlist_id: int) -> Response:
    """The need and what came of it as open contracting data; the download is recorded first."""
    target = service.get_shortlist(db.session, shortlist_id, me())
    release = open_data.outcome_release(db.session, target)
    service.note_export(db.session, me(), target, "ocds")
    db.session.commit()
    body = "".join(write_package([release], utcnow(), request.base_url)).encode()
    return _file(body, "json", f"shortlist-{target.id}-ocds")


@pages.get(f"{LANGUAGE_PREFIX}/shortlists/ranking.<any(csv, xlsx, ods, json):form>")
@open_to(*KEEPERS)
def ranked(form: str) -> Response:
    """The ranked firms of a need as a file, in the order and with the reach of their page."""
    reference = reference_from_form(request.args)
    need = need_from_reference(db.session, reference)
    if need is None or need.is_empty:
        abort(400)
    limit = min(request.args.get("limit", SHOWN, type=row_id), whole_views.MOST_DIRECT)
    category, standing = reference.get("category"), my_standing()
    pool = None
    if request.args.get("whole"):  # a page looks at those that look nearest alone
        pool = fitting_firms(db.session, live_index(db.session), need, whole_views.MOST_DIRECT)
        limit = len(pool)
    found = rank_need(db.session, need, standing, limit, category, pool)
    readers = {row.firm.id: row.reader for row in found.rows}
    note_disclosure(db.session, current_user, readers, Purpose.EXPORT, (Field.GATES,), readers)
    ranking.note_ranking_export(db.session, me(), reference, form)
    db.session.commit()
    out = io.BytesIO()
    table = ranking.rows(found, current_language())
    facts = ranking.about(found, need_sentence(db.session, reference), current_user.email)
    exports.write_table(out, form, ranking.columns(), table, facts)
    return _file(out.getvalue(), form, "ranking")


def _pick() -> exports.Pick:
    """The filters, the order, the rows and the columns of the address; what is none is left out."""
    asked = request.args
    order = asked.get("order", "")
    return exports.Pick(
        status=asked.get("status") if asked.get("status") in STATUSES else None,
        tag=asked.get("tag", "").strip() or None,
        order=order if order in exports.ORDERS else "position",
        items=frozenset(asked.getlist("item", type=row_id)),
        columns=frozenset(asked.getlist("column")),
    )


def _file(body: bytes, form: str, name: str) -> Response:
    disposition = f'attachment; filename="cadence-{name}.{form}"'
    headers = {"Content-Disposition": disposition}
    return Response(body, content_type=exports.FORMS[form], headers=headers)
