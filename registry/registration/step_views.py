"""Filling a record step by step: a form or a list of entries for each section."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import me, open_to
from registry.accounts.models import FIRM
from registry.db import db, today
from registry.i18n import gettext as _
from registry.registration import evidence, forms, geography, places, service
from registry.registration.blueprint import (
    PATH,
    STEPS,
    open_revision,
    pages,
    step_address,
    steps_beside,
)
from registry.registration.changes import Clash
from registry.registration.models import Revision
from registry.registration.remarks import remarks_on
from registry.registration.sections import (
    CLASSES,
    SECTIONS,
    Piece,
    Section,
    blank,
    group_title,
    item_title,
)
from registry.registration.showing import site_titles
from registry.registration.suggestions import suggest_categories, suggest_classes
from registry.taxonomy.service import class_titles, list_categories
from registry.web import current_language

SECTION = f"<any({', '.join(STEPS)}):name>"


@pages.get(f"{PATH}/<int:revision_id>/{SECTION}")
@open_to(FIRM)
def step(revision_id: int, name: str) -> str | BaseResponse:
    """One section: its form, or the list of its entries."""
    revision, section = open_revision(revision_id), SECTIONS[name]
    if not revision.editable:
        return redirect(url_for("registration.review", revision_id=revision.id))
    if section.many:
        return _list_page(revision, section)
    piece = service.piece_of(revision, section, None) or blank(section)
    return _form_page(revision, section, None, forms.words_of(section, piece), piece)


@pages.post(f"{PATH}/<int:revision_id>/{SECTION}")
@open_to(FIRM)
def save_step(revision_id: int, name: str) -> Any:
    """Save a section that is filled once."""
    revision, section = open_revision(revision_id), SECTIONS[name]
    if section.many:
        abort(405)
    return _save(revision, section, None)


@pages.get(f"{PATH}/<int:revision_id>/{SECTION}/<key>")
@open_to(FIRM)
def item(revision_id: int, name: str, key: str) -> str | BaseResponse:
    """One of many; `new` is one that is not there yet."""
    revision, section = open_revision(revision_id), SECTIONS[name]
    if not section.many:
        abort(404)
    if not revision.editable:
        return redirect(url_for("registration.review", revision_id=revision.id))
    if key == "new":
        return _form_page(revision, section, service.new_key(), {}, {})
    piece = service.piece_of(revision, section, key)
    if piece is None:
        flash(_("This entry is not on the record any more: a colleague may have removed it."))
        return redirect(step_address(revision, section.name))
    return _form_page(revision, section, key, forms.words_of(section, piece), piece)


@pages.post(f"{PATH}/<int:revision_id>/{SECTION}/<key>")
@open_to(FIRM)
def save_item(revision_id: int, name: str, key: str) -> Any:
    """Save one of many; the key that the form brought makes a second sending the same entry."""
    revision, section = open_revision(revision_id), SECTIONS[name]
    if not section.many or not key.isalnum() or len(key) > 12 or key == "new":
        abort(404)
    return _save(revision, section, key)


@pages.post(f"{PATH}/<int:revision_id>/{SECTION}/<key>/remove")
@open_to(FIRM)
def remove(revision_id: int, name: str, key: str) -> BaseResponse:
    """Take an entry off the record."""
    revision, section = open_revision(revision_id), SECTIONS[name]
    if not section.many:
        abort(404)
    service.remove_item(db.session, me(), revision, section, key)
    db.session.commit()
    flash(_("Removed. What is published stays until a new version is accepted."), "success")
    return redirect(step_address(revision, section.name))


@pages.post(f"{PATH}/<int:revision_id>/classes")
@open_to(FIRM)
def declare(revision_id: int) -> BaseResponse:
    """Declare a supply class, or take one back."""
    revision = open_revision(revision_id)
    if code := request.form.get("remove"):
        service.remove_class(db.session, me(), revision, code)
    else:
        _declare(revision, request.form.get("code", ""))
    db.session.commit()
    return redirect(step_address(revision, "capabilities"))


@pages.post(f"{PATH}/<int:revision_id>/suggestions")
@open_to(FIRM)
def suggestions(revision_id: int) -> str:
    """Classes and categories for what is being typed; nothing is saved."""
    revision = open_revision(revision_id)
    return render_template("registration/_suggestions.html", **_suggested(revision, request.form))


@pages.get(f"{PATH}/map.svg")
@open_to(FIRM)
def country_map() -> Response:
    """Canada as a picture to press on, with the chosen point if there is one."""
    point = geography.point_of(request.args.get("latitude"), request.args.get("longitude"))
    return Response(geography.draw(point), mimetype="image/svg+xml")


def _after(revision: Revision, name: str) -> str:
    """The address of the step that follows."""
    following = STEPS.index(name) + 1
    if following == len(STEPS):
        return url_for("registration.review", revision_id=revision.id)
    return step_address(revision, STEPS[following])


def _form_page(
    revision: Revision,
    section: Section,
    key: str | None,
    words: forms.Words,
    was: Piece,
    errors: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Any:
    errors = errors or {}
    remarks = {}
    if was and not errors:
        remarks = remarks_on(db.session, section.name, was, revision.firm_id, today())
    options = _options(revision, section)
    page = render_template(
        "registration/piece.html",
        revision=revision,
        part=section,
        key=key,
        groups=_grouped(forms.fields_of(section, words, errors, remarks, options)),
        rows=forms.rows_to_fill(section, words, errors, options),
        inputs_title=group_title(forms.INPUTS),
        was=request.form.get("was", "") if request.method == "POST" else forms.packed(was),
        errors=errors,
        following=_after(revision, section.name),
        suggested=_suggested(revision, words) if section.name == "capabilities" else None,
        cities=places.city_names() if section.name == "sites" else (),
        map=geography,
        point=geography.point_of(words.get("latitude"), words.get("longitude")),
        **steps_beside(revision, section.name),
    )
    return page, status


def _grouped(fields: list[forms.Input]) -> list[tuple[str, list[forms.Input]]]:
    """The fields of a long form under their headings, in their order."""
    return [(group_title(group), list(members)) for group, members in groupby(fields, _group)]


def _group(field: forms.Input) -> str:
    return field.group


def _options(revision: Revision, section: Section) -> dict[str, list[tuple[str, str]]]:
    """Choices that are not fixed: the record's own sites, and the shortfall categories."""
    language = current_language()
    options = {
        "site_id": [
            (site["key"], item_title(SECTIONS["sites"], site, language))
            for site in revision.content["sites"]
        ]
    }
    if section.name == "lines":
        options["category_code"] = [
            (entry.code, f"{entry.code} {entry.title_in(language)}")
            for entry in list_categories(db.session)
        ]
    return options


def _list_page(revision: Revision, section: Section) -> str:
    language = current_language()
    items = revision.content[section.name]
    named = [file for entry in items for file in entry.get("files", ())]
    return render_template(
        "registration/items.html",
        revision=revision,
        part=section,
        items=[
            {
                "key": entry["key"],
                "title": item_title(section, entry, language),
                "remarks": remarks_on(
                    db.session, section.name, entry, revision.firm_id, today()
                ).values(),
                "files": entry.get("files", []),
            }
            for entry in items
        ],
        files=evidence.files_named(db.session, named),
        declared=class_titles(db.session, revision.content[CLASSES])
        if section.name == "capabilities"
        else None,
        following=_after(revision, section.name),
        **steps_beside(revision, section.name),
    )


def _save(revision: Revision, section: Section, key: str | None) -> Any:
    """Save what was typed, or show it again with what is wrong, or with what a colleague did."""
    typed = forms.read(section, request.form, [site["key"] for site in revision.content["sites"]])
    helped = _helped(section, request.form)
    if helped is not None:
        return _form_page(revision, section, key, typed.words | helped, {})
    if typed.errors:
        return _form_page(revision, section, key, typed.words, {}, typed.errors, 422)
    was = forms.unpacked(request.form.get("was"))
    saved = service.save_piece(db.session, me(), revision, section, key, was, typed.piece)
    if saved.clashes:
        return _clash_page(revision, section, key, saved), 409
    if declared := request.form.get("declare"):
        _declare(revision, declared)
    db.session.commit()
    _tell_what_others_did(section, saved.by_others)
    here = step_address(revision, section.name)
    piece_here = f"{here}/{key}" if key else here
    if declared:
        return redirect(piece_here)
    remarks = remarks_on(db.session, section.name, saved.piece, revision.firm_id, today())
    if remarks and typed.piece != was:
        flash(_("Saved. Something looks unusual: look below, and go on if it is right."), "remark")
        return redirect(piece_here)
    flash(_("Saved."), "success")
    return redirect(here if key else _after(revision, section.name))


def _declare(revision: Revision, code: str) -> None:
    entry = service.add_class(db.session, me(), revision, code)
    title = entry.title_in(current_language())
    flash(
        _("Supply class %(code)s, %(title)s, is declared.", code=entry.code, title=title), "success"
    )


def _helped(section: Section, form: Mapping[str, str]) -> dict[str, str] | None:
    """Fields that a button of the form fills in, saving nothing; None if none was pressed."""
    if "suggest" in form or "more" in form:
        return {}
    if section.name != "sites":
        return None
    point = None
    if "locate" in form:
        point = places.centre_of(form.get("city", ""), form.get("province", ""))
        if point is None:
            flash(_("This city is not on our list: press on the map, or write the degrees."))
    elif "point.x" in form:
        point = geography.pressed(form.get("point.x", ""), form.get("point.y", ""))
    else:
        return None
    return {"latitude": f"{point[0]:.2f}", "longitude": f"{point[1]:.2f}"} if point else {}


def _suggested(revision: Revision, words: Mapping[str, str]) -> dict[str, Any]:
    names = ("name_en", "name_fr", "description_en", "description_fr")
    typed = " ".join(words.get(name, "") for name in names)
    return {
        "classes": suggest_classes(db.session, typed, current_language()),
        "categories": suggest_categories(
            db.session, words.get("name_en") or words.get("name_fr", "")
        ),
        "declared_codes": revision.content[CLASSES],
        "anything": bool(typed.strip()),
    }


def _clash_page(revision: Revision, section: Section, key: str | None, saved: service.Saved) -> str:
    """Both versions beside each other; the fields where they agree go along unseen."""
    choose = {clash.name for clash in saved.clashes}
    who = service.names_of(db.session, {revision.edited_by}).get(revision.edited_by)
    sites = site_titles(revision.content, current_language())
    db.session.rollback()
    return render_template(
        "registration/clash.html",
        revision=revision,
        part=section,
        key=key,
        who=who,
        clashes=[_shown_clash(section, clash, sites) for clash in saved.clashes],
        agreed={
            name: forms.as_word(value) for name, value in saved.piece.items() if name not in choose
        },
        was=forms.packed(saved.theirs),
        **steps_beside(revision, section.name),
    )


def _shown_clash(section: Section, clash: Clash, sites: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": clash.name,
        "label": _("Inputs") if clash.name == forms.INPUTS else _(section.field(clash.name).label),
        "sides": [
            (side, forms.as_word(value), forms.said(section, clash.name, value, sites))
            for side, value in (("mine", clash.mine), ("theirs", clash.theirs))
        ],
    }


def _tell_what_others_did(section: Section, fields: list[str]) -> None:
    if not fields:
        return
    labels = ", ".join(
        _("Inputs") if name == forms.INPUTS else _(section.field(name).label) for name in fields
    )
    flash(_("A colleague changed meanwhile: %(fields)s. Both changes are kept.", fields=labels))
