"""What these tests share: files, a firm, the content of the database as plain values."""

import csv
import json
import multiprocessing
import textwrap
from collections.abc import Callable, Iterable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from registry import schema
from registry.feeds.models import Source
from registry.feeds.reader import Feed
from registry.feeds.report import Report
from registry.firms.models import Firm, Site
from tests.registry.publishing import publishing

Rows = dict[str, list[tuple[Any, ...]]]

# Not of an import: taxonomies, rules, accounts, what Alembic keeps.
ELSEWHERE = ("supply_", "shortfall_", "taxonomy_", "rule", "user", "role", "webauthn")
TABLES = [table for table in schema.metadata.sorted_tables if not table.name.startswith(ELSEWHERE)]
MOMENTS = {"id", "seq", "created_at", "updated_at", "started_at", "finished_at"}


def read_table(session: Session, table: Any, columns: list[Any]) -> list[tuple[Any, ...]]:
    rows = [tuple(map(_plain, row)) for row in session.execute(table.select())]
    places = [list(table.c).index(column) for column in columns]
    return [tuple(row[place] for place in places) for row in rows]


def _plain(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else value


@pytest.fixture
def everything(engine: Engine) -> Callable[[], Rows]:
    """Every value of every table, ids and moments included."""

    def read() -> Rows:
        with Session(engine) as session:
            return {t.name: sorted(read_table(session, t, list(t.c)), key=repr) for t in TABLES}

    return read


@pytest.fixture
def content(engine: Engine) -> Callable[[], Rows]:
    """Every value but ids and moments; references are told by the keys of what they refer to."""

    def read() -> Rows:
        with Session(engine) as session:
            names = {
                "source_id": dict(session.execute(text("select id, code from sources")).all()),
                "firm_id": dict(
                    session.execute(text("select firm_id, key from firm_records")).all()
                ),
                "vendor_id": dict(session.execute(text("select id, key from vendors")).all()),
            }
            return {table.name: sorted(_told(session, table, names), key=repr) for table in TABLES}

    return read


def _told(session: Session, table: Any, names: dict[str, dict[int, str]]) -> Iterable[Any]:
    columns = [column for column in table.c if column.name not in MOMENTS]
    for row in read_table(session, table, columns):
        yield tuple(
            names[column.name].get(value) if column.name in names else value
            for column, value in zip(columns, row, strict=True)
        )


@pytest.fixture
def forget(engine: Engine) -> Callable[[], None]:
    """Empty the tables that imports fill."""

    def clear() -> None:
        with engine.begin() as connection:
            for table in reversed(TABLES):
                if not table.name.startswith("audit_"):  # which lets nothing be deleted
                    connection.execute(table.delete())

    return clear


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write rows of cells, the headings first."""

    def write(rows: Iterable[Iterable[str]], name: str = "rows.csv", **form: Any) -> Path:
        path = tmp_path / name
        with path.open("w", encoding=form.pop("encoding", "utf-8"), newline="") as file:
            csv.writer(file, **form).writerows(rows)
        return path

    return write


@pytest.fixture
def write_json_lines(tmp_path: Path) -> Callable[..., Path]:
    def write(records: Iterable[dict[str, Any]], name: str = "firms.jsonl") -> Path:
        path = tmp_path / name
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        path.write_text("".join(lines), encoding="utf-8")
        return path

    return write


@pytest.fixture
def read_report(tmp_path: Path) -> Callable[..., list[dict[str, str]]]:
    def read(path: Path | None = None) -> list[dict[str, str]]:
        with (path or tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    return read


@pytest.fixture
def with_report(tmp_path: Path) -> Callable[..., Any]:
    """Call an import's service with the file and a report; gives its tally and the report."""

    def call(importing: Callable[..., Any], session: Session, path: Path, *args: Any) -> Any:
        with Feed(path) as feed, Report(tmp_path / "report.csv") as report:
            tally = importing(session, feed, *args[:1], report, *args[1:])
        return tally, report

    return call


@pytest.fixture
def firm_called(session: Session) -> Callable[[str], Firm]:
    def find(name: str) -> Firm:
        session.expire_all()
        return session.query(Firm).filter_by(name=name).one()

    return find


@pytest.fixture
def source(session):
    """A source of facts; what needs another has its own."""
    source = Source(code="test", title_en="Test", title_fr="Essai")
    session.add(source)
    session.flush()
    return source


@pytest.fixture
def firm(session, source):
    """A firm with a plant."""
    firm = Firm(name="Forge", source_id=source.id)
    firm.sites = [Site(kind="plant", city="Sorel-Tracy", province="QC", source_id=source.id)]
    session.add(firm)
    session.flush()
    return firm


@pytest.fixture
def publisher():
    """A server on this machine that publishes a feed, and misbehaves as told."""
    with publishing() as server:
        yield server


@pytest.fixture
def write_published(tmp_path) -> Callable[..., Path]:
    """Writes a file as CanadaBuys does: a mark, all headings, other line ends than in the cells.

    `names` are the published headings by our names of the columns, which the rows have.
    """

    def write(rows, names, headings, name="published.csv") -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(headings)
            for values in rows:
                published = {names[column]: cell for column, cell in values.items()}
                writer.writerow([published.get(heading, "") for heading in headings])
        return path

    return write


@pytest.fixture(scope="session")
def begin_process() -> Callable[..., BaseProcess]:
    """Start code with these names in a process of its own; the registry is imported once for all.

    What a test does not end or wait for is killed when the test process ends.
    """
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["registry.app"])

    def begin(code: str, **names: Any) -> BaseProcess:
        process = processes.Process(target=exec, args=(textwrap.dedent(code), names), daemon=True)
        process.start()
        return process

    return begin
