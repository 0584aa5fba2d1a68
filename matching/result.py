"""What the engine answers: gates apart from fit, and a fit whose parts add up to its score."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import NamedTuple

POINTS = 100.0  # a score is on a scale from 0 to 100 points


def points(total: float) -> float:
    """A sum of parts as a score: never below 0 or above 100."""
    return float(min(POINTS, max(0.0, total)))


class GateState(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Gate:
    """One requirement, never averaged into the fit.

    `scheme` is the holding on which the state rests, and `expires_on` its expiry; both None when
    nothing was stated, which is UNKNOWN and not FAIL.
    """

    name: str
    state: GateState
    scheme: str | None = None
    expires_on: dt.date | None = None
    activity: str | None = None  # the main activity, where the requirement is about it
    level: str | None = None  # of what is held, where it is too low


class Part(NamedTuple):
    """One feature's share of a score: `points` = `weight` x `value`.

    `value` lies between 0 and 1; `weight` is in points; `evidence` holds the words or codes that
    met, as they stand in the need or in the firm's record.
    """

    feature: str
    weight: float
    value: float
    evidence: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        return self.weight * self.value


# From a tuple of its fields, in a third of the time: an answer holds hundreds of them.
part_of_fields = partial(tuple.__new__, Part)


class Measured(NamedTuple):
    """What one firm's fit is made of, without the reasons: what runs are compared by.

    `points` are those of the profile's features, in its order; `score` is as in `Match`.
    """

    supplier: int
    score: float
    points: tuple[float, ...]
    gates: tuple[Gate, ...] = ()


class Lift(NamedTuple):
    """One change to a firm's record that would raise its fit, and by how many points."""

    change: str  # "declare": state a supply class; more kinds may follow
    code: str
    points: float


@dataclass(frozen=True)
class Match:
    """One supplier's answer to one need. `score` is computed from `parts` and nothing else."""

    supplier: int
    rank: int  # 1 is best
    parts: tuple[Part, ...]
    gates: tuple[Gate, ...] = ()
    missing: tuple[str, ...] = ()  # names of facts that the firm has not stated
    lift: Lift | None = None  # the smallest change that would raise the fit most

    @property
    def score(self) -> float:
        """Points from 0 to 100."""
        return points(sum(part.points for part in self.parts))
