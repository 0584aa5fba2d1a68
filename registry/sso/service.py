"""Which account a person has who was vouched for by the provider."""

import datetime as dt
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.accounts.forms import plain_name
from registry.accounts.models import NAME_LENGTH, OFFICIAL, User
from registry.accounts.service import find_user, make_user
from registry.audit.service import record
from registry.config import Provider
from registry.db import utcnow
from registry.errors import Conflict, NotAllowed, RegistryError
from registry.i18n import gettext as _
from registry.sso.models import ExternalIdentity

Claims = Mapping[str, Any]
AGAIN_WITHIN = dt.timedelta(minutes=5)


class ProviderFailed(RegistryError):
    """The provider could not be reached, or does not speak OpenID Connect."""

    status = HTTPStatus.BAD_GATEWAY


class NotVouchedFor(NotAllowed):
    """What the provider's answer says does not open an account here."""


def account_of(session: Session, provider: Provider, claims: Claims, language: str) -> User:
    """The account of issuer and subject, made as an official's at the first sign-in.

    Raises NotVouchedFor, and Conflict if another account has the address already: only its owner,
    signed in, may join the two.
    """
    _check_membership(provider, claims)
    if found := find_identity(session, provider, claims):
        if not found.user.active:
            raise NotVouchedFor(_("This account is suspended. Write to an administrator."))
        return found.user
    email = claims.get("email")
    if not isinstance(email, str) or not email or claims.get("email_verified") is False:
        raise NotVouchedFor(
            _("Your organization’s sign-in gave no confirmed e-mail address. Tell its help desk.")
        )
    if find_user(session, email):
        raise Conflict(
            _(
                "There is already an account for %(email)s. Sign in to it with its password, then "
                "connect your organization’s sign-in in “My account”.",
                email=email,
            )
        )
    name = plain_name(str(claims.get("name") or email))[:NAME_LENGTH]
    user = make_user(session, email, name, None, (OFFICIAL,), language)
    record(session, user.id, "account.open", "user", user.id, issuer=provider.issuer)
    join(session, provider, claims, user)
    return user


def find_identity(session: Session, provider: Provider, claims: Claims) -> ExternalIdentity | None:
    query = select(ExternalIdentity).where(
        ExternalIdentity.issuer == provider.issuer, ExternalIdentity.subject == claims["sub"]
    )
    return session.scalars(query).first()


def has_identity(session: Session, user_id: int) -> bool:
    """Whether the person can sign in at the provider."""
    query = select(ExternalIdentity.id).where(ExternalIdentity.user_id == user_id)
    return session.scalars(query.limit(1)).first() is not None


def join(session: Session, provider: Provider, claims: Claims, user: User) -> None:
    """Let this person at the provider sign in to this account. Raises NotVouchedFor."""
    _check_membership(provider, claims)
    session.add(ExternalIdentity(issuer=provider.issuer, subject=claims["sub"], user_id=user.id))
    record(session, user.id, "account.provider", "user", user.id, issuer=provider.issuer)
    session.flush()


def _check_membership(provider: Provider, claims: Claims) -> None:
    """Raises NotVouchedFor if the claim that makes one an official is missing."""
    if provider.claim is None:
        return
    given = claims.get(provider.claim)
    values = given if isinstance(given, list) else [given]
    if provider.value not in values:
        raise NotVouchedFor(
            _("Your organization’s sign-in does not name you as an official of Cadence.")
        )


def had_second_factor(provider: Provider, claims: Claims) -> bool:
    """Whether the provider says so: `mfa` among the methods (RFC 8176), or the class agreed on."""
    methods = claims.get("amr")
    if isinstance(methods, list) and "mfa" in methods:
        return True
    return provider.acr is not None and claims.get("acr") == provider.acr


def signed_in_lately(claims: Claims) -> bool:
    """Whether the provider has just asked who it is."""
    moment = claims.get("auth_time")
    if not isinstance(moment, int):
        return False
    return utcnow() - dt.datetime.fromtimestamp(moment, dt.UTC) < AGAIN_WITHIN
