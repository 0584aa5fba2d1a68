"""The application: one line per feature."""

from typing import Any

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect

from registry import api, cli, terms, web
from registry.accounts import auth
from registry.bulk import views as bulk
from registry.config import Settings, settings_from_environment
from registry.db import db
from registry.demand import views as demand
from registry.disclosures import views as disclosures
from registry.grants import views as grants
from registry.home import views as home
from registry.logs import discreet
from registry.matches import views as matches
from registry.profiles import views as profiles
from registry.shortlists import views as shortlists
from registry.trail import views as trail

MAX_REQUEST_BYTES = 32 * 1024 * 1024


class Cadence(Flask):
    def log_exception(self, exc_info: Any) -> None:
        """Write down what failed without what was in it: neither values nor the address's own."""
        self.logger.error("%s %s\n%s", request.method, request.url_rule, discreet(exc_info[1]))


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application.

    Raises SettingsError if `settings` is None and the environment lacks what it needs.
    """
    settings = settings or settings_from_environment()
    app = Cadence("registry")
    app.config.update(
        SETTINGS=settings,
        TESTING=settings.testing,
        # Errors of the database name the statement, and never the values sent with it.
        SQLALCHEMY_ENGINES={"default": {"url": settings.database_url, "hide_parameters": True}},
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
    )
    db.init_app(app)
    auth.init_app(app)
    web.init_app(app)
    csrf = CSRFProtect(app)
    for feature in (
        home,
        matches,
        profiles,
        bulk,
        demand,
        shortlists,
        grants,
        disclosures,
        trail,
    ):
        app.register_blueprint(feature.pages)
    app.jinja_env.globals.update(terms.for_templates())
    api.init_app(app, csrf)
    cli.init_app(app)
    return app
