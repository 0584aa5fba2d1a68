"""`cadence import needs`."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from registry.accounts.models import OFFICIAL, User
from registry.bulk.reading import ADDED, CHANGED, MOST_BYTES, REFUSED, UNCHANGED
from registry.command_line import Command, FilePath, option
from registry.db import db
from registry.feeds.cli import FILE, Progress, run_import
from registry.feeds.importing import Tally
from registry.feeds.problems import Fault, RowRefused
from registry.feeds.reader import Feed
from registry.feeds.report import Report
from registry.finding.dismissals import whose
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.needs.reading import make_plan
from registry.needs.service import keep_needs


@click.command(
    "needs",
    cls=Command,
    help=mark("Import an office’s own needs, CSV or XLSX; refused rows go to the report."),
)
@click.argument("file", type=FILE)
@option("--owner", required=True, help=mark("E-mail of the official whose office needs it."))
@option(
    "--report",
    type=FilePath(exists=False),
    help=mark("Where to write the report of refused rows (CSV)."),
)
@with_appcontext
def import_needs(file: Path, owner: str, report: Path | None) -> None:
    person = db.session.scalars(select(User).where(User.email == owner.strip().lower())).first()
    if person is None or not person.has_role(OFFICIAL):
        raise click.UsageError(_("There is no official with the e-mail %(email)s.", email=owner))

    def read(feed: Feed, problems: Report, progress: Progress) -> Tally:
        content = feed.start().read(MOST_BYTES + 1)
        entries = make_plan(db.session, whose(person), content)
        for entry in entries:
            if entry.action == REFUSED:
                problems.refuse(entry.line, RowRefused(*map(_fault, entry.faults)))
        keep_needs(db.session, person, entries)
        db.session.commit()
        counts = dict.fromkeys((ADDED, CHANGED, UNCHANGED, REFUSED), 0)
        for entry in entries:
            counts[entry.action] += 1
        return Tally(counts[ADDED], counts[CHANGED], counts[UNCHANGED])

    run_import(file, report, read)


def _fault(fault: dict[str, str]) -> Fault:
    advice = _("Correct the cell and import again.")
    return Fault(fault["column"], fault["value"], fault["reason"], advice)
