"""What kinds of work there are. A feature adds its own where it is imported."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

from registry.jobs.models import Job


class Stopped(Exception):
    """The job was cancelled or given to another run: what this run does counts no more."""


class Progress(Protocol):
    """Tells how far the work is; raises Stopped once it should end."""

    def __call__(self, done: int, total: int | None = None, phase: str | None = None) -> None: ...


@dataclass(frozen=True)
class Work:
    """What a run is given. `session` is its own: end its transaction before anything long."""

    session: Session
    arguments: Mapping[str, Any]
    asked_by_id: int | None
    progress: Progress


@dataclass(frozen=True)
class Kind:
    """How one kind of job is done.

    `run` works and returns what it found; it may run again from the start after a crash, so what it
    commits itself must be repeatable. `keep` writes that into the database in the transaction that
    ends the job, so that it happens exactly once, and returns the job's result as JSON.
    """

    name: str
    label: str  # a marked message
    run: Callable[[Work], Any]
    keep: Callable[[Session, Job, Any], dict[str, Any]]


KINDS: dict[str, Kind] = {}


def add_kind(kind: Kind) -> None:
    """Make a kind known to every worker that imports its feature."""
    KINDS[kind.name] = kind


Duty = Callable[[Session], None]
DUTIES: list[Duty] = []


def add_duty(duty: Duty) -> None:
    """Let every worker call `duty` each time that it looks around, some seconds apart.

    Several workers may do so at once. It is to be quick, to commit what it asks for, and to leave
    long work to a job.
    """
    DUTIES.append(duty)
