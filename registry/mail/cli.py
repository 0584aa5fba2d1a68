"""Mails without a browser."""

import click
from flask import current_app
from flask.cli import with_appcontext

from registry.command_line import Command, Group
from registry.db import db
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.mail.delivery import alone
from registry.mail.service import deliver

mail_group = Group("mail", help=mark("Send what waits in the outbox."))


@mail_group.command(
    "send", cls=Command, help=mark("Send the mails that were not tried yet, through the server.")
)
@with_appcontext
def send_command() -> None:
    settings = current_app.config["SETTINGS"]
    if settings.smtp_url is None:
        raise click.UsageError(_("No mail server is set. Set CADENCE_SMTP_URL."))
    with alone(settings.home):
        sent, failed = deliver(db.session, settings.smtp_url, settings.mail_from)
    click.echo(_("Sent %(sent)d mails; %(failed)d failed.", sent=sent, failed=failed))
