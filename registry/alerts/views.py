"""Pages of saved searches, and the one page that stops mails without signing in."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_security import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as BaseResponse

from registry import terms
from registry.accounts.auth import ANYONE, me, open_to
from registry.accounts.models import ADMINISTRATOR, FIRM, OFFICIAL
from registry.alerts import service, stopping, watching, work  # noqa: F401 - its kind of job
from registry.alerts.criteria import PROVINCE, VERSION, narrowing, need_of, sentence
from registry.alerts.letters import FREQUENCY_WORDS, counts
from registry.alerts.models import NEVER, WEEKLY, SearchRun, Subscription
from registry.alerts.running import Round, latest_run, refresh
from registry.alerts.showing import Telling, fit, shown_changes
from registry.db import db
from registry.disclosures.views import accountable
from registry.errors import RuleBroken
from registry.finding.dismissals import dismissed_firms
from registry.finding.filters import ADDS, Filters, facets_for, filters_from
from registry.i18n import gettext as _
from registry.matches.needs import TEXT, need_from_reference, need_title, reference_from_form
from registry.matches.views import need_page
from registry.visibility.readers import reader_of
from registry.visibility.table import Field, may_see
from registry.web import LANGUAGE_PREFIX, current_language, row_id

pages = Blueprint("alerts", __name__)
KEEPERS = (OFFICIAL, ADMINISTRATOR)
SAVED, SEEN = "saved", "seen"  # since when a page tells what changed


def init_app(app: Flask, csrf: CSRFProtect) -> None:
    """The words of pages, and the one address that a mail program may send a form to."""
    app.jinja_env.globals.update(frequencies=FREQUENCY_WORDS, fit_of=fit, change_counts=counts)
    # RFC 8058: it comes from a mail program without a session; a signed token says what it stops.
    csrf.exempt("registry.alerts.views.stop_now")


@pages.get(f"{LANGUAGE_PREFIX}/saved-searches")
@open_to(*KEEPERS)
def searches() -> str:
    """The person's saved searches, each with its news since they last looked."""
    followed = service.list_followed(db.session, me())
    return render_template(
        "alerts/searches.html",
        followed=[
            (one, sentence(db.session, one.subscription.search.criteria)) for one in followed
        ],
        with_news=sum(bool(one.changes) for one in followed),
    )


@pages.get(f"{LANGUAGE_PREFIX}/saved-searches/new")
@open_to(*KEEPERS)
def new() -> str:
    """Before a search is saved: its name, how often mail follows, and how that is stopped."""
    reference = reference_from_form(request.args)
    filters = filters_from(request.args, facets_for(reader_of(current_user)))
    if need_from_reference(db.session, reference) is None:
        raise RuleBroken(_("Open a shortfall, a class, a tender or a search, and save it there."))
    return render_template(
        "alerts/new.html",
        reference=reference,
        back=need_page(reference, **filters.args()),
        asked=sentence(db.session, _document(reference, filters)),
        provinces=terms.PROVINCES,
        filters=filters,
        left_out=ADDS in request.args,
        form={
            "name": need_title(db.session, reference, current_language()),
            "frequency": WEEKLY,
            "language": current_user.language,
        },
    )


@pages.post(f"{LANGUAGE_PREFIX}/saved-searches")
@open_to(*KEEPERS)
def save() -> BaseResponse:
    """Save a search; what it finds now is the baseline."""
    filters = filters_from(request.form, facets_for(reader_of(current_user)))
    document = _document(reference_from_form(request.form), filters)
    saved = service.save(
        db.session,
        current_user._get_current_object(),
        document,
        request.form.get("name", ""),
        request.form.get("frequency", ""),
        request.form.get("mail_language", ""),
    )
    db.session.commit()
    flash(_("The search is saved. What it finds today is what later changes are told against."),
          "success")  # fmt: skip
    return redirect(url_for("alerts.saved", subscription_id=saved.id))


def _document(reference: dict[str, str], filters: Filters) -> dict[str, Any]:
    """What is asked, as it is saved."""
    chosen = {name: list(some) for name, some in filters.chosen.items()}
    return {
        "version": VERSION,
        "need": reference,
        "provinces": chosen.pop(PROVINCE, []),
        "facets": chosen,
        "strict": filters.strict and TEXT in reference,
    }


@pages.get(f"{LANGUAGE_PREFIX}/saved-searches/<int:subscription_id>")
@open_to(*KEEPERS)
def saved(subscription_id: int) -> str:
    """What is new, gone and changed, with reasons, since one looked or since it was saved."""
    found = service.get_subscription(db.session, subscription_id, me())
    round_ = Round.now(db.session)
    latest = refresh(round_, found.search)
    db.session.commit()
    assert latest  # it was run when it was saved
    since = SAVED if request.args.get("since") == SAVED else SEEN
    before = found.baseline_run if since == SAVED else found.seen_run
    lists = _changes(round_, found, before, latest)
    criteria = found.search.criteria
    return render_template(
        "alerts/saved.html",
        subscription=found,
        reference=criteria["need"],
        asked=sentence(db.session, criteria),
        answerable=need_of(db.session, criteria) is not None,
        back=need_page(criteria["need"], **_filters(criteria).args()),
        latest=latest,
        before=before,
        since=since,
        news=sum(len(some) for some in lists.values()),
        form=found,
        **lists,
    )


def _filters(criteria: Mapping[str, Any]) -> Filters:
    return Filters(narrowing(criteria), strict=criteria.get("strict", False))


def _changes(
    round_: Round, found: Subscription, before: SearchRun, latest: SearchRun
) -> dict[str, Any]:
    """The lists of a page; requirements only once it is logged that they are told."""
    aside = dismissed_firms(db.session, found.user, found.search.criteria["need"])
    changes = service.between(before, latest, aside)
    told = [change.firm_id for change in changes.changed if change.gates]
    fields = (Field.GATES, Field.CLEARANCE)
    reader = reader_of(current_user)
    if told:
        reader = accountable(reader, told, fields)
    telling = Telling.of(round_, found.search, before, changes, may_see(reader, Field.GATES))
    return shown_changes(telling, changes)


@pages.post(f"{LANGUAGE_PREFIX}/saved-searches/<int:subscription_id>")
@open_to(*KEEPERS)
def change(subscription_id: int) -> BaseResponse:
    """Rename it, or be written to more or less often, or in the other language."""
    found = service.get_subscription(db.session, subscription_id, me())
    form = request.form
    wanted = (form.get(name, "") for name in ("name", "frequency", "mail_language"))
    service.change(db.session, found, *wanted)
    db.session.commit()
    flash(_("Changed."), "success")
    return redirect(url_for("alerts.saved", subscription_id=found.id))


@pages.post(f"{LANGUAGE_PREFIX}/saved-searches/<int:subscription_id>/seen")
@open_to(*KEEPERS)
def seen(subscription_id: int) -> BaseResponse:
    """From now on, only what comes after what the page showed is news."""
    found = service.get_subscription(db.session, subscription_id, me())
    run = request.form.get("run", type=row_id)
    newest = latest_run(db.session, found.search_id)
    service.mark_seen(db.session, found, run or (newest.id if newest else found.seen_run_id))
    db.session.commit()
    return redirect(url_for("alerts.saved", subscription_id=found.id))


@pages.post(f"{LANGUAGE_PREFIX}/saved-searches/<int:subscription_id>/delete")
@open_to(*KEEPERS)
def delete(subscription_id: int) -> BaseResponse:
    """Forget a search."""
    found = service.get_subscription(db.session, subscription_id, me())
    name = found.name
    service.remove(db.session, found)
    db.session.commit()
    flash(_("“%(name)s” is no longer saved.", name=name), "success")
    return redirect(url_for("alerts.searches"))


@pages.post(f"{LANGUAGE_PREFIX}/my-firm/<int:firm_id>/tenders")
@open_to(FIRM)
def watch(firm_id: int) -> BaseResponse:
    """Be told of new tenders that one's own firm fits, as often as chosen."""
    form, person = request.form, current_user._get_current_object()
    frequency = form.get("frequency", "")
    watching.watch(db.session, person, firm_id, frequency, current_user.language)
    db.session.commit()
    flash(
        _("No mail about new tenders follows.")
        if frequency == NEVER
        else _("New tenders that your firm fits are sent to %(email)s.", email=person.email),
        "success",
    )
    return redirect(url_for("my_firm.home", firm=firm_id))


@pages.get(f"{LANGUAGE_PREFIX}/stop-mails/<token>")
@open_to(ANYONE)
def stop(token: str) -> str:
    """Ask first: programs open links to look at them."""
    return render_template(
        "alerts/stop.html", names=stopping.names(db.session, token, current_language()), token=token
    )


@pages.post(f"{LANGUAGE_PREFIX}/stop-mails/<token>")
@open_to(ANYONE)
def stop_now(token: str) -> str:
    """Stop the mails that the token is about; a second time changes nothing."""
    names = stopping.stop(db.session, token, current_language())
    db.session.commit()
    return render_template("alerts/stop.html", names=names, stopped=True)
