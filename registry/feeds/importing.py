"""The course of every import: check the file, then keep good rows in batches of whole rows."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.db import utcnow
from registry.errors import Conflict
from registry.feeds.models import ImportRun, Source
from registry.feeds.problems import Fault, Problems, RowRefused, Silence
from registry.feeds.reader import Feed, Row
from registry.i18n import gettext as _

BATCH_ROWS = 1_000
BATCH_BYTES = 8 * 1024 * 1024  # so that a thousand huge rows do not fill the memory


@dataclass(frozen=True)
class SourceNote:
    """What is known of a source before anything of it is read."""

    code: str
    title_en: str
    title_fr: str
    as_of: dt.date | None


class Record(Protocol):
    """What a format makes of a row."""

    @property
    def key(self) -> str:
        """The source's own identifier of the record."""

    @property
    def digest(self) -> str:
        """Of everything that would be stored: equal digests, equal facts."""

    @property
    def row(self) -> Row:
        """Where it was read."""


R = TypeVar("R", bound=Record)
MadeRecord = TypeVar("MadeRecord", bound=Record, covariant=True)


class Format(Protocol[MadeRecord]):
    """How a kind of file becomes records."""

    def rows(self, feed: Feed, problems: Problems) -> Iterator[Row]:
        """The rows of the file; raises FileRefused."""

    def record(self, row: Row, problems: Problems) -> MadeRecord:
        """The record of a row; raises RowRefused."""


@dataclass
class Tally:
    """Rows by what became of them."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def add(self, other: "Tally") -> None:
        self.new += other.new
        self.changed += other.changed
        self.unchanged += other.unchanged

    @property
    def written(self) -> int:
        return self.new + self.changed


class Run:
    """The row that tells of this reading; it appears with the first change.

    A reading that was killed left its row unfinished: the same file read again goes on with that
    row, so that in the end nothing shows the interruption. A file that changes nothing and was
    read to its end before leaves no row, and so no trace.
    """

    def __init__(self, session: Session, source: Source, feed: Feed):
        self._session, self.source, self._feed = session, source, feed
        self.tally = Tally()
        same = [
            *session.scalars(
                select(ImportRun)
                .where(ImportRun.source_id == source.id, ImportRun.file_sha256 == feed.sha256)
                .order_by(ImportRun.id)
            )
        ]
        self.row = next((run for run in same if run.finished_at is None), None)
        self._read_before = any(run.finished_at for run in same)
        counts = self.row.counts if self.row else {}
        self._before = Tally(counts.get("new", 0), counts.get("changed", 0))

    @property
    def total(self) -> Tally:
        """Of this reading and of the interrupted one that it goes on with."""
        before, now = self._before, self.tally
        return Tally(
            before.new + now.new,
            before.changed + now.changed,
            max(now.unchanged - before.written, 0),
        )

    def note(self, tally: Tally) -> None:
        """Count a batch, in the transaction that writes it."""
        self.tally.add(tally)
        if tally.written:
            self.open().counts = {"new": self.total.new, "changed": self.total.changed}

    def open(self) -> ImportRun:
        """The row, added if there is none yet."""
        if self.row is None:
            self.row = ImportRun(
                source_id=self.source.id,
                file_name=self._feed.path.name[:255],
                file_sha256=self._feed.sha256,
            )
            self._session.add(self.row)
        return self.row

    def finish(self, **counts: Any) -> None:
        """Mark the reading as complete, with what else is to be counted."""
        if self.row is None and self._read_before:
            return
        total, row = self.total, self.open()
        rows = {"new": total.new, "changed": total.changed, "unchanged": total.unchanged}
        row.counts, row.finished_at = {**rows, **counts}, utcnow()


class Importer(Generic[R]):
    """Reads one file into one source.

    `write` stores a batch and tells what became of its records. The importer commits after each
    batch, and not in between: whatever stops it, only whole rows are there.
    """

    def __init__(
        self,
        session: Session,
        feed: Feed,
        form: Format[R],
        problems: Problems,
        progress: Callable[[int], None] = lambda position: None,
        batch_rows: int = BATCH_ROWS,
    ):
        self.session, self.feed, self.form, self.problems = session, feed, form, problems
        self._progress, self._batch_rows = progress, batch_rows
        self._seen: dict[str, tuple[int, bytes]] = {}

    def check(self) -> None:
        """Read the file once to its end, writing nothing. Raises FileRefused."""
        for _row in self.form.rows(self.feed, Silence()):
            pass

    def read(self, run: Run, write: Callable[[Sequence[R]], Tally]) -> None:
        """Store the good rows and report the others. Raises Conflict if another import meddles."""
        try:
            for batch in self._batches(run.tally):
                run.note(write(batch))
                self.session.commit()
                self._progress(self.feed.position)
        except IntegrityError as error:
            self.session.rollback()
            raise Conflict(
                _(
                    "Another import or a person changed the same records at the same time. "
                    "What was read before is kept. Run the same command again."
                )
            ) from error

    def _batches(self, tally: Tally) -> Iterator[list[R]]:
        batch: list[R] = []
        size = 0
        for record in self._records(tally):
            batch.append(record)
            size += record.row.size
            if len(batch) >= self._batch_rows or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _records(self, tally: Tally) -> Iterator[R]:
        for row in self.form.rows(self.feed, self.problems):
            try:
                record = self.form.record(row, self.problems)
                if self._seen_before(record):
                    tally.unchanged += 1
                    continue
            except RowRefused as refusal:
                self.problems.refuse(row.line, refusal)
                continue
            yield record

    def _seen_before(self, record: R) -> bool:
        """Whether an earlier line says the same. Raises RowRefused if it says something else."""
        digest = bytes.fromhex(record.digest)[:16]
        line, known = self._seen.setdefault(record.key, (record.row.line, digest))
        if line == record.row.line:
            return False
        if known != digest:
            raise RowRefused(
                Fault(
                    "",
                    record.key,
                    _("Line %(line)d has the same key with other content.", line=line),
                    _("Keep one of the two lines, or give one another key."),
                )
            )
        return True


def was_read(session: Session, source_code: str, sha256: str) -> bool:
    """Whether a file of this content was read to its end into that source."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    ImportRun.source_id == Source.id,
                    Source.code == source_code,
                    ImportRun.file_sha256 == sha256,
                    ImportRun.finished_at.is_not(None),
                )
            )
        )
    )


def ensure_source(session: Session, note: SourceNote) -> Source:
    """The source of that code, added if it is new; flushed, not committed."""
    source = session.scalars(select(Source).where(Source.code == note.code)).first()
    if source is None:
        source = Source(
            code=note.code, title_en=note.title_en, title_fr=note.title_fr, as_of=note.as_of
        )
        session.add(source)
        session.flush()
    return source
