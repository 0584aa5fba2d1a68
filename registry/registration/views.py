"""The way of a firm into the registry: found or begun, filled step by step, handed in."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import me, open_to
from registry.accounts.models import FIRM
from registry.db import db
from registry.i18n import gettext as _
from registry.registration import claims as claiming
from registry.registration import evidence_views, service, step_views  # noqa: F401  (their routes)
from registry.registration.blueprint import PATH, STEPS, open_revision, pages, steps_beside
from registry.registration.changes import compare_records
from registry.registration.finding import find_likenesses
from registry.registration.remarks import completeness
from registry.registration.sections import SECTIONS
from registry.registration.showing import shown_record
from registry.web import current_language

REVIEW = "review"
LONGEST_QUERY = 300


@pages.get(PATH)
@open_to(FIRM)
def start() -> str:
    """Is the firm here already? Asked by name or by an identifier."""
    typed = " ".join(request.args.get("q", "").replace("\0", " ").split())[:LONGEST_QUERY]
    return render_template(
        "registration/start.html",
        typed=typed,
        found=find_likenesses(db.session, typed, current_language()) if typed else [],
        drafts=service.list_drafts(db.session, me()),
        firms=service.list_firms(db.session, me()),
        claims=claiming.list_claims(db.session, me()),
    )


@pages.post(f"{PATH}/new")
@open_to(FIRM)
def begin() -> BaseResponse:
    """Begin the record of a firm that is not here."""
    revision = service.begin_new(db.session, me(), request.form.get("name", ""))
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
    claiming.make_claim(db.session, me(), firm_id, request.form.get("proof", ""))
    db.session.commit()
    flash(_("Your claim is with an administrator. You will see the answer here."), "success")
    return redirect(url_for("registration.start"))


@pages.post(f"{PATH}/firm/<int:firm_id>")
@open_to(FIRM)
def revise(firm_id: int) -> BaseResponse:
    """Work on the record of a firm that one acts for; what is published stays meanwhile."""
    revision = service.begin_revision(db.session, me(), firm_id)
    db.session.commit()
    return redirect(url_for("registration.review", revision_id=revision.id))


@pages.get(f"{PATH}/<int:revision_id>")
@open_to(FIRM)
def review(revision_id: int) -> str:
    """What officials will see, what stays confidential, what would help most."""
    revision = open_revision(revision_id)
    return render_template(
        "registration/review.html",
        revision=revision,
        record=shown_record(db.session, revision.content, current_language()),
        complete=completeness(revision.content),
        sections=SECTIONS,
        changes=len(compare_records(revision.began_with, revision.content)),
        **steps_beside(revision, REVIEW),
    )


@pages.post(f"{PATH}/<int:revision_id>/submit")
@open_to(FIRM)
def submit(revision_id: int) -> BaseResponse:
    """Hand the record to an administrator."""
    revision = open_revision(revision_id)
    service.submit(db.session, me(), revision)
    db.session.commit()
    flash(_("Handed in. An administrator looks at it; you will see the answer here."), "success")
    return redirect(url_for("registration.review", revision_id=revision.id))


@pages.post(f"{PATH}/<int:revision_id>/take-back")
@open_to(FIRM)
def take_back(revision_id: int) -> BaseResponse:
    """Work on a submitted record again."""
    revision = open_revision(revision_id)
    service.take_back(db.session, me(), revision)
    db.session.commit()
    return redirect(url_for("registration.review", revision_id=revision.id))


@pages.post(f"{PATH}/<int:revision_id>/give-up")
@open_to(FIRM)
def give_up(revision_id: int) -> BaseResponse:
    """Discard the draft; what is published stays."""
    revision = open_revision(revision_id)
    service.give_up(db.session, me(), revision)
    db.session.commit()
    flash(_("The draft is discarded. What is published stays as it was."), "success")
    if revision.firm_id:
        return redirect(url_for("my_firm.home", firm=revision.firm_id))
    return redirect(url_for("registration.start"))
