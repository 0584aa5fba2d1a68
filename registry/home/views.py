"""The first page, and the sign of life that a supervisor asks for."""

from flask import Blueprint, Response, render_template
from sqlalchemy import text

from registry.accounts.auth import ANYONE, open_to
from registry.db import db
from registry.home import service
from registry.web import LANGUAGE_PREFIX

pages = Blueprint("home", __name__)


@pages.get(f"{LANGUAGE_PREFIX}/")
@open_to(ANYONE)
def home() -> str:
    """What Cadence is, and where each kind of person goes on."""
    return render_template("home/home.html", figures=service.registry_figures(db.session))


@pages.get("/healthz")
@open_to(ANYONE)
def health() -> Response:
    """200 while the database answers."""
    db.session.execute(text("select 1"))
    return Response("ok\n", mimetype="text/plain")
