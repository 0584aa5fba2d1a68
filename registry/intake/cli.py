"""`cadence import firms`."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from registry.command_line import Command, option
from registry.db import db
from registry.feeds.cli import Progress, import_options, run_import
from registry.feeds.importing import Tally
from registry.feeds.reader import Feed
from registry.feeds.report import Report
from registry.i18n import mark
from registry.intake import importing


@click.command(
    "firms",
    cls=Command,
    help=mark("Import firms. Good rows are kept; a report tells of the others."),
)
@import_options(importing.FORMATS)
@option("--source", help=mark("Code of the source, if it is not the format's own."))
@with_appcontext
def import_firms(file: Path, format_name: str, source: str | None, report: Path | None) -> None:
    def read(feed: Feed, problems: Report, progress: Progress) -> Tally:
        return importing.import_firms(db.session, feed, format_name, problems, source, progress)

    run_import(file, report, read)
