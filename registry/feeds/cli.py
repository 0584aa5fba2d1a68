"""What the import commands share: the report's place, progress, the summary, exit codes."""

import datetime as dt
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
from flask import current_app

from registry.command_line import FilePath, option
from registry.db import db
from registry.feeds.fetching import fetch, is_address
from registry.feeds.importing import Tally, was_read
from registry.feeds.problems import FileRefused
from registry.feeds.reader import Feed, Limits
from registry.feeds.report import Report
from registry.i18n import gettext as _
from registry.i18n import mark

# 2 is click's own: the command was not understood.
ROWS_REFUSED = 1
FILE_REFUSED = 3

FILE = FilePath(exists=True)
_PATIENCE_SECONDS = 2.0


def import_options(
    formats: Iterable[str], place: click.ParamType = FILE, usual: str | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """FILE, --format and --report: what every import command is given.

    `usual` is the format that is meant where none is named.
    """

    def declare(command: Callable[..., None]) -> Callable[..., None]:
        for add in (
            option(
                "--report",
                type=FilePath(exists=False),
                help=mark("Where to write the report of refused rows (CSV)."),
            ),
            option(
                "--format",
                "format_name",
                type=click.Choice(list(formats)),
                required=usual is None,
                default=usual,
                show_default=usual is not None,
                help=mark("How the file is written."),
            ),
            click.argument("file", type=place),
        ):
            command = add(command)
        return command

    return declare


class FileOrAddress(click.ParamType):
    """A file, or the address (http or https) where one is published."""

    name = "file or URL"

    def convert(self, value: Any, param: Any, ctx: Any) -> Path | str:
        if isinstance(value, str) and is_address(value):
            return value
        return Path(str(FILE.convert(value, param, ctx)))


def here(file: Path | str, source_code: str) -> Path:
    """The file itself, fetched if need be.

    Ends the command, well, where the server has what was read to its end before.
    """
    if isinstance(file, Path):
        return file
    try:
        fetched = fetch(file, current_app.config["SETTINGS"].feeds_dir)
    except FileRefused as error:
        click.echo(error.message, err=True)
        click.get_current_context().exit(FILE_REFUSED)
    if not fetched.changed and was_read(db.session, source_code, fetched.sha256):
        click.echo(_("Nothing new is published there; what is stored is up to date."))
        click.get_current_context().exit(0)
    return fetched.path


class Progress:
    """A bar on the terminal, of the bytes read, once the import has taken a while."""

    def __init__(self, feed: Feed):
        self._feed, self._done = feed, 0
        self._bar: Any = None
        self._begun = time.monotonic()
        self._shown = sys.stderr.isatty()

    def __call__(self, position: int) -> None:
        """The file was read up to `position`."""
        if self._bar is None and self._shown and self._waited():
            self._bar = click.progressbar(
                length=self._feed.size, label=self._feed.path.name, file=sys.stderr
            ).__enter__()
        if self._bar is not None:
            self._bar.update(position - self._done)
            self._done = position

    def _waited(self) -> bool:
        return time.monotonic() - self._begun > _PATIENCE_SECONDS

    def close(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)


def run_import(
    file: Path,
    report_path: Path | None,
    read: Callable[[Feed, Report, Progress], Tally],
    say: Callable[[], Any] = lambda: None,
    limits: Limits | None = None,
) -> None:
    """Import `file` through `read`, then say what became of it; `say` adds lines of the feature.

    Exits with ROWS_REFUSED or FILE_REFUSED where that is so.
    """
    path = report_path or _default_report(file)
    try:
        _refuse_overwriting(file, path)
        with Feed(file, limits) as feed, Report(path) as report:
            progress = Progress(feed)
            try:
                tally = read(feed, report, progress)
            finally:
                progress.close()
    except FileRefused as error:
        click.echo(error.message, err=True)
        click.get_current_context().exit(FILE_REFUSED)
    click.echo(
        _(
            "New: %(new)d. Changed: %(changed)d. Unchanged: %(unchanged)d. "
            "Refused: %(refused)d. Warnings: %(warned)d.",
            new=tally.new,
            changed=tally.changed,
            unchanged=tally.unchanged,
            refused=report.refused,
            warned=report.warned,
        )
    )
    say()
    click.echo(_("Report: %(path)s", path=path))
    if report.refused:
        click.get_current_context().exit(ROWS_REFUSED)


def _default_report(file: Path) -> Path:
    moment = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S-%f")
    folder: Path = current_app.config["SETTINGS"].reports_dir
    return folder / f"{moment}-{file.name.split('.')[0][:60]}.csv"


def _refuse_overwriting(file: Path, report: Path) -> None:
    if report.exists() and report.samefile(file):
        raise FileRefused(_("The report would overwrite the file. Name another place."))
