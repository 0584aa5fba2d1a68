"""Reminding firms of what grew old; run it once a day."""

import click
from flask.cli import with_appcontext

from registry.command_line import Command
from registry.db import db, today
from registry.i18n import mark, ngettext
from registry.mail.service import send
from registry.registration.reminders import remind


@click.command(
    "remind",
    cls=Command,
    help=mark("Remind firms of records and certificates that grow old, at most once a month."),
)
@with_appcontext
def remind_command() -> None:
    count = remind(db.session, send, today())
    db.session.commit()
    click.echo(ngettext("%(num)s firm was reminded.", "%(num)s firms were reminded.", count))
