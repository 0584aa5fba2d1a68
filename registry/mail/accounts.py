"""Mails about accounts: those that Flask-Security asks for, and a notice of each change."""

from typing import Any

from flask_security import MailUtil
from flask_security.proxies import _security
from sqlalchemy.orm import object_session

from registry.accounts.models import User
from registry.accounts.signals import account_changed
from registry.audit import words
from registry.db import db
from registry.i18n import gettext as _
from registry.i18n import speaking
from registry.mail.service import send


class AccountMails(MailUtil):
    """Writes each in the recipient's language; a template's first line is the subject."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: Any,
        sender: Any,
        body: str | None,
        html: str | None,
        **context: Any,
    ) -> None:
        user: User = context["user"]
        with speaking(user.language):
            written = _security.render_template(template, **context, language=user.language)
        title, text = written.strip().split("\n", 1)
        send(db.session, user.email, title, text, user.language)


# What a thief of an account would do, or an administrator does; the person is told each time.
TOLD = frozenset(
    (
        "account.code",
        "account.code-disabled",
        "account.factors-reset",
        "account.passkey",
        "account.passkey-removed",
        "account.restore",
        "account.roles",
        "account.suspend",
    )
)


@account_changed.connect
def tell(user: User, action: str) -> None:
    """Write to the person what was done to their account, in the transaction that does it."""
    session = object_session(user)
    if session is None or action not in TOLD:
        return
    with speaking(user.language):
        text = "\n\n".join(
            (
                _("Hello %(name)s,", name=_(user.name)),
                _("This was done to your account: %(what)s.", what=_(words.ACTIONS[action])),
                _("If you did not expect it, write to an administrator of Cadence at once."),
            )
        )
        send(session, user.email, _("Your Cadence account was changed"), text, user.language)
