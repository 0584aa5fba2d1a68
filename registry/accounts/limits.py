"""How often one may try: for each account and each address, whether the account exists or not."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import current_user

from registry.accounts import tries  # noqa: F401  # known to `limits` once imported

Key = Callable[[], str]

PER_ACCOUNT, PER_ADDRESS = "10 per 15 minutes", "60 per 15 minutes"
MAILS_PER_ACCOUNT, MAILS_PER_ADDRESS = "5 per 15 minutes", "20 per 15 minutes"


def typed_account() -> str:
    """The account that is asked for, as typed: nothing is looked up."""
    return "account:" + request.form.get("email", "").strip().casefold()[:320]


def half_signed_in() -> str:
    """The account whose password was right and whose second factor is being asked for."""
    return "half:" + str(session.get("tf_user_id") or get_remote_address())


def person() -> str:
    """The person who is signed in, else the address."""
    if current_user.is_authenticated:
        return f"person:{current_user.id}"
    return get_remote_address()


def _refused(response: Response) -> bool:
    """A form that comes back was refused; who is let through is led on."""
    return response.status_code == 200


def _always(_response: Response) -> bool:
    return True


_GUESSING = ((PER_ADDRESS, get_remote_address, _refused),)
_MAILING = (
    (MAILS_PER_ACCOUNT, typed_account, _always),
    (MAILS_PER_ADDRESS, get_remote_address, _always),
)
# Endpoint: (rate, whose tries are counted, which of them count).
LIMITS: dict[str, tuple[tuple[str, Key, Callable[[Response], bool]], ...]] = {
    "security.login": ((PER_ACCOUNT, typed_account, _refused), *_GUESSING),
    "security.two_factor_token_validation": ((PER_ACCOUNT, half_signed_in, _refused), *_GUESSING),
    "security.mf_recovery": ((PER_ACCOUNT, half_signed_in, _refused), *_GUESSING),
    "security.verify": ((PER_ACCOUNT, person, _refused), *_GUESSING),
    "security.change_password": ((PER_ACCOUNT, person, _refused), *_GUESSING),
    "security.wan_signin_response": ((PER_ADDRESS, get_remote_address, _always),),
    "security.register": _MAILING,
    "security.forgot_password": _MAILING,
    "security.send_confirmation": _MAILING,
    "members.invite": ((MAILS_PER_ADDRESS, person, _always),),
}


def init_app(app: Flask) -> None:
    """Put each limit before its view; the views must be there already."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=app.config["SETTINGS"].limits_url,
        # A store that cannot be reached must neither open the door nor close it.
        in_memory_fallback_enabled=True,
        in_memory_fallback=[],
    )
    for endpoint, limits in LIMITS.items():
        view: Callable[..., Any] = app.view_functions[endpoint]
        for rate, key, counts in limits:
            view = limiter.limit(rate, key_func=key, methods=["POST"], deduct_when=counts)(view)
        app.view_functions[endpoint] = view
