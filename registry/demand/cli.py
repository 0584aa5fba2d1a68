"""`cadence import contracts`, `cadence import awards` and `cadence export ocds`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from flask.cli import with_appcontext

from registry.command_line import Command, FilePath, option
from registry.db import db, utcnow
from registry.demand import importing
from registry.demand.links import LINKED, NONE, UNSURE
from registry.demand.releases import releases_with_awards
from registry.demand.service import count_links
from registry.feeds.cli import FileOrAddress, Progress, here, import_options, run_import
from registry.feeds.importing import Tally
from registry.feeds.packages import Json, write_package
from registry.feeds.reader import Feed
from registry.feeds.report import Report
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.tenders.canadabuys import LIMITS
from registry.tenders.service import State, every_tender


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


@click.command(
    "ocds",
    cls=Command,
    help=mark("Write tenders with their awards as a release package (OCDS 1.1)."),
)
@option(
    "--out",
    type=FilePath(exists=False),
    required=True,
    help=mark("JSON file to write."),
)
@option(
    "--state",
    type=click.Choice([state.value for state in State]),
    help=mark("Only tenders in this state."),
)
@with_appcontext
def export_ocds(out: Path, state: str | None) -> None:
    found = every_tender(db.session, state=State(state) if state else None)
    releases = _Counted(releases_with_awards(db.session, found))
    with out.open("w", encoding="utf-8") as file:
        for piece in write_package(releases, utcnow()):
            file.write(piece)
    click.echo(_("Wrote %(count)d tenders to %(file)s.", count=releases.count, file=out))


class _Counted:
    """What is taken of it is counted."""

    def __init__(self, releases: Iterable[Json]):
        self._releases, self.count = releases, 0

    def __iter__(self) -> Iterator[Json]:
        for release in self._releases:
            self.count += 1
            yield release


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
