"""The way of a firm into the registry: found or begun, filled step by step, handed in."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import actor_id, open_to
from registry.accounts.models import ADMINISTRATOR, AUDITOR, FIRM, OFFICIAL
from registry.db import db, today
from registry.disclosures.views import accountable
from registry.firms.service import acts_for
from registry.i18n import gettext as _
from registry.i18n import ngettext
from registry.registration import claims as claiming
from registry.registration import evidence, forms, geography, places, service
from registry.registration.changes import Clash, compare_records
from registry.registration.finding import find_likenesses
from registry.registration.models import Revision
from registry.registration.remarks import completeness, remarks_on
from registry.registration.sections import (
    CLASSES,
    SECTIONS,
    Piece,
    Section,
    blank,
    group_title,
    item_title,
)
from registry.registration.showing import shown_record, site_titles
from registry.registration.suggestions import suggest_categories, suggest_classes
from registry.taxonomy.service import class_titles, list_categories
from registry.visibility.readers import reader_of
from registry.visibility.table import Field, may_see
from registry.web import LANGUAGE_PREFIX, current_language

pages = Blueprint("registration", __name__)
PATH = f"{LANGUAGE_PREFIX}/register"
STEPS = list(SECTIONS)
REVIEW = "review"
SECTION = f"<any({', '.join(STEPS)}):name>"
LONGEST_QUERY = 300


def _me() -> int:
    person = actor_id()
    assert person is not None  # every route here is for signed-in people
    return person


# Finding or beginning


@pages.get(PATH)
@open_to(FIRM)
def start() -> str:
    """Is the firm here already? Asked by name or by an identifier."""
    typed = " ".join(request.args.get("q", "").replace("\0", " ").split())[:LONGEST_QUERY]
    return render_template(
        "registration/start.html",
        typed=typed,
        found=find_likenesses(db.session, typed, current_language()) if typed else [],
        drafts=service.list_drafts(db.session, _me()),
        firms=service.list_firms(db.session, _me()),
        claims=claiming.list_claims(db.session, _me()),
    )


@pages.post(f"{PATH}/new")
@open_to(FIRM)
def begin() -> BaseResponse:
    """Begin the record of a firm that is not here."""
    revision = service.begin_new(db.session, _me(), request.form.get("name", ""))
    db.session.commit()
    return redirect(url_for("registration.step", revision_id=revision.id, name=STEPS[0]))


@pages.get(f"{PATH}/claim/<int:firm_id>")
@open_to(FIRM)
def claim(firm_id: int) -> str:
    """How can the person show that they speak for the firm?"""
    firm = claiming.claimable(db.session, firm_id)
    return render_template("registration/claim.html", firm=firm, proof="", error=None)


@pages.post(f"{PATH}/claim/<int:firm_id>")
@open_to(FIRM)
def make_claim(firm_id: int) -> BaseResponse:
    """Ask an administrator to make the person an owner of the firm's record."""
    claiming.make_claim(db.session, _me(), firm_id, request.form.get("proof", ""))
    db.session.commit()
    flash(_("Your claim is with an administrator. You will see the answer here."), "success")
    return redirect(url_for("registration.start"))


@pages.post(f"{PATH}/firm/<int:firm_id>")
@open_to(FIRM)
def revise(firm_id: int) -> BaseResponse:
    """Work on the record of a firm that one acts for; what is published stays meanwhile."""
    revision = service.begin_revision(db.session, _me(), firm_id)
    db.session.commit()
    return redirect(url_for("registration.review", revision_id=revision.id))


# Step by step


@pages.get(f"{PATH}/<int:revision_id>/{SECTION}")
@open_to(FIRM)
def step(revision_id: int, name: str) -> str | BaseResponse:
    """One section: its form, or the list of its entries."""
    revision, section = _open(revision_id), SECTIONS[name]
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
    revision, section = _open(revision_id), SECTIONS[name]
    if section.many:
        abort(405)
    return _save(revision, section, None)


@pages.get(f"{PATH}/<int:revision_id>/{SECTION}/<key>")
@open_to(FIRM)
def item(revision_id: int, name: str, key: str) -> str | BaseResponse:
    """One of many; `new` is one that is not there yet."""
    revision, section = _open(revision_id), SECTIONS[name]
    if not section.many:
        abort(404)
    if not revision.editable:
        return redirect(url_for("registration.review", revision_id=revision.id))
    if key == "new":
        return _form_page(revision, section, service.new_key(), {}, {})
    piece = service.piece_of(revision, section, key)
    if piece is None:
        flash(_("This entry is not on the record any more: a colleague may have removed it."))
        return redirect(_address(revision, section.name))
    return _form_page(revision, section, key, forms.words_of(section, piece), piece)


@pages.post(f"{PATH}/<int:revision_id>/{SECTION}/<key>")
@open_to(FIRM)
def save_item(revision_id: int, name: str, key: str) -> Any:
    """Save one of many; the key that the form brought makes a second sending the same entry."""
    revision, section = _open(revision_id), SECTIONS[name]
    if not section.many or not key.isalnum() or len(key) > 12 or key == "new":
        abort(404)
    return _save(revision, section, key)


@pages.post(f"{PATH}/<int:revision_id>/{SECTION}/<key>/remove")
@open_to(FIRM)
def remove(revision_id: int, name: str, key: str) -> BaseResponse:
    """Take an entry off the record."""
    revision, section = _open(revision_id), SECTIONS[name]
    if not section.many:
        abort(404)
    service.remove_item(db.session, _me(), revision, section, key)
    db.session.commit()
    flash(_("Removed. What is published stays until a new version is accepted."), "success")
    return redirect(_address(revision, section.name))


@pages.post(f"{PATH}/<int:revision_id>/classes")
@open_to(FIRM)
def declare(revision_id: int) -> BaseResponse:
    """Declare a supply class, or take one back."""
    revision = _open(revision_id)
    if code := request.form.get("remove"):
        service.remove_class(db.session, _me(), revision, code)
    else:
        _declare(revision, request.form.get("code", ""))
    db.session.commit()
    return redirect(_address(revision, "capabilities"))


@pages.post(f"{PATH}/<int:revision_id>/suggestions")
@open_to(FIRM)
def suggestions(revision_id: int) -> str:
    """Classes and categories for what is being typed; nothing is saved."""
    revision = _open(revision_id)
    return render_template("registration/_suggestions.html", **_suggested(revision, request.form))


@pages.post(f"{PATH}/<int:revision_id>/certificates/<key>/evidence")
@open_to(FIRM)
def attach(revision_id: int, key: str) -> BaseResponse:
    """Attach a file to a certificate, or take one off."""
    revision = _open(revision_id)
    if detached := request.form.get("remove", type=int):
        evidence.detach_file(db.session, _me(), revision, key, detached)
    else:
        sent = request.files.get("file")
        evidence.attach_file(
            db.session,
            _me(),
            revision,
            key,
            current_app.config["SETTINGS"].evidence_dir,
            sent.filename or "" if sent else "",
            sent.read(evidence.MOST_BYTES + 1) if sent else b"",
        )
        flash(_("The file is attached. Officials may read it, other firms never."), "success")
    db.session.commit()
    return redirect(_address(revision, "certificates"))


@pages.get(f"{LANGUAGE_PREFIX}/evidence/<int:file_id>")
@open_to(FIRM, OFFICIAL, AUDITOR, ADMINISTRATOR)
def evidence_file(file_id: int) -> Response:
    """A file of evidence, always as a download."""
    file = evidence.get_file(db.session, file_id)
    revision = file.revision
    me = _me()
    own = (
        revision.begun_by == me
        if revision.firm_id is None
        else acts_for(db.session, me, revision.firm_id)
    )
    # What a firm has not handed in yet is nobody else's.
    handed_in = revision.submitted_at is not None
    reader = reader_of(current_user, own=own)
    if not may_see(reader, Field.CERTIFICATE_EVIDENCE) or not (own or handed_in):
        abort(404)
    if revision.firm_id is not None:
        reader = accountable(reader, [revision.firm_id], (Field.CERTIFICATE_EVIDENCE,))
        if not may_see(reader, Field.CERTIFICATE_EVIDENCE):
            abort(503)  # whoever cannot be logged reads nothing
    path = evidence.path_of(current_app.config["SETTINGS"].evidence_dir, file.digest)
    if not path.is_file():
        abort(404)
    return send_file(
        path, mimetype=file.media_type, as_attachment=True, download_name=file.name, max_age=0
    )


@pages.get(f"{PATH}/map.svg")
@open_to(FIRM)
def country_map() -> Response:
    """Canada as a picture to press on, with the chosen point if there is one."""
    point = geography.point_of(request.args.get("latitude"), request.args.get("longitude"))
    return Response(geography.draw(point), mimetype="image/svg+xml")


# Handing in


@pages.get(f"{PATH}/<int:revision_id>")
@open_to(FIRM)
def review(revision_id: int) -> str:
    """What officials will see, what stays confidential, what would help most."""
    revision = _open(revision_id)
    return render_template(
        "registration/review.html",
        revision=revision,
        record=shown_record(db.session, revision.content, current_language()),
        complete=completeness(revision.content),
        sections=SECTIONS,
        changes=len(compare_records(revision.began_with, revision.content)),
        **_steps(revision, REVIEW),
    )


@pages.post(f"{PATH}/<int:revision_id>/submit")
@open_to(FIRM)
def submit(revision_id: int) -> BaseResponse:
    """Hand the record to an administrator."""
    revision = _open(revision_id)
    service.submit(db.session, _me(), revision)
    db.session.commit()
    flash(_("Handed in. An administrator looks at it; you will see the answer here."), "success")
    return redirect(url_for("registration.review", revision_id=revision.id))


@pages.post(f"{PATH}/<int:revision_id>/take-back")
@open_to(FIRM)
def take_back(revision_id: int) -> BaseResponse:
    """Work on a submitted record again."""
    revision = _open(revision_id)
    service.take_back(db.session, _me(), revision)
    db.session.commit()
    return redirect(url_for("registration.review", revision_id=revision.id))


@pages.post(f"{PATH}/<int:revision_id>/give-up")
@open_to(FIRM)
def give_up(revision_id: int) -> BaseResponse:
    """Discard the draft; what is published stays."""
    revision = _open(revision_id)
    service.give_up(db.session, _me(), revision)
    db.session.commit()
    flash(_("The draft is discarded. What is published stays as it was."), "success")
    if revision.firm_id:
        return redirect(url_for("my_firm.home", firm=revision.firm_id))
    return redirect(url_for("registration.start"))


# What the routes above share


def _open(revision_id: int) -> Revision:
    return service.get_revision(db.session, revision_id, _me())


def _address(revision: Revision, name: str) -> str:
    return url_for("registration.step", revision_id=revision.id, name=name)


def _after(revision: Revision, name: str) -> str:
    """The address of the step that follows."""
    following = STEPS.index(name) + 1
    if following == len(STEPS):
        return url_for("registration.review", revision_id=revision.id)
    return _address(revision, STEPS[following])


def _steps(revision: Revision, current: str) -> dict[str, Any]:
    """What the list of steps beside each page shows."""
    return {
        "steps": [
            {
                "name": section.name,
                "title": _(section.title),
                "address": _address(revision, section.name),
                "state": _stated(revision, section),
            }
            for section in SECTIONS.values()
        ],
        "current": current,
        "firm_name": service.listed_name(revision.content["identity"]) or _("Firm without a name"),
    }


def _stated(revision: Revision, section: Section) -> str:
    content = revision.content[section.name]
    if section.many:
        count = len(content)
    else:
        count = sum(1 for value in content.values() if value is not None)
    return ngettext("%(num)s stated", "%(num)s stated", count) if count else _("not stated")


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
        **_steps(revision, section.name),
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
        **_steps(revision, section.name),
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
    saved = service.save_piece(db.session, _me(), revision, section, key, was, typed.piece)
    if saved.clashes:
        return _clash_page(revision, section, key, saved), 409
    if declared := request.form.get("declare"):
        _declare(revision, declared)
    db.session.commit()
    _tell_what_others_did(section, saved.by_others)
    here = _address(revision, section.name)
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
    entry = service.add_class(db.session, _me(), revision, code)
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
        **_steps(revision, section.name),
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
