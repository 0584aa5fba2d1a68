"""The mails that Flask-Security asks for, written into the outbox."""

from typing import Any

from flask_security import MailUtil
from flask_security.proxies import _security

from registry.accounts.models import User
from registry.db import db
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
