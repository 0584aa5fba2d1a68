"""An outside file, read within limits: plain or gzip, as often as needed, never whole in memory."""

import gzip
import hashlib
import io
import stat
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from registry.feeds.problems import FileRefused
from registry.feeds.told import Told as _

CHUNK = 256 * 1024
GZIP_MAGIC = b"\x1f\x8b"
MIB = 1024 * 1024
# Signatures of files that are not text, although their name may say so.
ZIP_MAGIC, OLE_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
UTF8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Limits:
    """How much a file may ask of us. Real files stay far below."""

    line_bytes: int = MIB  # of one line, and of one record
    expanded_bytes: int = 8 * 1024 * MIB
    ratio: int = 200  # expanded to compressed; text reaches 5 to 30
    ratio_from_bytes: int = 64 * MIB  # below this much, a high ratio does no harm
    rows: int = 2_000_000
    workbook_bytes: int = 1024 * MIB  # of all parts of a workbook together
    workbook_part_bytes: int = 64 * MIB  # of a part that is held in memory: texts
    workbook_style_bytes: int = 4 * MIB  # of a part that is turned into many objects: styles


@dataclass(frozen=True, slots=True)
class Line:
    """A physical line without its end; `text` is None when it is too long to be read."""

    number: int
    text: str | None
    size: int


@dataclass(frozen=True, slots=True)
class Row:
    """One record, by our column names; `line` is where it begins, `size` its bytes in the file."""

    line: int
    size: int
    values: Mapping[str, Any]
    headings: Mapping[str, str] = field(default_factory=dict)  # our column -> the file's own word

    def heading(self, column: str) -> str:
        return self.headings.get(column, column)


class Feed:
    """A file being imported; `start` rewinds it, `position` is how much of it was read.

    Raises FileRefused if the path is not a regular file or cannot be read.
    """

    def __init__(self, path: Path, limits: Limits | None = None):
        self.path, self.limits = path, limits or Limits()
        self._copy: BinaryIO | None = None
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise FileRefused(
                    _("%(file)s is not a file that can be read twice. Save it first.", file=path)
                )
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise FileRefused(
                _("%(file)s cannot be read: %(why)s.", file=path, why=error.strerror or error)
            ) from error
        self.size = status.st_size
        self.sha256 = hashlib.file_digest(self._file, "sha256").hexdigest()
        self._file.seek(0)
        self.is_gzip = self._file.read(2) == GZIP_MAGIC

    def __enter__(self) -> "Feed":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        if self._copy:
            self._copy.close()

    @property
    def position(self) -> int:
        """Bytes of the file, as it lies on the disk, read since `start`."""
        return self._file.tell()

    def start(self) -> io.BufferedReader:
        """The content from its first byte. Reading raises FileRefused beyond the limits."""
        self._file.seek(0)
        source: Any = gzip.GzipFile(fileobj=self._file, mode="rb") if self.is_gzip else self._file
        return io.BufferedReader(_Bounded(source, self), CHUNK)

    def seekable(self) -> BinaryIO:
        """The content as a file that can be read in any order, expanded to the disk if needed."""
        if not self.is_gzip:
            return self._file
        if self._copy is None:
            self._copy = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the feed
            content = self.start()
            while chunk := content.read(CHUNK):
                self._copy.write(chunk)
        return self._copy


class _Bounded(io.RawIOBase):
    """Bytes as they come, until they are more than the limits allow."""

    def __init__(self, source: Any, feed: Feed):
        self._source, self._feed, self._count = source, feed, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._source.read(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FileRefused(
                _(
                    "The compressed file is damaged or cut short after %(count)d bytes of content. "
                    "Make or download it again.",
                    count=self._count,
                )
            ) from error
        buffer[: len(data)] = data
        self._count += len(data)
        self._check()
        return len(data)

    def _check(self) -> None:
        limits, count = self._feed.limits, self._count
        if count > limits.expanded_bytes:
            raise FileRefused(
                _(
                    "The file holds more than %(limit)d MiB. Split it and import the parts.",
                    limit=limits.expanded_bytes // MIB,
                )
            )
        bomb = self._feed.is_gzip and count > limits.ratio * max(self._feed.position, 1)
        if bomb and count > limits.ratio_from_bytes:
            raise FileRefused(
                _(
                    "The compressed file expands to more than %(ratio)d times its size, as no real "
                    "data does. Nothing was imported. If it is right, expand it first.",
                    ratio=limits.ratio,
                )
            )


def read_lines(feed: Feed) -> Iterator[Line]:
    """The lines of a UTF-8 text, with or without a byte order mark.

    Raises FileRefused if the content is not text in UTF-8 or has more lines than `limits.rows`.
    """
    stream = feed.start()
    refuse_other_kinds(stream.peek(4)[:4])
    limit = feed.limits.line_bytes
    number = 0
    while raw := stream.readline(limit + 1):
        number += 1
        if number == 1:
            raw = raw.removeprefix(UTF8_MARK)
        if number > feed.limits.rows:
            raise FileRefused(
                _("The file has more than %(rows)d lines. Split it.", rows=feed.limits.rows)
            )
        if len(raw) > limit:
            yield Line(number, None, _skip_line(stream, raw))
            continue
        yield Line(number, _decode(raw, number), len(raw))


def _skip_line(stream: io.BufferedReader, raw: bytes) -> int:
    """Read to the line's end without keeping it; gives the line's length in bytes."""
    size = len(raw)
    while raw and not raw.endswith(b"\n"):
        raw = stream.readline(CHUNK)
        size += len(raw)
    return size


def _decode(raw: bytes, number: int) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileRefused(
            _(
                "Line %(line)d is not UTF-8: byte %(place)d is 0x%(byte)s. "
                "Save the file as UTF-8 (in Excel: “CSV UTF-8”) and import it again.",
                line=number,
                place=error.start + 1,
                byte=f"{raw[error.start]:02X}",
            )
        ) from error


def refuse_other_kinds(first: bytes) -> None:
    """Raises FileRefused if a file that begins with these four bytes is no text in UTF-8."""
    if first.startswith(UTF16_MARKS) or first.count(0) > 1:
        raise FileRefused(
            _(
                "Line 1 is not UTF-8: the file seems to be UTF-16 or binary. "
                "Save it as UTF-8 (in Excel: “CSV UTF-8”) and import it again."
            )
        )
    if first.startswith((ZIP_MAGIC, OLE_MAGIC)):
        raise FileRefused(
            _("The file is not text but a workbook or an archive. For Excel use --format xlsx.")
        )


def refuse_empty(feed: Feed) -> FileRefused:
    """The error for a file without a single record."""
    return FileRefused(
        _("%(file)s is empty: it has no rows to import. Check the file.", file=feed.path.name)
    )


def too_long(limit: int) -> tuple[str, str]:
    """(reason, advice) for a line or a record over the limit."""
    return (
        _("The line is longer than %(limit)d KiB.", limit=limit // 1024),
        _("Check that every record ends with a line break."),
    )
