"""Rules about production lines: what is saved, how old it is, and what it still lacks."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from registry.audit.service import record
from registry.capabilities.lines import FIELDS, INPUT_FIELDS, RATE_COLUMNS
from registry.capabilities.models import LineInput, ProductionLine
from registry.db import today
from registry.errors import NotFound, RuleBroken
from registry.feeds.importing import SourceNote, ensure_source
from registry.firms.models import Firm, Site
from registry.firms.service import announce_changes
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.taxonomy.models import ShortfallCategory, SupplyClass
from registry.visibility.table import Field

STALE_AFTER_DAYS = 365  # a figure older than this is marked where it stands
STATED_BY_FIRM = SourceNote("firm", "The firm itself", "L’entreprise elle-même", None)
IN_CONFIDENCE = "ATIA 20(1)(b)"
NUMBER_SIGN = "#"  # begins our own number of a line, so no reference of a firm may
# Evidence vouches for these figures; when one changes, it is only declared again.
VOUCHED = frozenset({*RATE_COLUMNS.values(), "months_to_rated", "months_to_surge"})
_PUBLIC = frozenset({field.name for field in FIELDS if field.seen == Field.LINE})
_INPUT_NAMES = tuple(field.name for field in INPUT_FIELDS)

Errors = dict[str, Any]  # field -> messages; inputs -> place -> field -> messages


class LineRefused(RuleBroken):
    """The line cannot be saved; `errors` has the shape of marshmallow's."""

    def __init__(self, errors: Errors):
        super().__init__(_("The line was not saved. Correct the fields that are marked."))
        self.errors = errors


def list_lines(session: Session, firm_id: int) -> list[ProductionLine]:
    """The firm's lines with all that they refer to, in a fixed number of queries."""
    query = (
        select(ProductionLine)
        .where(ProductionLine.firm_id == firm_id)
        .options(*_whole())
        .order_by(ProductionLine.id)
    )
    return list(session.scalars(query))


def get_line(session: Session, firm_id: int, line_id: int) -> ProductionLine:
    """One line of the firm. Raises NotFound, also for a line of another firm."""
    line = session.get(ProductionLine, line_id, options=_whole())
    if line is None or line.firm_id != firm_id:
        raise NotFound(_("The firm has no production line with the number %(id)s.", id=line_id))
    return line


def _whole() -> list[Any]:
    inputs = selectinload(ProductionLine.inputs)
    return [
        selectinload(ProductionLine.category),
        selectinload(ProductionLine.supply_class),
        selectinload(ProductionLine.site),
        selectinload(ProductionLine.further),
        inputs.selectinload(LineInput.category),
        inputs.selectinload(LineInput.supplier_firm).selectinload(Firm.names),
    ]


@dataclass(frozen=True)
class Known:
    """What a line of one firm may refer to."""

    units: Mapping[str, str]  # of each shortfall category
    classes: frozenset[str]
    sites: frozenset[int]


def load_known(session: Session, firm_id: int) -> Known:
    return Known(
        units=dict(session.execute(select(ShortfallCategory.code, ShortfallCategory.unit)).all()),
        classes=frozenset(session.scalars(select(SupplyClass.code))),
        sites=frozenset(session.scalars(select(Site.id).where(Site.firm_id == firm_id))),
    )


def find_faults(session: Session, known: Known, data: Mapping[str, Any]) -> Errors:
    """What is wrong with loaded data beyond its shape: it refers to nothing, or to the future."""
    faults: Errors = _code_faults(known, data)
    if data.get("site_id") is not None and data["site_id"] not in known.sites:
        faults["site_id"] = [_("Choose one of the firm’s own sites.")]
    if (data.get("reference") or "").startswith(NUMBER_SIGN):
        message = _("Begin your reference with a letter or a figure, not with “#”.")
        faults["reference"] = [message]
    if data.get("stated_on") is not None and data["stated_on"] > today():
        message = _("The day is still to come. Write the day the figures were true.")
        faults["stated_on"] = [message]
    if inputs := _input_faults(session, known, data.get("inputs") or ()):
        faults["inputs"] = inputs
    return faults


def _code_faults(known: Known, data: Mapping[str, Any]) -> Errors:
    faults: Errors = {}
    code = data["category_code"]
    if code not in known.units:
        faults["category_code"] = [_no_category(code)]
    elif data.get("unit") not in (None, known.units[code]):
        faults["unit"] = [_other_unit()]
    further = [code for code in data.get("further_categories") or () if code not in known.units]
    if further:
        faults["further_categories"] = [_no_category(code) for code in further]
    code = data.get("class_code")
    if code is not None and code not in known.classes:
        faults["class_code"] = [_("There is no supply class “%(code)s”.", code=code)]
    return faults


def _other_unit() -> str:
    return _("The category counts in another unit. Leave the unit to it.")


def _no_category(code: str | None) -> str:
    return _("There is no shortfall category “%(code)s”.", code=code)


def _input_faults(
    session: Session, known: Known, inputs: Sequence[Mapping[str, Any]]
) -> dict[int, Errors]:
    suppliers = {item["supplier_firm_id"] for item in inputs} - {None}
    if suppliers:
        suppliers -= set(session.scalars(select(Firm.id).where(Firm.id.in_(suppliers))))
    faults: dict[int, Errors] = {}
    for place, item in enumerate(inputs):
        found: Errors = {}
        code = item["category_code"]
        if code is not None and code not in known.units:
            found["category_code"] = [_no_category(code)]
        elif code is not None and item["unit"] not in (None, known.units[code]):
            found["unit"] = [_other_unit()]
        if item["supplier_firm_id"] in suppliers:
            message = _("There is no firm with the number %(id)s.", id=item["supplier_firm_id"])
            found["supplier_firm_id"] = [message]
        if found:
            faults[place] = found
    return faults


def save_line(
    session: Session,
    actor_id: int | None,
    firm_id: int,
    data: Mapping[str, Any],
    line_id: int | None = None,
    known: Known | None = None,
) -> ProductionLine:
    """Add a line of the firm, or change the one numbered `line_id`.

    `data` is what `LineSchema` loads; a column that it does not name stays as it is. Data that
    changes nothing leaves no trace. Raises NotFound, and LineRefused for what `find_faults` finds
    or a reference that another line of the firm has.
    """
    line = get_line(session, firm_id, line_id) if line_id is not None else None
    known = known or load_known(session, firm_id)
    if line is not None:
        data = {"category_code": line.category_code, **data}
    if faults := find_faults(session, known, data):
        raise LineRefused(faults)
    data = with_units(known, data)
    changes = changes_of(line, data)
    if line is not None and not changes:
        return line
    if line is None:
        source = ensure_source(session, STATED_BY_FIRM)
        line = ProductionLine(firm_id=firm_id, source_id=source.id, evidence="declared")
        action = "line.add"
    else:
        action = "line.change"
    _set(line, data)
    if VOUCHED & changes.keys() and line.evidence != "declared":
        changes["evidence"] = [line.evidence, "declared"]
        line.evidence = "declared"
    line.as_of = today()
    _disclose(line)
    _flush(session, line)
    record(session, actor_id, action, "line", line.id, firm_id=firm_id, changes=changes)
    announce_changes(session, [firm_id])
    session.flush()
    return line


def with_units(known: Known, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with the unit of its category, and each input with that of its own."""
    filled = {**data, "unit": known.units[data["category_code"]]}
    if "inputs" in data:
        filled["inputs"] = [
            {**item, "unit": known.units.get(item["category_code"] or "", item["unit"])}
            for item in data["inputs"]
        ]
    return filled


def changes_of(line: ProductionLine | None, data: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Column -> [before, after], for what saving the data would change."""
    if line is None:
        return {name: [None, _plain(value)] for name, value in data.items() if value or value == 0}
    before = {name: _stored(line, name) for name in data}
    return {
        name: [_plain(before[name]), _plain(after)]
        for name, after in data.items()
        if before[name] != after
    }


def _stored(line: ProductionLine, name: str) -> Any:
    if name == "inputs":
        return [{key: getattr(item, key) for key in _INPUT_NAMES} for item in line.inputs]
    value = getattr(line, name)
    return sorted(value) if name == "further_categories" else value


def _plain(value: Any) -> Any:
    """A value as the trail's JSON holds it."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    return value


def _set(line: ProductionLine, data: Mapping[str, Any]) -> None:
    for name, value in data.items():
        if name == "inputs":
            _set_inputs(line, value)
        elif name == "further_categories":
            if sorted(line.further_categories) != value:
                line.further_categories = value
        else:
            setattr(line, name, value)


def _set_inputs(line: ProductionLine, items: Sequence[Mapping[str, Any]]) -> None:
    """The inputs by their places, so that the rows of those that stay are kept."""
    del line.inputs[len(items) :]
    line.inputs.extend(LineInput() for _item in items[len(line.inputs) :])
    for row, item in zip(line.inputs, items, strict=True):
        for name in _INPUT_NAMES:
            setattr(row, name, item[name])


def _disclose(line: ProductionLine) -> None:
    """Confidential facts carry the basis on which they were given, and the day."""
    confidential = any(
        getattr(line, RATE_COLUMNS.get(field.name, field.name)) is not None
        for field in FIELDS
        if field.name not in _PUBLIC and field.name != "rate_period"
    )
    given = confidential or bool(line.inputs)
    line.disclosure_basis = IN_CONFIDENCE if given else None
    line.supplied_on = today() if given else None


def _flush(session: Session, line: ProductionLine) -> None:
    try:
        with session.begin_nested():
            session.add(line)
            session.flush()
    except IntegrityError as error:
        if "reference" not in str(error.orig):
            raise
        message = _("Another line has this reference. Give each its own.")
        raise LineRefused({"reference": [message]}) from error


def remove_line(session: Session, actor_id: int | None, line: ProductionLine) -> None:
    """Take the line out; the trail keeps what it said."""
    names = (*RATE_COLUMNS.values(), *_named_columns(), "inputs", "further_categories")
    said = {name: _plain(_stored(line, name)) for name in names}
    kept = {name: value for name, value in said.items() if value not in (None, [])}
    record(session, actor_id, "line.remove", "line", line.id, firm_id=line.firm_id, said=kept)
    session.delete(line)
    announce_changes(session, [line.firm_id])
    session.flush()


def _named_columns() -> list[str]:
    skipped = {*RATE_COLUMNS, "rate_period", "further_categories"}
    return [field.name for field in FIELDS if field.name not in skipped]


def is_stale(line: ProductionLine, day: dt.date) -> bool:
    """Whether its figures are older than a year on `day`; a warning, never a reason to hide it."""
    return line.stated_on is not None and line.stated_on < day - dt.timedelta(STALE_AFTER_DAYS)


# What a plan needs of a line, what helps most first: what to state, and the columns that say it.
_HELPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (mark("the rate with the existing plant"), ("rated_rate_per_month",)),
    (mark("the rate now"), ("current_rate_per_month",)),
    (mark("the months to the existing plant’s rate"), ("months_to_rated",)),
    (mark("the inputs, with what one unit takes"), ("inputs",)),
    (mark("the rate after investment"), ("surge_rate_per_month",)),
    (mark("the months to the rate after investment"), ("months_to_surge",)),
    (mark("the day the figures were true"), ("stated_on",)),
    (mark("the capital needed"), ("capital_high_cad", "capital_low_cad", "no_capital_reason")),
    (mark("the smallest order"), ("smallest_order_units", "investment_order_units")),
    (mark("the share already sold"), ("committed_share",)),
    (mark("the site"), ("site_id",)),
    (mark("the manufacturing readiness"), ("mrl",)),
    (mark("the technology readiness"), ("trl",)),
    (mark("the qualification"), ("qualification",)),
    (mark("what would unlock it"), ("unlock_kinds", "unlock_en", "unlock_fr")),
    (mark("the unit price"), ("unit_price_high_cad", "unit_price_low_cad")),
    (mark("the people on the line"), ("people_now", "people_needed")),
    (mark("the step that sets the pace"), ("bottleneck_process",)),
    (mark("the export controls"), ("cgp_controlled", "itar_controlled", "ecl_controlled")),
    (mark("the supply class"), ("class_code",)),
)


@dataclass(frozen=True)
class Completeness:
    """How much of what a plan needs is stated; `missing` names the rest, what helps most first."""

    stated: int
    asked: int
    missing: tuple[str, ...]  # marked messages, translated where they are shown


def completeness(line: ProductionLine) -> Completeness:
    missing = tuple(
        words
        for words, columns in _HELPS
        if all(getattr(line, column) in (None, []) for column in columns)
    )
    return Completeness(len(_HELPS) - len(missing), len(_HELPS), missing)
