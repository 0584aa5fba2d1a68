"""`cadence import tenders` and `cadence match`."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from registry.command_line import Command
from registry.db import db
from registry.feeds.cli import FileOrAddress, Progress, here, import_options, run_import
from registry.feeds.importing import Tally
from registry.feeds.reader import Feed
from registry.feeds.report import Report
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.jobs.service import ask
from registry.matches.cli import prepare_index
from registry.opportunities.service import match_open
from registry.opportunities.work import MATCH
from registry.tenders import importing
from registry.tenders.canadabuys import LIMITS


@click.command(
    "tenders",
    cls=Command,
    help=mark("Import notices of tenders from a file, or from where it is published."),
)
@import_options(importing.FORMATS, FileOrAddress())
@with_appcontext
def import_tenders(file: Path | str, format_name: str, report: Path | None) -> None:
    note, _make, _writer = importing.FORMATS[format_name]

    def read(feed: Feed, problems: Report, progress: Progress) -> Tally:
        tally = importing.import_tenders(db.session, feed, format_name, problems, progress)
        if tally.written:  # a worker looks for the firms, which may take minutes
            ask(db.session, None, MATCH, {})
            db.session.commit()
        return tally

    run_import(here(file, note.code), report, read, limits=LIMITS)


@click.command(
    "match",
    cls=Command,
    help=mark("Match open tenders with firms now; a worker does it after each import."),
)
@with_appcontext
def match_command() -> None:
    prepare_index()
    count = match_open(db.session)
    click.echo(_("Matched %(count)d open tenders with the registry.", count=count))
