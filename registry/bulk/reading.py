"""An uploaded file becomes a plan: for each line in it, what applying it would do."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from registry.bulk.columns import (
    ALL_COLUMNS,
    INPUT,
    INPUT_COLUMNS,
    LINE_COLUMNS,
    REFERENCE,
    template_columns,
)
from registry.bulk.template import reference_of
from registry.capabilities.lines import LineSchema, typed
from registry.capabilities.models import ProductionLine
from registry.capabilities.service import (
    NUMBER_SIGN,
    changes_of,
    find_faults,
    list_lines,
    load_known,
    with_units,
)
from registry.feeds.columns import Columns
from registry.feeds.csv_rows import read_csv
from registry.feeds.problems import Fault, FileRefused, RowRefused
from registry.feeds.reader import MIB, ZIP_MAGIC, Feed, Limits, Row
from registry.feeds.report import shorten
from registry.feeds.workbook import read_workbook
from registry.i18n import gettext as _
from registry.sheets import as_typed

MOST_BYTES = 4 * MIB
LIMITS = Limits(
    line_bytes=256 * 1024,
    expanded_bytes=16 * MIB,
    ratio_from_bytes=4 * MIB,
    rows=5_000,
    workbook_bytes=32 * MIB,
    workbook_part_bytes=16 * MIB,
)
ADDED, CHANGED, UNCHANGED, REFUSED = "added", "changed", "unchanged", "refused"


@dataclass
class Entry:
    """One line of the firm as the file has it."""

    line: int  # of the file, where it begins
    reference: str
    action: str = UNCHANGED
    line_id: int | None = None
    product: str = ""
    changes: dict[str, list[Any]] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)  # what `save_line` takes

    def fault(self, line: int, column: str, value: Any, reason: str) -> None:
        found = {"line": line, "column": column, "value": shorten(value), "reason": reason}
        self.faults.append(found)
        self.action = REFUSED

    def as_json(self) -> dict[str, Any]:
        """What is kept of the dry run; the data are read from the file again."""
        return {name: value for name, value in vars(self).items() if name != "data"}


class Refusals:
    """Rows that the reader itself refuses become entries of their own."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def refuse(self, line: int, refusal: RowRefused) -> None:
        entry = Entry(line, "", REFUSED)
        for fault in refusal.faults:
            entry.fault(line, fault.column, fault.value, f"{fault.reason} {fault.advice}")
        self.entries.append(entry)

    def warn(self, line: int, fault: Fault) -> None:
        raise AssertionError("the template has no warnings")


def make_plan(session: Session, firm_id: int, content: bytes) -> list[Entry]:
    """What the file would do to the firm's lines, in the order of the file.

    Raises FileRefused for a file that is no template, or too large.
    """
    refusals = Refusals()
    rows = _with_all_inputs(read_upload(content, template_columns(), refusals))
    lines = {reference_of(line): line for line in list_lines(session, firm_id)}
    numbers = {f"{NUMBER_SIGN}{line.id}": line for line in lines.values()}
    known = load_known(session, firm_id)
    entries: list[Entry] = []
    taken: set[int] = set()
    for entry, group in _grouped(rows):
        found = numbers.get(entry.reference) or lines.get(entry.reference)
        _examine(entry, group, found)
        if found and found.id in taken:
            message = _("The file names this line twice, by its number and by its reference.")
            entry.fault(entry.line, group[0].heading(REFERENCE), entry.reference, message)
        taken |= {found.id} if found else set()
        if entry.action != REFUSED:
            _compare(session, entry, group, found, known)
        entries.append(entry)
    return sorted([*entries, *refusals.entries], key=lambda entry: entry.line)


def read_upload(content: bytes, columns: Columns, refusals: Refusals) -> list[Row]:
    """The rows of a workbook or a CSV file that was sent, as its sender typed them.

    Raises FileRefused for one that is neither, or too large, or lacks a column that is needed.
    """
    if len(content) > MOST_BYTES:
        raise FileRefused(
            _("The file is larger than %(most)s MiB. Split it.", most=MOST_BYTES // MIB)
        )
    with tempfile.NamedTemporaryFile(suffix=".upload") as file:
        file.write(content)
        file.flush()
        with Feed(Path(file.name), LIMITS) as feed:
            workbook = content.startswith(ZIP_MAGIC)
            read = read_workbook if workbook else read_csv
            rows = list(read(feed, columns, refusals))
    return rows if workbook else [_unguarded(row) for row in rows]


def _with_all_inputs(rows: list[Row]) -> list[Row]:
    """The rows. Raises FileRefused if only some columns of the inputs are there."""
    missing = INPUT_COLUMNS.keys() - rows[0].headings.keys() if rows else set()
    if missing and len(missing) < len(INPUT_COLUMNS):
        raise FileRefused(
            _(
                "The column “%(column)s” is missing. Keep all columns of the inputs, "
                "or leave them all out.",
                column=_(ALL_COLUMNS[min(missing)].label),
            )
        )
    return rows


def _unguarded(row: Row) -> Row:
    values = {name: as_typed(cell) for name, cell in row.values.items()}
    return Row(row.line, row.size, values, row.headings)


def _grouped(rows: list[Row]) -> Iterator[tuple[Entry, list[Row]]]:
    """The rows of each line together; a row without a reference stands alone."""
    groups: dict[str, tuple[Entry, list[Row]]] = {}
    for row in rows:
        reference = row.values.get(REFERENCE, "")
        key = reference or f"\0{row.line}"
        groups.setdefault(key, (Entry(row.line, reference), []))[1].append(row)
    yield from groups.values()


def _examine(entry: Entry, group: list[Row], line: ProductionLine | None) -> None:
    """Refuse what the arrangement of rows gets wrong."""
    first = group[0]
    heading = first.heading(REFERENCE)
    if not entry.reference:
        message = _("Give the line a reference of your own, such as A1.")
        entry.fault(first.line, heading, "", message)
    elif line is None and entry.reference.startswith(NUMBER_SIGN):
        message = _("The firm has no line of this number. Give a new line a reference of your own.")
        entry.fault(first.line, heading, entry.reference, message)
    for row in group[1:]:
        for name in LINE_COLUMNS:
            cell = row.values.get(name)
            if name != REFERENCE and cell is not None and cell != first.values.get(name):
                message = _(
                    "Line %(line)s of the file already describes this line. "
                    "Clear the cell, or give the row another reference.",
                    line=first.line,
                )
                entry.fault(row.line, row.heading(name), cell, message)


def _compare(
    session: Session, entry: Entry, group: list[Row], line: ProductionLine | None, known: Any
) -> None:
    """Fill in what would change, or why the line is refused."""
    values = typed(line) if line else {}
    present = group[0].headings
    for name in LINE_COLUMNS:
        if name in present:
            values[name] = group[0].values.get(name)
    if entry.reference.startswith(NUMBER_SIGN):
        values[REFERENCE] = line.reference if line else None
    with_inputs = [row for row in group if any(name in row.values for name in INPUT_COLUMNS)]
    if INPUT_COLUMNS.keys() <= present.keys():
        values["inputs"] = [
            {name.removeprefix(INPUT): row.values.get(name) for name in INPUT_COLUMNS}
            for row in with_inputs
        ]
    try:
        data = LineSchema().load(values)
    except ValidationError as error:
        _tell(entry, group, with_inputs, error.normalized_messages())
        return
    if faults := find_faults(session, known, data):
        _tell(entry, group, with_inputs, faults)
        return
    entry.data = with_units(known, data)
    entry.line_id = line.id if line else None
    entry.product = data["product_en"] or data["product_fr"] or ""
    entry.changes = changes_of(line, entry.data)
    entry.action = (CHANGED if entry.changes else UNCHANGED) if line else ADDED


def _tell(
    entry: Entry, group: list[Row], with_inputs: list[Row], errors: Mapping[str, Any]
) -> None:
    """Each fault by the line and the heading that the file has it under."""
    for name, reasons in errors.items():
        if name != "inputs":
            _tell_cell(entry, group[0], name, reasons)
            continue
        for place, found in reasons.items():
            for inner, messages in found.items():
                row = with_inputs[place] if place < len(with_inputs) else group[0]
                _tell_cell(entry, row, INPUT + inner, messages)


def _tell_cell(entry: Entry, row: Row, name: str, reasons: list[str]) -> None:
    column = row.headings.get(name) or (_(ALL_COLUMNS[name].label) if name in ALL_COLUMNS else name)
    entry.fault(row.line, column, row.values.get(name, ""), " ".join(reasons))
