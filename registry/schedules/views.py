"""The page of feeds for administrators: what comes in by itself, and what became of it."""

from collections.abc import Mapping
from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import send_from_directory as send
from werkzeug.wrappers import Response

from registry.accounts.auth import actor_id, open_to
from registry.accounts.models import ADMINISTRATOR
from registry.db import db, utcnow
from registry.errors import NotFound
from registry.feeds.told import say_again
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.schedules import service
from registry.schedules.kinds import FEED_KINDS
from registry.schedules.models import READ, REFUSED, UNCHANGED, FeedFetch
from registry.schedules.work import SURROUNDINGS, Surroundings
from registry.web import LANGUAGE_PREFIX, current_language

pages = Blueprint("schedules", __name__)
INTERVALS = {
    1: mark("every hour"),
    6: mark("every 6 hours"),
    24: mark("every day"),
    168: mark("every week"),
}
OUTCOME_WORDS = {READ: mark("file read"), UNCHANGED: mark("no change"), REFUSED: mark("not taken")}
# What can be done to a feed, and what is said once it is done.
ACTIONS = {
    "fetch": (
        service.fetch_now, mark("Asked for. What became of it shows here once it has ended."),
    ),
    "pause": (service.pause_feed, mark("Paused. It is fetched no more until you resume it.")),
    "resume": (service.resume_feed, mark("Resumed.")),
    "remove": (service.remove_feed, mark("Removed. What was read of it stays.")),
}  # fmt: skip
NEW_FEED = {"kind": "tenders", "interval": "24"}
PATIENCE = "FEED_PATIENCE"  # of the application: another one than usual


def _surroundings() -> Surroundings:
    settings = current_app.config["SETTINGS"]
    return Surroundings(settings.feeds_dir, settings.reports_dir, current_app.config.get(PATIENCE))


SURROUNDINGS.append(_surroundings)


@pages.app_template_filter("feed_kind")
def feed_kind(kind: str) -> str:
    return _(FEED_KINDS[kind].label)


@pages.app_template_filter("feed_outcome")
def feed_outcome(outcome: str) -> str:
    return _(OUTCOME_WORDS[outcome])


@pages.app_template_filter("feed_reason")
def feed_reason(kept: str) -> tuple[str, str]:
    """(why a file was refused, the language that says it): older reasons were kept in English."""
    again = say_again(kept)
    return (kept, "en") if again is None else (again, current_language())


@pages.app_template_filter("feed_interval")
def feed_interval(hours: int) -> str:
    if hours in INTERVALS:
        return _(INTERVALS[hours])
    return _("every %(hours)d hours", hours=hours)


@pages.get(f"{LANGUAGE_PREFIX}/feeds")
@open_to(ADMINISTRATOR)
def feeds() -> str:
    """Every feed with its last fetch, and the last fetches of all."""
    return _page(NEW_FEED, None)


@pages.post(f"{LANGUAGE_PREFIX}/feeds")
@open_to(ADMINISTRATOR)
def add() -> Response | tuple[str, int]:
    """Add a feed; what cannot be added comes back as it was typed."""
    form = request.form
    try:
        service.add_feed(
            db.session,
            actor_id(),
            form.get("kind", ""),
            form.get("url", ""),
            form.get("interval", type=int),
        )
    except service.WrongFeed as wrong:
        return _page(form, wrong), wrong.status
    db.session.commit()
    flash(_("Added. A worker fetches it within seconds."), "success")
    return redirect(url_for("schedules.feeds"))


@pages.post(f"{LANGUAGE_PREFIX}/feeds/<int:feed_id>/<any(fetch, pause, resume, remove):action>")
@open_to(ADMINISTRATOR)
def act(feed_id: int, action: str) -> Response:
    """Fetch a feed now, fetch it no more for a while, fetch it again, or forget it."""
    do, said = ACTIONS[action]
    do(db.session, actor_id(), service.get_feed(db.session, feed_id))
    db.session.commit()
    flash(_(said), "success")
    return redirect(url_for("schedules.feeds"))


@pages.get(f"{LANGUAGE_PREFIX}/feeds/fetches/<int:fetch_id>/report.csv")
@open_to(ADMINISTRATOR)
def report(fetch_id: int) -> Response:
    """The report of one fetch: rows that were refused or look odd."""
    found = db.session.get(FeedFetch, fetch_id)
    folder: Path = current_app.config["SETTINGS"].reports_dir
    if found is None or found.report_name is None or not (folder / found.report_name).is_file():
        raise NotFound(_("The report is no longer kept."))
    return send(folder, found.report_name, as_attachment=True, mimetype="text/csv")


def _page(typed: Mapping[str, str], wrong: service.WrongFeed | None) -> str:
    return render_template(
        "schedules/feeds.html",
        feeds=service.list_feeds(db.session),
        fetches=service.list_fetches(db.session),
        jobs=service.jobs_under_way(db.session),
        now=utcnow(),
        kinds=list(FEED_KINDS),
        intervals=list(INTERVALS),
        typed=typed,
        wrong=wrong,
    )
