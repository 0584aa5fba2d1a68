"""What every page shares: its language, its headers, its errors, its formats."""

import datetime as dt
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from flask_babel import Babel, get_locale
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import ANYONE, open_to, roles_allow
from registry.config import LANGUAGES
from registry.errors import RegistryError
from registry.i18n import compiled_catalogues, language_of_environment

LOCALES = {"en": "en_CA", "fr": "fr_CA"}
LANGUAGE_PREFIX = "/<any(en, fr):language>"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def current_language() -> str:
    """`en` or `fr`: the address's, else the person's browser, else the command line's."""
    if not request:
        return language_of_environment()
    if language := g.get("language"):
        return str(language)
    # An address that leads nowhere still says which language its reader reads.
    if (first := request.path.split("/")[1]) in LANGUAGES:
        return first
    return request.accept_languages.best_match(LANGUAGES, default="en") or "en"


def init_app(app: Flask) -> None:
    """Give the application languages in its addresses, security headers and error pages."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(
        compiled_catalogues(app.config["SETTINGS"].home)
    )
    Babel(app, locale_selector=lambda: LOCALES[current_language()])
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_give_language)
    app.after_request(_set_headers)
    app.register_error_handler(RegistryError, show_error)
    app.register_error_handler(HTTPException, show_http_error)
    app.add_url_rule("/", "root", _root)
    app.context_processor(_page_values)
    app.jinja_env.filters.update(number=number, date=date, share=share)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.language = values.pop("language", None) if values else None


def _give_language(endpoint: str, values: dict[str, Any]) -> None:
    if "language" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "language"):
        values["language"] = current_language()


@open_to(ANYONE)
def _root() -> BaseResponse:
    return redirect(url_for("home.home"))


def _set_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        # Pages depend on who reads them.
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers["Content-Language"] = current_language()
    return response


def show_error(error: RegistryError) -> tuple[str, int]:
    return render_template("error.html", message=error.message, status=error.status), error.status


def show_http_error(error: HTTPException) -> HTTPException | tuple[str, int] | BaseResponse:
    if error.code is None or error.code < 400:
        return error
    messages = {
        400: _("The request could not be understood. Go back, check the form and send it again."),
        403: _("This page is for other roles. Sign in with an account that may see it."),
        404: _("There is no such page. Check the address, or search."),
        405: _("This address does not take that kind of request. Start again from the page."),
        413: _("What you sent is too large."),
        429: _("Too many requests. Wait a minute and try again."),
    }
    fallback = _("Something went wrong on our side. Nothing was lost; try again in a moment.")
    message = messages.get(error.code, fallback)
    return render_template("error.html", message=message, status=error.code), error.code


def _page_values() -> dict[str, Any]:
    language = current_language()
    other = "en" if language == "fr" else "fr"
    return {"language": language, "other_language": other, "same_page_in": same_page_in, "may": may}


def may(endpoint: str) -> bool:
    """Whether the reader may use a route: what a page asks before it shows the way there."""
    return roles_allow(current_app.view_functions[endpoint])


def same_page_in(language: str) -> str:
    """The address of this page, with its filters, in the other language."""
    if request.endpoint is None or g.get("language") is None:
        return url_for("home.home", language=language)
    rule = request.url_rule
    if request.method != "GET" and (rule is None or "GET" not in (rule.methods or ())):
        return url_for("home.home", language=language)
    values = {**(request.view_args or {}), **request.args.to_dict(flat=False)}
    return url_for(request.endpoint, **{**values, "language": language})


def number(value: int | float | Decimal | None, digits: int = 0) -> str:
    """A number in the reader's locale; a missing one is said, not left blank."""
    if value is None:
        return _("not stated")
    return str(format_decimal(round(float(value), digits), locale=get_locale()))


def share(value: float, digits: int = 0) -> str:
    """A part of one as a percentage in the reader's locale."""
    return format_percent(round(value, digits + 2), locale=get_locale())


def date(value: dt.date | dt.datetime | None, form: str = "long") -> str:
    """A date in the reader's locale; a missing one is said, not left blank."""
    return format_date(value, form, locale=get_locale()) if value else _("not stated")
