"""Columns found by their headings, in either language; unknown ones are tolerated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from registry.feeds.problems import Fault, FileRefused, RowRefused
from registry.feeds.reader import Row
from registry.feeds.text import fold_heading, nul_fault
from registry.feeds.told import Told as _


class MissingColumn(FileRefused):
    """A required column is not in the file."""


@dataclass(frozen=True)
class Columns:
    """The columns of a format: our names, each with the other headings that mean the same."""

    spellings: Mapping[str, Sequence[str]]
    required: Sequence[str] = ()
    one_of: Sequence[str] = ()  # at least one of these must be there too

    def column_of(self, heading: str) -> str | None:
        """Our name of the column, or None if we do not know the heading."""
        folded = fold_heading(heading)
        for column, others in self.spellings.items():
            if folded == column or folded in others:
                return column
        return None

    def recognised(self, headings: Sequence[str]) -> int:
        return sum(self.column_of(heading) is not None for heading in headings)

    def place(self, headings: Sequence[str]) -> "Placed":
        """Where each column is.

        Raises MissingColumn naming a required one that is not there, and FileRefused if two
        headings mean the same column.
        """
        places: dict[str, int] = {}
        for index, heading in enumerate(headings):
            column = self.column_of(heading)
            if column in places:
                raise FileRefused(
                    _(
                        "Two columns mean the same: “%(one)s” and “%(two)s”. Remove one.",
                        one=headings[places[column]],
                        two=heading,
                    )
                )
            if column:
                places[column] = index
        for column in self.required:
            if column not in places:
                raise self._missing((column,), headings)
        if self.one_of and not places.keys() & set(self.one_of):
            raise self._missing(self.one_of, headings)
        return Placed(places, tuple(headings))

    def _missing(self, columns: Sequence[str], headings: Sequence[str]) -> MissingColumn:
        spelled = ", ".join(" / ".join((column, *self.spellings[column][:1])) for column in columns)
        found = ", ".join(heading.strip()[:40] for heading in headings[:40]) or "–"
        if len(columns) > 1:
            return MissingColumn(
                _(
                    "The file needs at least one of these columns: %(columns)s. "
                    "Its headings are: %(found)s.",
                    columns=spelled,
                    found=found,
                )
            )
        return MissingColumn(
            _(
                "The required column “%(column)s” is missing. The file's headings are: %(found)s.",
                column=spelled,
                found=found,
            )
        )


@dataclass(frozen=True)
class Placed:
    """The columns of one file."""

    places: Mapping[str, int]
    headings: tuple[str, ...]

    @cached_property
    def names(self) -> dict[str, str]:
        """The file's own heading of each of our columns."""
        return {column: self.headings[index].strip() for column, index in self.places.items()}

    def row(self, line: int, size: int, cells: Sequence[str]) -> Row:
        """The cells by column, blank ones left out.

        Raises RowRefused for a NUL byte, or for a filled cell beyond the headings.
        """
        if extra := [cell for cell in cells[len(self.headings) :] if cell.strip()]:
            raise RowRefused(
                Fault(
                    "",
                    extra[0],
                    _("The row has more cells than there are headings."),
                    _("Put quotation marks around cells that hold the separator."),
                )
            )
        values = {}
        for column, index in self.places.items():
            cell = cells[index].strip() if index < len(cells) else ""
            if "\0" in cell:
                raise RowRefused(nul_fault(self.names[column], cell))
            if cell:
                values[column] = cell
        return Row(line, size, values, self.names)
