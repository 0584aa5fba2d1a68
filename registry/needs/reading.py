"""A file of needs becomes a plan: for each need in it, what applying it would do."""

from collections.abc import Collection, Mapping
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.bulk.reading import ADDED, CHANGED, REFUSED, UNCHANGED, Entry, Refusals, read_upload
from registry.feeds.reader import Row
from registry.i18n import gettext as _
from registry.needs.columns import BY_NAME, REFERENCE, NeedSchema, need_columns
from registry.needs.models import OfficeNeed
from registry.taxonomy.codes import known_classes
from registry.taxonomy.service import list_categories


def make_plan(session: Session, whose: str, content: bytes) -> list[Entry]:
    """What the file would do to the office's needs, in the order of the file.

    Raises FileRefused for a file that is no table of needs, or too large.
    """
    refusals = Refusals()
    rows = read_upload(content, need_columns(), refusals)
    known = _Known(session, whose)
    entries: dict[str, Entry] = {}
    for row in rows:
        entry = _entry(row, known)
        if first := entries.get(entry.reference):
            reason = _("Line %(line)s of the file already describes this need.", line=first.line)
            entry.fault(row.line, row.heading(REFERENCE), entry.reference, reason)
        entries.setdefault(entry.reference if entry.action != REFUSED else f"\0{row.line}", entry)
    return sorted([*entries.values(), *refusals.entries], key=lambda entry: entry.line)


class _Known:
    """What a row is held against, read once for a file."""

    def __init__(self, session: Session, whose: str):
        needs = session.scalars(select(OfficeNeed).where(OfficeNeed.whose == whose))
        self.needs = {need.reference: need for need in needs}
        self.units = {one.code: one.unit for one in list_categories(session)}
        self.classes = known_classes(session)


def _entry(row: Row, known: _Known) -> Entry:
    entry = Entry(row.line, row.values.get(REFERENCE, ""))
    try:
        data = NeedSchema().load({name: row.values.get(name) for name in BY_NAME})
        found = known.needs.get(data[REFERENCE])
        # A column that is left out of the file stays as it is.
        absent = [name for name in BY_NAME if name not in row.headings] if found else []
        data |= {name: getattr(found, name) for name in absent if name != REFERENCE}
        _hold_against(data, known.units, known.classes)
    except ValidationError as error:
        for name, reasons in error.normalized_messages().items():
            column = row.headings.get(name) or _(BY_NAME[name].label)
            entry.fault(row.line, column, row.values.get(name, ""), " ".join(reasons))
        return entry
    entry.reference = data[REFERENCE]
    entry.data, entry.line_id = data, found.id if found else None
    entry.product = data["title_en"] or data["title_fr"] or ""
    entry.changes = changes_of(found, data)
    entry.action = (CHANGED if entry.changes else UNCHANGED) if found else ADDED
    return entry


def _hold_against(data: dict[str, Any], units: Mapping[str, str], classes: Collection[str]) -> None:
    """Codes that the registry has, and one unit. Raises ValidationError."""
    errors: dict[str, list[str]] = {}
    category = data["category_code"]
    if category and category not in units:
        errors["category_code"] = [_("There is no shortfall category “%(code)s”.", code=category)]
    elif category and data["unit"] not in (None, units[category]):
        errors["unit"] = [_("The category counts otherwise: leave the unit blank.")]
    elif data["quantity"] and not category and not data["unit"]:
        errors["unit"] = [_("Say in which unit, or name a shortfall category.")]
    if unknown := [code for code in data["class_codes"] if code not in classes]:
        listed = ", ".join(unknown)
        errors["class_codes"] = [_("This is not a supply class we know: %(codes)s", codes=listed)]
    if errors:
        raise ValidationError(errors)
    data["unit"] = units[category] if category else data["unit"]


def changes_of(need: OfficeNeed | None, data: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Each column that would change: [as it is, as it would be], as JSON has them."""
    before = {name: getattr(need, name) if need else None for name in BY_NAME}
    return {
        name: [_plain(before[name]), _plain(value)]
        for name, value in data.items()
        if before[name] != value and not (need is None and value in (None, [], False))
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str, list)):
        return value
    return format(value.normalize(), "f") if hasattr(value, "normalize") else value.isoformat()
