"""Addresses in mails: of pages, and of the one that stops mails without signing in (RFC 8058).

A worker answers no request: the public address of the registry is a setting.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from registry.errors import NotFound
from registry.i18n import gettext as _

LOCAL = "http://127.0.0.1:8000"  # where `cadence serve` listens unless told otherwise
SEARCHES, WATCHES = "s", "w"


def link(endpoint: str, language: str, **values: Any) -> str:
    """The full address of a page."""
    address = urlsplit(current_app.config["SETTINGS"].public_url or LOCAL)
    adapter = current_app.url_map.bind(address.netloc, url_scheme=address.scheme)
    return adapter.build(endpoint, {"language": language, **values}, force_external=True)


def stop_link(
    user_id: int, language: str, *, searches: Iterable[int] = (), watches: Iterable[int] = ()
) -> str:
    """Where its holder stops the mails of these subscriptions of a person, and does nothing else.

    It holds for ever: an old mail must stop what it came from.
    """
    token = _signer().dumps([user_id, {SEARCHES: list(searches), WATCHES: list(watches)}])
    return link("alerts.stop", language, token=token)


def read_token(token: str) -> tuple[int, list[int], list[int]]:
    """(person, subscriptions, watches) that a token stops. Raises NotFound if it is not ours."""
    try:
        user_id, numbers = _signer().loads(token)
    except BadSignature as error:
        raise NotFound(
            _("This link is not complete. Open it from the mail again, or copy all of it.")
        ) from error
    return user_id, numbers[SEARCHES], numbers[WATCHES]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="alerts.stop")
