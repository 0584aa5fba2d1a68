"""`cadence import contracts` and `cadence import awards`."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from registry.command_line import Command
from registry.db import db
from registry.demand import importing
from registry.demand.links import LINKED, NONE, UNSURE
from registry.demand.service import count_links
from registry.feeds.cli import FileOrAddress, Progress, here, import_options, run_import
from registry.feeds.importing import Tally
from registry.feeds.reader import Feed
from registry.feeds.report import Report
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.tenders.canadabuys import LIMITS


@click.command(
    "contracts",
    cls=Command,
    help=mark("Import contracts and attach them to firms; unsure names wait for a person."),
)
@import_options(importing.FORMATS)
@with_appcontext
def import_contracts(file: Path, format_name: str, report: Path | None) -> None:
    def read(feed: Feed, problems: Report, progress: Progress) -> Tally:
        return importing.import_contracts(db.session, feed, format_name, problems, progress)

    run_import(file, report, read, _say_links)


@click.command(
    "awards",
    cls=Command,
    help=mark("Import notices of awards from a file or an address, and attach them to firms."),
)
@import_options(importing.AWARD_FORMATS, FileOrAddress(), usual="canadabuys")
@with_appcontext
def import_awards(file: Path | str, format_name: str, report: Path | None) -> None:
    note, _make, _writer = importing.AWARD_FORMATS[format_name]

    def read(feed: Feed, problems: Report, progress: Progress) -> Tally:
        return importing.import_awards(db.session, feed, format_name, problems, progress)

    run_import(here(file, note.code), report, read, _say_links, limits=LIMITS)


def _say_links() -> None:
    links = count_links(db.session)
    click.echo(
        _(
            "Suppliers: %(linked)d attached to a firm, %(unsure)d waiting for a person, "
            "%(none)d without a firm here.",
            linked=links[LINKED],
            unsure=links[UNSURE],
            none=links[NONE],
        )
    )
