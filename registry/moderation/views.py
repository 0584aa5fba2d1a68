"""Pages of the administrator who vouches for firms."""

import datetime as dt

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from registry.accounts.auth import me, open_to
from registry.accounts.models import ADMINISTRATOR, AUDITOR
from registry.capabilities.models import EVIDENCE_LEVELS
from registry.capabilities.service import list_lines
from registry.db import db, today
from registry.disclosures.views import accountable
from registry.firms.models import Listing
from registry.i18n import gettext as _
from registry.moderation import service
from registry.registration import claims
from registry.registration import service as registration
from registry.registration.finding import KNOWN, likenesses_of
from registry.registration.models import Revision, State
from registry.registration.record import IDENTIFIERS, NAMES, read_record
from registry.registration.sections import empty_record
from registry.registration.showing import shown_changes, shown_record
from registry.visibility.readers import reader_of
from registry.visibility.table import Field, may_see
from registry.web import LANGUAGE_PREFIX, current_language

pages = Blueprint("moderation", __name__)
PATH = f"{LANGUAGE_PREFIX}/inbox"
IN_CONFIDENCE = (
    Field.LINE_RATES,
    Field.LINE_COMMERCIAL,
    Field.LINE_INPUTS,
    Field.CLEARANCE,
    Field.IDENTIFIER,
    Field.CONTACT,
    Field.EXPORT_CONTROL,
)
READERS = (ADMINISTRATOR, AUDITOR)  # an auditor reads everything and changes nothing


def _account_for(firm_id: int) -> None:
    """Log that what the firm told in confidence is about to be seen; unlogged, it is not shown."""
    reader = accountable(reader_of(current_user), [firm_id], IN_CONFIDENCE)
    if not may_see(reader, IN_CONFIDENCE[0]):
        abort(503)


@pages.get(PATH)
@open_to(*READERS)
def inbox() -> str:
    """What no administrator has decided yet, the oldest first."""
    waiting = service.list_waiting(db.session)
    people = {entry.revision.submitted_by for entry in waiting if entry.revision}
    return render_template(
        "moderation/inbox.html",
        waiting=waiting,
        people=registration.names_of(db.session, people),
        listed_name=registration.listed_name,
    )


@pages.get(f"{PATH}/records/<int:revision_id>")
@open_to(*READERS)
def revision(revision_id: int) -> str:
    """A record that was handed in: what it changes of what is published, field by field."""
    found = service.get_revision(db.session, revision_id)
    language = current_language()
    if found.firm_id is not None:
        _account_for(found.firm_id)
    published = _compared_with(found)
    people = {found.submitted_by, found.begun_by, found.decided_by}
    return render_template(
        "moderation/revision.html",
        revision=found,
        name=registration.listed_name(found.content["identity"]) or _("Firm without a name"),
        changes=shown_changes(published, found.content, language),
        record=shown_record(db.session, found.content, language),
        doubles=_doubles(found),
        people=registration.names_of(db.session, people),
        waits=found.state == State.SUBMITTED,
    )


def _compared_with(found: Revision) -> dict:
    """What the firm's tables hold now; for a version that was decided, what it began with."""
    if found.state != State.SUBMITTED:
        return found.began_with
    return read_record(db.session, found.firm) if found.firm else empty_record()


def _doubles(found: Revision) -> list:
    """Firms that may be the same one, before it is made a second time."""
    if found.firm_id is not None:
        return []
    identity = found.content["identity"]
    names = tuple(identity[field] for field in NAMES if identity.get(field))
    identifiers = tuple(
        (scheme.value, identity[field])
        for field, scheme in IDENTIFIERS.items()
        if identity.get(field)
    )
    return likenesses_of(db.session, names, identifiers, current_language(), listings=KNOWN)


@pages.post(f"{PATH}/records/<int:revision_id>/accept")
@open_to(ADMINISTRATOR)
def accept(revision_id: int) -> Response:
    """Publish the record; the administrator vouches for it."""
    found = service.get_revision(db.session, revision_id)
    firm = registration.publish(db.session, me(), found)
    db.session.commit()
    flash(_("Accepted. The record is published and marked as verified."), "success")
    return redirect(url_for("moderation.firm", firm_id=firm.id))


@pages.post(f"{PATH}/records/<int:revision_id>/return")
@open_to(ADMINISTRATOR)
def give_back(revision_id: int) -> Response:
    """Return the record to the firm with reasons."""
    found = service.get_revision(db.session, revision_id)
    registration.return_revision(db.session, me(), found, request.form.get("reasons", ""))
    db.session.commit()
    flash(_("Returned. The firm sees your reasons."), "success")
    return redirect(url_for("moderation.inbox"))


@pages.get(f"{PATH}/claims/<int:claim_id>")
@open_to(*READERS)
def claim(claim_id: int) -> str:
    """Someone who says that they speak for a firm."""
    found = claims.get_claim(db.session, claim_id)
    return render_template("moderation/claim.html", claim=found)


@pages.post(f"{PATH}/claims/<int:claim_id>")
@open_to(ADMINISTRATOR)
def decide_claim(claim_id: int) -> Response:
    """Make the person an owner of the firm's record, or say why not."""
    found = claims.get_claim(db.session, claim_id)
    decision = request.form.get("decision")
    if decision == "approve":
        claims.approve_claim(db.session, me(), found)
    elif decision == "refuse":
        claims.refuse_claim(db.session, me(), found, request.form.get("reasons", ""))
    else:
        abort(400)
    db.session.commit()
    flash(_("Decided. The person sees the answer."), "success")
    return redirect(url_for("moderation.inbox"))


@pages.get(f"{PATH}/firms/<int:firm_id>")
@open_to(*READERS)
def firm(firm_id: int) -> str:
    """A firm as its moderator sees it: listing, identifiers, evidence, versions."""
    found = service.get_firm(db.session, firm_id)
    _account_for(firm_id)
    versions = registration.list_versions(db.session, firm_id)
    assessments = service.list_assessments(db.session, found)
    people = {each.decided_by for each in versions}
    people |= {each.made_by for judged in assessments.values() for each in judged}
    return render_template(
        "moderation/firm.html",
        firm=found,
        lines=list_lines(db.session, firm_id),
        versions=versions,
        assessments=assessments,
        people=registration.names_of(db.session, people),
        levels=EVIDENCE_LEVELS,
        today=today(),
    )


@pages.post(f"{PATH}/firms/<int:firm_id>/listing")
@open_to(ADMINISTRATOR)
def set_listing(firm_id: int) -> Response:
    """Suspend a firm, withdraw it, or list it again."""
    found = service.get_firm(db.session, firm_id)
    try:
        listing = Listing(request.form.get("listing", ""))
    except ValueError:
        abort(400)
    service.set_listing(db.session, me(), found, listing, request.form.get("reason", ""))
    db.session.commit()
    flash(_("Done. The firm sees the reason."), "success")
    return redirect(url_for("moderation.firm", firm_id=firm_id))


@pages.post(f"{PATH}/<any(line, certificate):subject>/<int:subject_id>/evidence")
@open_to(ADMINISTRATOR)
def assess(subject: str, subject_id: int) -> Response:
    """Set how well a line or a certificate is shown."""
    form = request.form
    try:
        seen_on = dt.date.fromisoformat(form.get("seen_on", ""))
    except ValueError:
        seen_on = today()
    firm_id = service.assess(
        db.session, me(), subject, subject_id, form.get("level", ""), form.get("note", ""), seen_on
    )
    db.session.commit()
    flash(_("The level of evidence is set."), "success")
    return redirect(url_for("moderation.firm", firm_id=firm_id))


@pages.post(f"{PATH}/identifiers/<int:identifier_id>/check")
@open_to(ADMINISTRATOR)
def check_identifier(identifier_id: int) -> Response:
    """Write down what a check of an identifier found."""
    form = request.form
    firm_id = service.check_identifier(
        db.session,
        me(),
        identifier_id,
        form.get("outcome", ""),
        form.get("by", ""),
        form.get("method", ""),
    )
    db.session.commit()
    flash(_("The check is written down."), "success")
    return redirect(url_for("moderation.firm", firm_id=firm_id))
