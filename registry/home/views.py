"""The first page, and the sign of life that a supervisor asks for."""

from flask import Blueprint, Response, render_template
from flask_security import current_user
from sqlalchemy import text

from registry.accounts.auth import ANYONE, open_to
from registry.db import db
from registry.home import service
from registry.shortlists.locks import lists_without_outcome
from registry.shortlists.models import Shortlist
from registry.web import LANGUAGE_PREFIX, may

pages = Blueprint("home", __name__)


@pages.get(f"{LANGUAGE_PREFIX}/")
@open_to(ANYONE)
def home() -> str:
    """What Cadence is, and where each kind of person goes on."""
    return render_template(
        "home/home.html", figures=service.registry_figures(db.session), waiting=_without_outcome()
    )


def _without_outcome() -> list[Shortlist]:
    """The reader's locked shortlists of which nobody has said what came of them."""
    if not may("shortlists.shortlists"):
        return []
    return lists_without_outcome(db.session, current_user._get_current_object())


@pages.get("/healthz")
@open_to(ANYONE)
def health() -> Response:
    """200 while the database answers."""
    db.session.execute(text("select 1"))
    return Response("ok\n", mimetype="text/plain")
