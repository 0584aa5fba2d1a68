"""`cadence import contracts`."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from registry.command_line import Command
from registry.db import db
from registry.demand import importing
from registry.demand.links import LINKED, NONE, UNSURE
from registry.demand.service import count_links
from registry.feeds.cli import Progress, import_options, run_import
from registry.feeds.importing import Tally
from registry.feeds.reader import Feed
from registry.feeds.report import Report
from registry.i18n import gettext as _
from registry.i18n import mark


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
