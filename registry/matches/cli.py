"""Operator commands for ranking."""

import csv
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

import click
from flask import current_app
from flask.cli import with_appcontext
from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

import matching
from matching import Need
from registry.command_line import Command, FilePath, option
from registry.db import db
from registry.errors import RuleBroken
from registry.firms.models import FirmRecord
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.matches.api import need_from_json
from registry.matches.publication import Progress, ensure_index, live_index, publish
from registry.matches.schemas import NeedSchema
from registry.taxonomy.service import list_classes

COLUMNS = ("need_id", "rank", "firm_id", "source_id", "score")
LONGEST_LINE = 1_000_000  # bytes; a need is words, not a document
FILE = FilePath(exists=True)


@click.command("index", cls=Command, help=mark("Build the index of all firms and publish it."))
@with_appcontext
def index_command() -> None:
    with index_bar() as progress:
        version = publish(db.session, current_app.config["SETTINGS"].index_dir, progress)
    click.echo(
        _("Published version %(name)s of %(firms)d firms.", name=version.name, firms=version.firms)
    )


def prepare_index() -> None:
    """Have an index that fits the database, and show how far it is if it must be built."""
    with index_bar() as progress:
        ensure_index(db.session, progress)


@contextmanager
def index_bar() -> Iterator[Progress]:
    """What shows the progress of a build; nothing while nothing is built."""
    with ExitStack() as stack:
        bars: list[Any] = []

        def progress(done: int, total: int) -> None:
            if not bars:
                bar = click.progressbar(length=1000, label=_("Building the index"))
                bars.append(stack.enter_context(bar))
            bars[0].update(max(0, done * 1000 // max(total, 1) - bars[0].pos))

        yield progress


@click.command(
    "rank",
    cls=Command,
    help=mark("Rank firms for each need of a JSON-lines file, best first, into a CSV file."),
)
@option("--needs", "needs_file", type=FILE, required=True, help=mark("JSON lines, one need each."))
@option("--pool", "pool_file", type=FILE, help=mark("Source identifiers to rank, one a line."))
@option(
    "--limit",
    type=click.IntRange(min=0),
    default=50,
    show_default=True,
    help=mark("Firms for each need; 0 for all."),
)
@option(
    "--out",
    type=FilePath(exists=False),
    required=True,
    help=mark("The CSV file to write."),
)
@with_appcontext
def rank_command(needs_file: Path, pool_file: Path | None, limit: int, out: Path) -> None:
    session = db.session
    needs, problems = read_needs(session, needs_file)
    for problem in problems:
        click.echo(problem, err=True)
    if not needs:
        raise RuleBroken(_("%(file)s holds no need that can be ranked.", file=needs_file.name))
    sources = _source_ids(session)
    pool = _read_pool(session, pool_file) if pool_file else None
    # Written beside and renamed, so that a file under its name is always whole.
    prepare_index()
    partial = out.with_name(out.name + ".partial")
    try:
        with partial.open("w", newline="", encoding="utf-8") as file:
            _rank_into(file, session, needs, pool, limit, sources)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    click.echo(_("Ranked %(needs)d needs into %(file)s.", needs=len(needs), file=out))
    if problems:
        raise click.exceptions.Exit(1)


def _rank_into(
    file: TextIO,
    session: Session,
    needs: list[Need],
    pool: set[int] | None,
    limit: int,
    sources: dict[int, str],
) -> None:
    index = live_index(session).index
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    with click.progressbar(needs, label=_("Ranking")) as bar:
        for need in bar:
            best = matching.order(index, need, limit=limit, pool=pool)
            for rank, (firm_id, score) in enumerate(best, start=1):
                writer.writerow((need.key, rank, firm_id, sources.get(firm_id, ""), f"{score:.4f}"))


def _source_ids(session: Session) -> dict[int, str]:
    """The key that a firm's first source knows it by."""
    query = select(FirmRecord.firm_id, FirmRecord.key).order_by(FirmRecord.id.desc())
    return dict(session.execute(query).all())


def _read_pool(session: Session, file: Path) -> set[int]:
    """Registry numbers of the listed identifiers, of whichever source; unknown ones are named."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise RuleBroken(_not_utf8(file.name)) from error
    wanted = {line.strip() for line in lines} - {""}
    records = session.execute(select(FirmRecord.key, FirmRecord.firm_id))
    listed = [(key, firm_id) for key, firm_id in records if key in wanted]
    found = {firm_id for _key, firm_id in listed}
    missing = wanted - {key for key, _firm_id in listed}
    if missing:
        first = ", ".join(sorted(missing)[:5])
        click.echo(
            _(
                "%(count)d identifiers of the pool are not in the registry, such as %(first)s.",
                count=len(missing),
                first=first,
            ),
            err=True,
        )
    if not found:
        raise RuleBroken(_("No firm of the pool is in the registry."))
    return found


def read_needs(session: Session, file: Path) -> tuple[list[Need], list[str]]:
    """The needs of a JSON-lines file, and a sentence for each line that is not one.

    Raises RuleBroken if the file is not UTF-8 text.
    """
    classes = {entry.code for entry in list_classes(session)}
    needs: list[Need] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for number, line in _lines(file):
        try:
            if line is None:
                raise ValueError(_("the line is longer than %(most)d bytes", most=LONGEST_LINE))
            need = _read_need(line, classes)
            if need.key in seen:
                raise ValueError(
                    _("“%(id)s” is already on line %(line)d", id=need.key, line=seen[need.key])
                )
        except ValueError as error:
            problems.append(
                _("%(file)s, line %(line)d: %(why)s.", file=file.name, line=number, why=error)
            )
        else:
            seen[need.key] = number
            needs.append(need)
    return needs, problems


def _lines(file: Path) -> Iterator[tuple[int, str | None]]:
    """Numbered lines that are not blank; None for one that is too long."""
    with file.open("rb") as stream:
        number = 0
        while raw := stream.readline(LONGEST_LINE + 1):
            number += 1
            if len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
                while raw and not raw.endswith(b"\n"):
                    raw = stream.readline(LONGEST_LINE)  # read past, never kept
                yield number, None
                continue
            try:
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise RuleBroken(
                    _not_utf8(_("%(file)s, line %(line)d", file=file.name, line=number))
                ) from error
            if text.strip():
                yield number, text


def _not_utf8(where: str) -> str:
    return _("%(where)s is not UTF-8 text. Save it as UTF-8 and try again.", where=where)


def _read_need(line: str, classes: set[str]) -> Need:
    """One need. Raises ValueError with what to do."""
    try:
        values = json.loads(line)
        json.dumps(values, ensure_ascii=False).encode()  # half of a surrogate pair is not text
    except (ValueError, RecursionError) as error:
        raise ValueError(_("this is not JSON (%(why)s)", why=error)) from error
    if not isinstance(values, dict) or "id" not in values:
        raise ValueError(_("a need is a JSON object with an “id”"))
    known = NeedSchema().fields
    try:
        need = need_from_json(NeedSchema().load({k: v for k, v in values.items() if k in known}))
    except ValidationError as error:
        raise ValueError(_flat(error.messages)) from error
    if unknown := [code for code in need.class_codes if code not in classes]:
        raise ValueError(
            _(
                "there is no supply class %(codes)s; use a four-digit class of the taxonomy",
                codes=", ".join(unknown),
            )
        )
    return need


def _flat(messages: Any) -> str:
    """Nested validation messages as one sentence: 'nsc: not a list'."""
    if isinstance(messages, dict):
        named = (
            f"{name}: {_flat(inner)}" if name != "_schema" else _flat(inner)
            for name, inner in messages.items()
        )
        return "; ".join(named)
    return " ".join(str(message).rstrip(".") for message in messages)
