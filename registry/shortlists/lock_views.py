"""Pages of locked lists: what was frozen, how two revisions differ, and what came of it."""

import datetime as dt
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import me, open_to
from registry.coverage.service import TOLD
from registry.db import db, today
from registry.disclosures.models import Purpose
from registry.disclosures.service import note_disclosure
from registry.disclosures.views import accountable
from registry.grants.auth import my_standing
from registry.i18n import gettext as _
from registry.matches.needs import need_sentence
from registry.matches.views import need_page
from registry.shortlists import access, locks, service
from registry.shortlists.blueprint import KEEPERS, pages
from registry.shortlists.comparison import compare
from registry.shortlists.models import EDITOR, OUTCOMES, OWNER, ShortlistRevision
from registry.shortlists.output import readers_of
from registry.shortlists.pack import build_pack
from registry.visibility.readers import reader_of
from registry.visibility.table import Field, Reader, may_see
from registry.web import LANGUAGE_PREFIX, row_id

LIST = f"{LANGUAGE_PREFIX}/shortlists/<int:shortlist_id>"
ONE = f"{LIST}/revisions/<int:number>"
PACKED = (Field.GATES, Field.CLEARANCE)  # what a pack holds that was told in confidence


@pages.post(f"{LIST}/lock")
@open_to(*KEEPERS)
def lock(shortlist_id: int) -> BaseResponse:
    """Freeze the list as its next revision."""
    found = service.get_shortlist(db.session, shortlist_id, me(), OWNER)
    made = locks.lock(db.session, current_user._get_current_object(), found)
    db.session.commit()
    flash(_("The shortlist is locked as revision %(number)s.", number=made.number), "success")
    return _to(made)


@pages.post(f"{LIST}/unlock")
@open_to(*KEEPERS)
def unlock(shortlist_id: int) -> BaseResponse:
    """Open the list for another revision."""
    found = service.get_shortlist(db.session, shortlist_id, me(), OWNER)
    locks.unlock(db.session, me(), found)
    db.session.commit()
    flash(_("The shortlist is open again. The locked revision stays as it is."), "success")
    return redirect(url_for("shortlists.shortlist", shortlist_id=shortlist_id))


def _to(revision: ShortlistRevision) -> BaseResponse:
    number, shortlist_id = revision.number, revision.shortlist_id
    return redirect(url_for("shortlists.revision", shortlist_id=shortlist_id, number=number))


@pages.get(ONE)
@open_to(*KEEPERS)
def revision(shortlist_id: int, number: int) -> str:
    """One locked revision, out of its document alone."""
    found = service.get_shortlist(db.session, shortlist_id, me())
    one = locks.get_revision(found, number)
    firms, reference = one.document["firms"], one.document["need"]["reference"]
    matched = [firm["firm_id"] for firm in firms if firm["match"]]
    reader = accountable(reader_of(current_user), matched, (Field.GATES,))
    return render_template(
        "shortlists/revision.html",
        output=_output(one),
        shortlist=found,
        revision=one,
        frozen=one.document,
        index=_index(one.document),
        untouched=locks.is_untouched(one),
        need=need_sentence(db.session, reference),
        need_page=need_page(reference) if reference else None,
        see_gates=may_see(reader, Field.GATES),
        role=access.role_in(db.session, found, me()),
        tells=one.unlocked_at is None
        and access.role_in(db.session, found, me()) in (OWNER, EDITOR),
        outcomes=OUTCOMES,
        today=today(),
    )


def _output(revision: ShortlistRevision) -> dict[str, Any] | None:
    """The frozen output if the person may know it, once it is logged that they are about to."""
    standing = my_standing()
    readers = readers_of(revision, standing)
    if not readers:
        return None
    reader = accountable(standing.role, readers, TOLD, readers=readers)
    return None if reader is Reader.VISITOR else revision.output


def _index(document: dict[str, Any]) -> dict[str, Any]:
    return {
        **document["index"],
        "built_at": dt.datetime.fromisoformat(document["index"]["built_at"]),
    }


@pages.post(f"{ONE}/outcome")
@open_to(*KEEPERS)
def outcome(shortlist_id: int, number: int) -> BaseResponse:
    """Say what came of the list."""
    found = service.get_shortlist(db.session, shortlist_id, me(), EDITOR)
    one = locks.get_revision(found, number)
    locks.tell_outcome(
        db.session,
        me(),
        one,
        request.form.get("outcome", ""),
        request.form.get("on", type=dt.date.fromisoformat),
        request.form.get("note", ""),
        request.form.getlist("awarded", type=row_id),
    )
    db.session.commit()
    flash(_("The outcome is kept. Thank you: it teaches what a good match is."), "success")
    return _to(one)


@pages.get(f"{ONE}/evidence.zip")
@open_to(*KEEPERS)
def evidence(shortlist_id: int, number: int) -> Response:
    """The evidence pack; the download is recorded and shown to the firms first."""
    found = service.get_shortlist(db.session, shortlist_id, me())
    one = locks.get_revision(found, number)
    service.note_export(db.session, me(), found, "zip")
    firms = [firm["firm_id"] for firm in one.document["firms"] if firm["facts"]]
    note_disclosure(db.session, current_user, firms, Purpose.EXPORT, PACKED)
    db.session.commit()
    name = f"cadence-evidence-{found.id}-{one.number}.zip"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(build_pack(one.document), content_type="application/zip", headers=disposition)


@pages.get(f"{LIST}/compare")
@open_to(*KEEPERS)
def compare_revisions(shortlist_id: int) -> str:
    """Two revisions of a list: who rose, fell, is new or gone, and why."""
    found = service.get_shortlist(db.session, shortlist_id, me())
    numbers = sorted({*request.args.getlist("revision", type=row_id)})[:2]
    if len(numbers) < 2:
        abort(404)
    pair = [locks.get_revision(found, number) for number in numbers]
    matched = [firm["firm_id"] for one in pair for firm in one.document["firms"] if firm["match"]]
    reader = accountable(reader_of(current_user), matched, (Field.GATES,))
    return render_template(
        "shortlists/compare.html",
        shortlist=found,
        pair=pair,
        moved=compare(pair[0].document, pair[1].document),
        see_gates=may_see(reader, Field.GATES),
    )
