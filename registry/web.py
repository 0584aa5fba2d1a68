"""What every page shares: its language, its headers, its errors, its formats."""

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from flask import (
    Flask,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import Babel, get_domain, get_locale
from flask_security import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import ANYONE, open_to, roles_allow
from registry.config import LANGUAGES
from registry.errors import RegistryError
from registry.i18n import LOCALES, compiled_catalogues, language_of_environment, language_spoken
from registry.i18n import gettext as _

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

STATIC_FILES = frozenset({"static"})
LARGEST_ID = 2**31 - 1  # what an integer column of either database holds


class IdConverter(IntegerConverter):
    """A number in an address; one that no row can have leads nowhere (404)."""

    def __init__(self, map: Any, *args: Any, **kwargs: Any):
        super().__init__(map, *args, **{"max": LARGEST_ID, **kwargs})


def row_id(text: str) -> int:
    """The `type` of a row's number in a form or a query. Raises ValueError if none can have it."""
    number = int(text)
    if not 0 < number <= LARGEST_ID:
        raise ValueError(text)
    return number


def page_number() -> int:
    """The page of a long list that the address asks for; the first where it asks for none."""
    return request.args.get("page", 1, type=row_id)


def current_language() -> str:
    """`en` or `fr`: the address's, else the person's browser, else the command line's."""
    if not request:
        return language_of_environment()
    if language := g.get("language"):
        return str(language)
    # An address that leads nowhere still says which language its reader reads.
    if (first := request.path.split("/")[1]) in LANGUAGES:
        return first
    for tag, _quality in request.accept_languages:  # the best first
        if (language := tag.split("-")[0].lower()) in LANGUAGES:
            return language
    return "en"


def init_app(app: Flask) -> None:
    """Give the application languages in its addresses, security headers and error pages."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(
        compiled_catalogues(app.config["SETTINGS"].home)
    )
    Babel(app, locale_selector=lambda: LOCALES[current_language()])
    app.jinja_env.install_gettext_callables(_, _counted, newstyle=True)  # type: ignore[attr-defined]
    app.url_map.converters["int"] = IdConverter
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_give_language)
    app.after_request(_set_headers)
    app.register_error_handler(RegistryError, show_error)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(CSRFError, _show_lost_token)
    _keep_what_was_typed(app)
    app.add_url_rule("/", "root", _root)
    app.context_processor(_page_values)
    app.jinja_env.filters.update(
        number=number, date=date, share=share, dollars=dollars, signed=signed
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _counted(singular: str, plural: str, count: int) -> str:
    return str(get_domain().get_translations().ungettext(singular, plural, count))


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
    if request.endpoint not in STATIC_FILES:
        # What is said depends on who reads it, in a page, an answer of the API and an export alike.
        response.headers.setdefault("Cache-Control", "private, no-store")
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = current_language()
    return response


# What the script was to put into a part of the page is the page's own matter when it is refused.
WHOLE_PAGE = {"HX-Retarget": "#main", "HX-Reselect": "#main", "HX-Reswap": "outerHTML"}


def show_error(error: RegistryError) -> tuple[str, int, dict[str, str]]:
    page = render_template(
        "error.html", message=error.message, status=error.status, back=_page_before()
    )
    return page, error.status, WHOLE_PAGE if request.headers.get("HX-Request") else {}


def _page_before() -> str | None:
    """The page of ours whose form was refused, so that it can be corrected there."""
    before = urlsplit(request.referrer or "")
    if request.method != "POST" or before.netloc != request.host:
        return None
    return f"{before.path}?{before.query}" if before.query else before.path


def _keep_what_was_typed(app: Flask) -> None:
    """Who is no longer signed in, or not lately, is not led away from what was typed."""
    security, manager = app.extensions["security"], app.login_manager  # type: ignore[attr-defined]
    lead_to_sign_in = manager.unauthorized_callback

    @manager.unauthorized_handler
    def unauthorized() -> Any:
        return show_unsent(url_for("security.login"), 401) if _is_form() else lead_to_sign_in()

    lead_to_password = security._reauthn_handler

    @security.reauthn_handler
    def reauthenticate(within: dt.timedelta, grace: dt.timedelta) -> Any:
        if _is_form():
            return show_unsent(url_for("security.verify"), 401)
        return lead_to_password(within, grace)


def _is_form() -> bool:
    return request.method == "POST" and not request.is_json and bool(request.form)


def _show_lost_token(error: CSRFError) -> Any:
    """A form whose session has ended, or one that another site sends in our reader's name.

    Only the first may be offered for sending again.
    """
    if _is_form() and request.headers.get("Origin") == request.host_url.rstrip("/"):
        return show_unsent(None, 400)
    return show_http_error(error)


def show_unsent(way: str | None, status: int) -> tuple[str, int]:
    """What was typed, ready to be sent once more after going that way; passwords are not kept."""
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and "password" not in name
    ]
    signed_in = current_user.is_authenticated
    page = render_template(
        "unsent.html", kept=kept, way=way, signed_in=signed_in, files=bool(request.files)
    )
    return page, status


def show_http_error(error: HTTPException) -> HTTPException | BaseResponse:
    if error.code is None or error.code < 400:
        return error
    messages = {
        400: _("The request could not be understood. Go back, check the form and send it again."),
        403: _("This page is for other roles. Sign in with an account that may see it."),
        404: _("There is no such page. Check the address, or search."),
        405: _("This address does not take that kind of request. Start again from the page."),
        413: _("What you sent is too large."),
        429: _("Too many attempts. Wait fifteen minutes, then try again."),
    }
    fallback = _("Something went wrong on our side. Nothing was lost; try again in a moment.")
    message = messages.get(error.code, fallback)
    page = render_template("error.html", message=message, status=error.code, back=_page_before())
    response = make_response(page, error.code)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.allow.update(error.valid_methods)
    return response


def _page_values() -> dict[str, Any]:
    language = current_language()
    other = "en" if language == "fr" else "fr"
    return {
        "language": language,
        "other_language": other,
        "same_page_in": same_page_in,
        "may": may,
        "said": _,  # for what is not markup
    }


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
    # A name that begins with _ means something to `url_for`, such as another scheme.
    query = request.args.to_dict(flat=False).items()
    values = {name: texts for name, texts in query if not name.startswith("_")}
    return url_for(
        request.endpoint, **{**values, **(request.view_args or {}), "language": language}
    )


def number(value: int | float | Decimal | None, digits: int = 0) -> str:
    """A number in the reader's locale; a missing one is said, not left blank."""
    if value is None:
        return _("not stated")
    return number_in(language_spoken(), value, digits)


def number_in(language: str, value: int | float | Decimal, digits: int = 0) -> str:
    """A number as it is written in a language."""
    return _written(round(float(value), digits), LOCALES[language])


def exactly(value: Decimal) -> str:
    """A number in the reader's locale with all of its decimals: a ratio may be a hundredth."""
    return str(format_decimal(value, locale=get_locale(), decimal_quantization=False))


@lru_cache(maxsize=50_000)
def _written(value: float, locale: str) -> str:
    """A page of ranked firms writes the same few hundred numbers over and over."""
    return str(format_decimal(value, locale=locale))


def dollars(value: int | float | Decimal) -> str:
    """An amount of Canadian dollars in the reader's locale; cents only where there are some."""
    cents = "" if value == int(value) else ".00"
    pattern = f"#,##0{cents}\u00a0¤" if current_language() == "fr" else f"¤#,##0{cents}"
    return str(format_currency(value, "CAD", pattern, get_locale(), currency_digits=False))


def signed(value: float, digits: int = 1) -> str:
    """A difference in the reader's locale, with its sign."""
    return ("+" if value > 0 else "−") + number(abs(value), digits)


def share(value: float, digits: int = 0) -> str:
    """A part of one as a percentage in the reader's locale."""
    # The locale's own pattern has no decimals; what is rounded to some shows them.
    exact = round(value, digits + 2)
    return format_percent(exact, locale=get_locale(), decimal_quantization=not digits)


def date(value: dt.date | dt.datetime | None, form: str = "long") -> str:
    """A date in the reader's locale; a missing one is said, not left blank."""
    if not value:
        return _("not stated")
    text = format_date(value, form, locale=get_locale())
    # French writes the first of a month as an ordinal, which the locale's data leaves out.
    if current_language() == "fr" and text.startswith("1 "):
        return f"1er {text[2:]}"
    return text
