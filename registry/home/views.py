"""The first page, and the sign of life that a supervisor asks for."""

from dataclasses import dataclass, field

from flask import Blueprint, Response, render_template
from flask_security import current_user
from sqlalchemy import text

from registry.accounts.auth import ANYONE, open_to
from registry.alerts.service import Followed, list_followed
from registry.db import db
from registry.home import service
from registry.shortlists.locks import lists_without_outcome
from registry.shortlists.models import Shortlist
from registry.shortlists.panel import lists_to_score
from registry.web import LANGUAGE_PREFIX, may

pages = Blueprint("home", __name__)


@pages.get(f"{LANGUAGE_PREFIX}/")
@open_to(ANYONE)
def home() -> str:
    """What Cadence is, and where each kind of person goes on."""
    return render_template(
        "home/home.html", figures=service.registry_figures(db.session), waiting=_waiting()
    )


@dataclass(frozen=True)
class Waiting:
    """What waits for a reader: searches with news, lists to score, lists without an outcome."""

    news: list[Followed] = field(default_factory=list)
    to_score: list[Shortlist] = field(default_factory=list)
    without_outcome: list[Shortlist] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.news or self.to_score or self.without_outcome)


def _waiting() -> Waiting:
    if not may("shortlists.shortlists"):
        return Waiting()
    session, person = db.session, current_user._get_current_object()
    return Waiting(
        [one for one in list_followed(session, person.id) if one.changes],
        lists_to_score(session, person.id),
        lists_without_outcome(session, person),
    )


@pages.get("/healthz")
@open_to(ANYONE)
def health() -> Response:
    """200 while the database answers."""
    db.session.execute(text("select 1"))
    return Response("ok\n", mimetype="text/plain")
