"""The application: one line per feature."""

from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from registry import api, cli, terms, web
from registry.accounts import auth, limits
from registry.alerts import views as alerts
from registry.bulk import views as bulk
from registry.config import Settings, settings_from_environment
from registry.coverage import views as coverage
from registry.db import db
from registry.demand import views as demand
from registry.demo import views as demo
from registry.disclosures import views as disclosures
from registry.grants import views as grants
from registry.home import views as home
from registry.jobs import views as jobs
from registry.logs import discreet
from registry.mail import views as mail
from registry.mail.accounts import AccountMails
from registry.matches import finding_views as finding
from registry.matches import views as matches
from registry.members import views as members
from registry.merging import views as merging
from registry.moderation import views as moderation
from registry.my_firm import views as my_firm
from registry.opportunities import needs_views as needs
from registry.opportunities import views as opportunities
from registry.people import views as people
from registry.portfolio import views as portfolio
from registry.profiles import views as profiles
from registry.registration import views as registration
from registry.rules import views as rules
from registry.schedules import views as schedules
from registry.shortlists import views as shortlists
from registry.sso import views as sso
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
    _stand_behind(app, settings)
    db.init_app(app)
    _close_no_async_sessions(app)
    auth.init_app(app, AccountMails)
    web.init_app(app)
    mail.init_app(app)
    jobs.init_app(app)
    sso.init_app(app)
    demo.init_app(app)
    csrf = CSRFProtect(app)
    alerts.init_app(app, csrf)
    for feature in (
        home,
        people,
        sso,
        mail,
        jobs,
        matches,
        finding,
        opportunities,
        rules,
        needs,
        coverage,
        portfolio,
        members,
        profiles,
        demand,
        schedules,
        grants,
        bulk,
        shortlists,
        alerts,
        disclosures,
        trail,
        registration,
        my_firm,
        moderation,
        merging,
    ):
        app.register_blueprint(feature.pages)
    limits.init_app(app)
    app.jinja_env.globals.update(terms.for_templates())
    api.init_app(app, csrf)
    cli.init_app(app)
    return app


def _close_no_async_sessions(app: Flask) -> None:
    """There are none, and looking for them starts an event loop at the end of each request."""
    ends = app.teardown_appcontext_funcs
    ends[:] = [end for end in ends if not iscoroutinefunction(end)]


def _stand_behind(app: Flask, settings: Settings) -> None:
    """Believe the proxies that the operator names, and answer only to the public address.

    Else links in mails would lead wherever the sender of a request says (host header injection).
    """
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    if settings.public_url:
        address = urlsplit(settings.public_url)
        app.config.update(
            TRUSTED_HOSTS=[address.hostname],
            SERVER_NAME=address.netloc,
            PREFERRED_URL_SCHEME=address.scheme,
        )
