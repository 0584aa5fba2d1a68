"""The columns that a process has open: read once, then kept fresh by the firms that changed."""

import datetime as dt
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db import today
from registry.finding.columns import Columns, load_columns, replaced
from registry.finding.names import Names, load_names
from registry.firms.models import FirmChange

KEPT = 400  # answers remembered, each of a few kilobytes
MOST_LAID_OVER = 2_000  # changed firms; beyond this all are read anew


@dataclass(frozen=True)
class Known:
    """Columns and names as of a change and of a day, on which some choices depend."""

    columns: Columns
    names: Names
    seq: int
    day: dt.date


@dataclass
class Shelf:
    lock: threading.Lock = field(default_factory=threading.Lock)
    base: Known | None = None
    live: Known | None = None


def known_firms(session: Session, seq: int) -> Known:
    """What the registry can be narrowed by, as of change `seq`."""
    shelf: Shelf = current_app.extensions.setdefault("cadence_columns", Shelf())
    day, live = today(), shelf.live
    if live is not None and (live.seq, live.day) == (seq, day):
        return live
    with shelf.lock:
        live = shelf.live
        if live is None or (live.seq, live.day) != (seq, day):
            live = shelf.live = _refreshed(shelf, session, seq, day)
        return live


def _refreshed(shelf: Shelf, session: Session, seq: int, day: dt.date) -> Known:
    base = shelf.base
    changed = None
    if base is not None and base.day == day and base.seq <= seq:
        changed = _changed_between(session, base.seq, seq)
    if base is None or changed is None:
        base = Known(load_columns(session, day), load_names(session), seq, day)
        shelf.base = base
        return base
    return Known(
        replaced(base.columns, load_columns(session, day, changed), changed),
        base.names.replaced(load_names(session, changed), changed),
        seq,
        day,
    )


def _changed_between(session: Session, after: int, last: int) -> set[int] | None:
    """Firms that changed; None if they are too many, or if any may have."""
    changes = select(FirmChange.firm_id).where(FirmChange.seq > after, FirmChange.seq <= last)
    found = set(session.scalars(changes.distinct().limit(MOST_LAID_OVER + 1)))
    if None in found or len(found) > MOST_LAID_OVER:
        return None
    return {number for number in found if number is not None}


class Remembered:
    """The answers to what was asked last, as of a state of the index that is part of the key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[Any, Any] = OrderedDict()

    def get(self, key: Any) -> Any:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def put(self, key: Any, value: Any) -> None:
        with self._lock:
            self._known[key] = value
            while len(self._known) > KEPT:
                self._known.popitem(last=False)


def remembered(name: str) -> Remembered:
    """What this process remembers under a name, as long as the application is open."""
    shelf: Remembered = current_app.extensions.setdefault(f"cadence_{name}", Remembered())
    return shelf
