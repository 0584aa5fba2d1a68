"""Pages of sharing, of a panel's evaluation, and of a list's history."""

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import me, open_to
from registry.db import db
from registry.i18n import gettext as _
from registry.shortlists import access, panel, service
from registry.shortlists.blueprint import KEEPERS, pages
from registry.shortlists.history import SHOWN, history_of
from registry.shortlists.models import EDITOR, OWNER, READER, Shortlist
from registry.web import LANGUAGE_PREFIX, current_language, row_id

LIST = f"{LANGUAGE_PREFIX}/shortlists/<int:shortlist_id>"
ITEM = f"{LANGUAGE_PREFIX}/shortlists/items/<int:item_id>"


@pages.get(f"{LIST}/sharing")
@open_to(*KEEPERS)
def sharing(shortlist_id: int) -> str:
    """Who works on the list; its owner changes that here."""
    found = service.get_shortlist(db.session, shortlist_id, me())
    return render_template(
        "shortlists/sharing.html",
        shortlist=found,
        role=access.role_in(db.session, found, me()),
        criteria=panel.criteria_of(found),
        best=panel.BEST,
    )


def _owned(shortlist_id: int) -> Shortlist:
    return service.get_shortlist(db.session, shortlist_id, me(), OWNER)


def _to_sharing(shortlist_id: int, said: str) -> BaseResponse:
    db.session.commit()
    flash(said, "success")
    return redirect(url_for("shortlists.sharing", shortlist_id=shortlist_id))


@pages.post(f"{LIST}/share")
@open_to(*KEEPERS)
def share(shortlist_id: int) -> BaseResponse:
    """Let a colleague in, as an editor or a reader."""
    found = _owned(shortlist_id)
    typed = request.form.get("email", ""), request.form.get("role", READER)
    access.share(db.session, me(), found, *typed)
    return _to_sharing(shortlist_id, _("The shortlist is shared."))


@pages.post(f"{LIST}/unshare")
@open_to(*KEEPERS)
def unshare(shortlist_id: int) -> BaseResponse:
    """Take a colleague's access away."""
    access.unshare(db.session, me(), _owned(shortlist_id), _user_id())
    return _to_sharing(shortlist_id, _("The shortlist is no longer shared with this person."))


def _user_id() -> int:
    number = request.form.get("user_id", type=row_id)
    if number is None:
        abort(400)
    return number


@pages.post(f"{LIST}/office")
@open_to(*KEEPERS)
def office(shortlist_id: int) -> BaseResponse:
    """Open the list to the owner's office, or close it."""
    role = request.form.get("role") or None
    access.share_with_office(db.session, me(), _owned(shortlist_id), role)
    return _to_sharing(shortlist_id, _("Kept."))


@pages.post(f"{LIST}/criteria")
@open_to(*KEEPERS)
def criteria(shortlist_id: int) -> BaseResponse:
    """Name what firms are scored by."""
    typed = request.form.get("criteria", "")
    panel.set_criteria(db.session, me(), _owned(shortlist_id), typed)
    return _to_sharing(shortlist_id, _("The criteria are kept."))


@pages.post(f"{LIST}/panel/add")
@open_to(*KEEPERS)
def add_member(shortlist_id: int) -> BaseResponse:
    """Put a colleague on the panel."""
    panel.add_member(db.session, me(), _owned(shortlist_id), request.form.get("email", ""))
    return _to_sharing(shortlist_id, _("The panel has a new member."))


@pages.post(f"{LIST}/panel/remove")
@open_to(*KEEPERS)
def remove_member(shortlist_id: int) -> BaseResponse:
    """Take someone off the panel who has said nothing yet."""
    panel.remove_member(db.session, me(), _owned(shortlist_id), _user_id())
    return _to_sharing(shortlist_id, _("The panel has a member less."))


@pages.get(f"{LIST}/evaluation")
@open_to(*KEEPERS)
def evaluation(shortlist_id: int) -> str:
    """A member's own scores; everyone's, and the consensus, once the panel is done."""
    found = service.get_shortlist(db.session, shortlist_id, me())
    role = access.role_in(db.session, found, me())
    member = panel.member_of(found, me())
    return render_template(
        "shortlists/evaluation.html",
        shortlist=found,
        role=role,
        member=member,
        left=panel.left_to_judge(found, me()),
        evaluates=bool(member and not member.submitted_at)
        and not found.consensus_open
        and not found.locked,
        criteria=panel.criteria_of(found),
        best=panel.BEST,
        revealed=panel.is_revealed(found),
        rows=[
            (item, panel.of_member(item, me()), panel.seen_by(found, item, me()))
            for item in found.items
        ],
        people=panel.people_of(db.session, found),
        agrees=panel.is_revealed(found) and not found.locked and role in (OWNER, EDITOR),
    )


def _to_evaluation(shortlist_id: int, anchor: str = "") -> BaseResponse:
    db.session.commit()
    return redirect(url_for("shortlists.evaluation", shortlist_id=shortlist_id) + anchor)


def _scores(count: int) -> list[int | None]:
    """One number for each criterion as it was typed; None for what is no number."""
    return [request.form.get(f"score-{place}", type=int) for place in range(count)]


@pages.post(f"{ITEM}/evaluate")
@open_to(*KEEPERS)
def evaluate(item_id: int) -> BaseResponse:
    """Declare a conflict of interest or none, and with none give the scores that were typed."""
    item = service.get_item(db.session, item_id, me(), READER)
    conflict = request.form.get("conflict")
    if conflict not in ("yes", "no"):
        abort(400)
    reason = request.form.get("conflict_text", "")
    panel.declare(db.session, me(), item, conflict == "yes", reason)
    scores = _scores(len(panel.criteria_of(item.shortlist)))
    if conflict == "no" and any(score is not None for score in scores):
        panel.score(db.session, me(), item, scores, request.form.get("comment", ""))
    return _to_evaluation(item.shortlist_id, f"#item-{item.id}")


@pages.post(f"{LIST}/submit")
@open_to(*KEEPERS)
def submit(shortlist_id: int) -> BaseResponse:
    """End one's own evaluation."""
    found = service.get_shortlist(db.session, shortlist_id, me())
    panel.submit_scores(db.session, me(), found)
    flash(_("Your scores are submitted."), "success")
    return _to_evaluation(shortlist_id)


@pages.post(f"{LIST}/consensus")
@open_to(*KEEPERS)
def open_consensus(shortlist_id: int) -> BaseResponse:
    """Let the panel see each other's scores now."""
    panel.open_consensus(db.session, me(), _owned(shortlist_id))
    flash(_("Consensus is open: the members see each other’s scores."), "success")
    return _to_evaluation(shortlist_id)


@pages.post(f"{ITEM}/consensus")
@open_to(*KEEPERS)
def consensus(item_id: int) -> BaseResponse:
    """Keep what the panel agreed on for a firm."""
    item = service.get_item(db.session, item_id, me())
    scores = _scores(len(panel.criteria_of(item.shortlist)))
    panel.record_consensus(db.session, me(), item, scores, request.form.get("note", ""))
    return _to_evaluation(item.shortlist_id, f"#item-{item.id}")


@pages.get(f"{LIST}/history")
@open_to(*KEEPERS)
def history(shortlist_id: int) -> str:
    """Every change, the last first."""
    found = service.get_shortlist(db.session, shortlist_id, me())
    return render_template(
        "shortlists/history.html",
        shortlist=found,
        most=SHOWN,
        changes=history_of(db.session, found, current_language()),
    )
