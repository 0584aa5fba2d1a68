"""Where tries are counted by default: a file that all processes of one machine share.

The `limits` library counts in the memory of one process or at a server of its own; the embedded
service has several processes and no such server.
"""

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from limits.storage import Storage

PATIENCE_SECONDS = 5.0
SCHEME = "sqlite"


class TriesFile(Storage):
    """Counters in an SQLite file, each for a fixed window of time.

    A connection lives as long as one count, so that none crosses threads or forks. Keys name
    people and addresses: the file has their digests.
    """

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012  # as the library declares it

    def __init__(self, uri: str, wrap_exceptions: bool = False, **_options: Any):
        super().__init__(uri, wrap_exceptions)
        self._path = uri.removeprefix(f"{SCHEME}://")

    @property
    def base_exceptions(self) -> type[Exception]:
        return sqlite3.Error

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=PATIENCE_SECONDS, isolation_level=None)
        try:
            connection.execute("pragma journal_mode = wal")
            connection.execute(
                "create table if not exists tries"
                " (key text primary key, count integer not null, until real not null)"
            )
            yield connection
        finally:
            connection.close()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """The count with `amount` more; a window of `expiry` seconds begins with the first."""
        now = time.time()
        with self._open() as connection:
            connection.execute("delete from tries where until <= ?", (now,))
            (count,) = connection.execute(
                "insert into tries values (?, ?, ?)"
                " on conflict (key) do update set count = count + excluded.count returning count",
                (_digest(key), amount, now + expiry),
            ).fetchone()
        return int(count)

    def get(self, key: str) -> int:
        return int(self._row(key)[0])

    def get_expiry(self, key: str) -> float:
        return float(self._row(key)[1])

    def _row(self, key: str) -> tuple[int, float]:
        """(the count, the moment at which it ends); none is a count that ends now."""
        now = time.time()
        with self._open() as connection:
            row: tuple[int, float] | None = connection.execute(
                "select count, until from tries where key = ? and until > ?", (_digest(key), now)
            ).fetchone()
        return row or (0, now)

    def check(self) -> bool:
        try:
            with self._open():
                return True
        except sqlite3.Error:
            return False

    def reset(self) -> int | None:
        with self._open() as connection:
            return connection.execute("delete from tries").rowcount

    def clear(self, key: str) -> None:
        with self._open() as connection:
            connection.execute("delete from tries where key = ?", (_digest(key),))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
