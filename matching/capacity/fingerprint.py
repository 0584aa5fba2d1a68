"""A canonical hash of what a result was computed from, so that it need not be computed again.

Facts are written as JSON with their field names, the rows of a scenario sorted, floats by their
shortest exact form; then SHA-256. The order of rows does not matter, everything else does, also the
version of the planner.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from enum import Enum

from matching.capacity.facts import Contract, Scenario

PLANNER = "1.2"  # changes when the same facts would give another answer


def fingerprint(*facts: object) -> str:
    """64 hexadecimal digits for any facts of the planner, their kinds and their order."""
    text = json.dumps([PLANNER, *map(_plain, facts)], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(fact: object) -> object:
    if fact is None or type(fact) in (str, float, bool):  # most facts, and as they are
        return fact
    if is_dataclass(fact):
        rows = isinstance(fact, Scenario)
        named = ((one.name, getattr(fact, one.name)) for one in fields(fact))
        return {
            "": type(fact).__name__,
            **{name: _sorted(value) if rows else _plain(value) for name, value in named},
        }
    if isinstance(fact, Enum):
        return _plain(fact.value)
    if isinstance(fact, dt.date):
        return fact.isoformat()
    if isinstance(fact, str) or fact is None or isinstance(fact, bool):
        return fact
    if isinstance(fact, int | float):
        return float(fact)
    if isinstance(fact, Sequence):
        contracts = all(isinstance(one, Contract) for one in fact)
        return _sorted(fact) if contracts else [_plain(one) for one in fact]
    raise TypeError(f"{type(fact).__name__} has no canonical form")


def _sorted(value: object) -> object:
    plain = _plain(value) if not isinstance(value, tuple) else [_plain(one) for one in value]
    return sorted(plain, key=json.dumps) if isinstance(plain, list) else plain
