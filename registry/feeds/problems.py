"""What is wrong with a row or a file, in words that say where it is and what to do."""

from dataclasses import dataclass
from typing import Protocol

from registry.errors import RuleBroken


class FileRefused(RuleBroken):
    """The file as a whole cannot be read. Found before anything is written, wherever possible."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One cell, why it is not good, and what the person can do about it."""

    column: str  # as the file heads it; empty: the whole row
    value: object
    reason: str
    advice: str


class RowRefused(Exception):
    """The row is left out; the rows around it are not."""

    def __init__(self, *faults: Fault):
        super().__init__(*(fault.reason for fault in faults))
        self.faults = faults


class Problems(Protocol):
    """Where readers tell what they found."""

    def refuse(self, line: int, refusal: RowRefused) -> None:
        """The row that begins at `line` is left out."""

    def warn(self, line: int, fault: Fault) -> None:
        """The row is kept without the cell, or with it although it looks odd."""


class Silence:
    """Hears problems and says nothing: the checking pass meets the same rows as the real one."""

    def refuse(self, line: int, refusal: RowRefused) -> None:
        pass

    def warn(self, line: int, fault: Fault) -> None:
        pass
