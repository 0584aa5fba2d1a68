"""The application: one line per feature."""

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from registry import api, cli, terms, web
from registry.accounts import auth
from registry.config import Settings, settings_from_environment
from registry.db import db
from registry.demand import views as demand
from registry.grants import views as grants
from registry.home import views as home
from registry.matches import views as matches
from registry.profiles import views as profiles
from registry.shortlists import views as shortlists

MAX_REQUEST_BYTES = 32 * 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application.

    Raises SettingsError if `settings` is None and the environment lacks what it needs.
    """
    settings = settings or settings_from_environment()
    app = Flask("registry")
    app.config.update(
        SETTINGS=settings,
        TESTING=settings.testing,
        SQLALCHEMY_ENGINES={"default": settings.database_url},
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
    )
    db.init_app(app)
    auth.init_app(app)
    web.init_app(app)
    csrf = CSRFProtect(app)
    for feature in (home, matches, profiles, demand, shortlists, grants):
        app.register_blueprint(feature.pages)
    app.jinja_env.globals.update(terms.for_templates())
    api.init_app(app, csrf)
    cli.init_app(app)
    return app
