"""The one shape of a production line, which the forms, the bulk template and the API all use.

A line is typed as `LineSchema` takes it: rates for one period, everything else by the name of its
column. Loaded, it is what the columns of `ProductionLine` hold, with `inputs` and
`further_categories` as lists. `typed` turns a stored line back into what loads as itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marshmallow import ValidationError, fields, post_load

from registry.capabilities.fields import (
    Choice,
    Choices,
    Code,
    Codes,
    Country,
    Day,
    Duration,
    Figure,
    Flag,
    RowNumber,
    Stated,
    Text,
    Whole,
)
from registry.capabilities.models import LineInput, ProductionLine
from registry.capabilities.rules import (
    INPUT_BOUNDS,
    LINE_BOUNDS,
    MOST,
    MOST_MONTHS,
    ORDERS,
    STEPS,
    broken_rules,
    rate,
)
from registry.capabilities.words import PERIODS, QUALIFICATION, SOURCING, UNLOCK
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.taxonomy.domains import UNITS
from registry.validation import Schema
from registry.visibility.table import Field

CATEGORY, SUPPLY_CLASS = (r"[A-Z0-9]{3}-\d{2}", "AMM-01"), (r"\d{4}", "1320")
TYPED_PLACES, STORED_PLACES = 4, 6  # decimals of a rate as typed, and per month
MONTHS_IN = {  # a year is 12 months, 4 quarters or 52 weeks
    "week": Fraction(12, 52),
    "month": Fraction(1),
    "quarter": Fraction(3),
    "year": Fraction(12),
}


@dataclass(frozen=True)
class LineField:
    """One thing that is asked of a line, or of one of its inputs."""

    name: str
    group: str
    label: str
    hint: str
    kind: Stated
    seen: Field  # the row of the visibility table that says who sees it
    unit: str | None = None


def _rate(step: str, level: str, label: str, hint: str) -> LineField:
    name = f"{step}_rate_{level}" if level else f"{step}_rate"
    kind = Figure(0, MOST, TYPED_PLACES)
    return LineField(name, "rates", label, hint, kind, Field.LINE_RATES, mark("good units"))


def _bounded(name: str, bounds: Mapping[str, tuple[int, int]], places: int) -> Figure:
    least, most = bounds[name]
    return Figure(least, most, places) if places else Whole(least, most)


_LOW = mark("What you are sure of. Leave it blank if the figure itself is sure.")
_HIGH = mark("What it may be if all goes well. Leave it blank if you do not know.")
_ORDER = mark("In units of the category, over the term below.")

FIELDS: tuple[LineField, ...] = (
    LineField("reference", "product", mark("Your reference"),
        mark("Your own name for the line, such as A1. It finds the line again in a file."),
        Text(40), Field.LINE_COMMERCIAL),
    LineField("product_en", "product", mark("Product (English)"),
        mark("What comes off the line, with its size and whether it is filled, fitted or empty."),
        Text(200), Field.LINE),
    LineField("product_fr", "product", mark("Product (French)"),
        mark("The same in French. One of the two languages is enough to begin."),
        Text(200), Field.LINE),
    LineField("category_code", "product", mark("Shortfall category"),
        mark("The category that the product belongs to, such as AMM-01. It also sets the unit."),
        Code(*CATEGORY), Field.LINE),
    LineField("further_categories", "product", mark("Further categories"),
        mark("Others that the same line could make for instead; its time is counted once."),
        Codes(*CATEGORY), Field.LINE),
    LineField("class_code", "product", mark("NATO supply class"),
        mark("The four digits of the product’s class, such as 1320."),
        Code(*SUPPLY_CLASS), Field.LINE),
    LineField("site_id", "product", mark("Site"),
        mark("Where the line stands: one line for each site."), RowNumber(), Field.LINE),
    LineField("design_authority", "product", mark("Design authority"),
        mark("Who may change the design: you, a customer, a licensor."),
        Text(200), Field.LINE_READINESS),
    LineField("licence_holder", "product", mark("Licence holder"),
        mark("Who holds the licence to make it, and from whom."),
        Text(200), Field.LINE_READINESS),
    LineField("rate_period", "rates", mark("Rates are per"),
        mark("A year counts as 12 months, 4 quarters or 52 weeks."),
        Choice(PERIODS), Field.LINE_RATES),
    _rate("current", "", mark("Rate now"),
        mark("Good units at the end of the line today, scrap already taken off.")),
    _rate("current", "low", mark("Rate now, low"), _LOW),
    _rate("current", "high", mark("Rate now, high"), _HIGH),
    _rate("rated", "", mark("Rate with the existing plant"),
        mark("The same plant at full shifts, once people are hired. Nothing is bought.")),
    _rate("rated", "low", mark("Rate with the existing plant, low"), _LOW),
    _rate("rated", "high", mark("Rate with the existing plant, high"), _HIGH),
    _rate("surge", "", mark("Rate after investment"),
        mark("Once the capital below is spent and the new plant runs.")),
    _rate("surge", "low", mark("Rate after investment, low"), _LOW),
    _rate("surge", "high", mark("Rate after investment, high"), _HIGH),
    LineField("months_to_rated", "rates", mark("Months to the existing plant’s rate"),
        mark("From the day a contract takes effect."),
        Duration(MOST_MONTHS), Field.LINE_RATES, mark("months")),
    LineField("months_to_surge", "rates", mark("Months to the rate after investment"),
        mark("From the same day, not from the step before."),
        Duration(MOST_MONTHS), Field.LINE_RATES, mark("months")),
    LineField("capital_low_cad", "money", mark("Capital needed, at least"),
        mark("For the rate after investment: buildings, machines, start-up."),
        _bounded("capital_low_cad", LINE_BOUNDS, 0), Field.LINE_COMMERCIAL, mark("CAD")),
    LineField("capital_high_cad", "money", mark("Capital needed, at most"),
        mark("The same figure twice if it is sure."),
        _bounded("capital_high_cad", LINE_BOUNDS, 0), Field.LINE_COMMERCIAL, mark("CAD")),
    LineField("no_capital_reason", "money", mark("Why the growth takes no capital"),
        mark("Only if the rate after investment is higher and nothing has to be bought."),
        Text(500), Field.LINE_COMMERCIAL),
    LineField("smallest_order_units", "money", mark("Smallest order for the existing plant"),
        _ORDER, _bounded("smallest_order_units", LINE_BOUNDS, 3), Field.LINE_COMMERCIAL,
        mark("units")),
    LineField("smallest_term_months", "money", mark("Term of that order"),
        mark("In months, or written as 2 years."),
        Duration(MOST_MONTHS), Field.LINE_COMMERCIAL, mark("months")),
    LineField("investment_order_units", "money", mark("Smallest order for the investment"),
        mark("60,000 over the term below opens the new plant; less does not."),
        _bounded("investment_order_units", LINE_BOUNDS, 3), Field.LINE_COMMERCIAL, mark("units")),
    LineField("investment_term_months", "money", mark("Term of that larger order"),
        mark("In months, or written as 2 years."),
        Duration(MOST_MONTHS), Field.LINE_COMMERCIAL, mark("months")),
    LineField("unit_price_low_cad", "money", mark("Unit price, from"),
        mark("Officials use it to compare contracts; no other firm sees it."),
        _bounded("unit_price_low_cad", LINE_BOUNDS, 2), Field.LINE_COMMERCIAL, mark("CAD")),
    LineField("unit_price_high_cad", "money", mark("Unit price, to"),
        mark("Without tax, at the factory gate."),
        _bounded("unit_price_high_cad", LINE_BOUNDS, 2), Field.LINE_COMMERCIAL, mark("CAD")),
    LineField("committed_share", "money", mark("Share of the rate now already sold"),
        mark("From 0 (free) to 1 (all of it): 0.4 when four units in ten are sold."),
        _bounded("committed_share", LINE_BOUNDS, 4), Field.LINE_COMMERCIAL),
    LineField("committed_until", "money", mark("Sold until"),
        mark("The day that commitment ends, as year-month-day."), Day(), Field.LINE_COMMERCIAL),
    LineField("committed_to_allowed", "money", mark("The customer may be named"),
        mark("Yes only if the customer has agreed to it."), Flag(), Field.LINE_COMMERCIAL),
    LineField("committed_to", "money", mark("Sold to"),
        mark("Leave it blank unless the customer has agreed to be named."),
        Text(200), Field.LINE_COMMERCIAL),
    LineField("shifts_now_per_day", "plant", mark("Shifts a day now"),
        mark("On a usual working day."),
        _bounded("shifts_now_per_day", LINE_BOUNDS, 0), Field.LINE_RATES),
    LineField("shifts_most_per_day", "plant", mark("Most shifts a day"),
        mark("That the plant and its permits allow."),
        _bounded("shifts_most_per_day", LINE_BOUNDS, 0), Field.LINE_RATES),
    LineField("people_now", "plant", mark("People on the line now"),
        mark("Over all shifts."), _bounded("people_now", LINE_BOUNDS, 0), Field.LINE_RATES),
    LineField("people_needed", "plant", mark("People needed at full shifts"),
        mark("In all, not how many more."),
        _bounded("people_needed", LINE_BOUNDS, 0), Field.LINE_RATES),
    LineField("scarce_trades", "plant", mark("Trades that are hard to hire"),
        mark("Such as machinists, welders, energetics technicians."),
        Text(500), Field.LINE_RATES),
    LineField("floor_space_m2", "plant", mark("Floor space of the line"),
        mark("Of the line alone, not of the site."),
        _bounded("floor_space_m2", LINE_BOUNDS, 0), Field.LINE_RATES, mark("m²")),
    LineField("bottleneck_process", "plant", mark("Step that sets the pace"),
        mark("The machine or process that is full first."), Text(500), Field.LINE_RATES),
    LineField("trl", "readiness", mark("Technology readiness (TRL)"),
        mark("1 is a principle observed, 9 is proven in use."),
        _bounded("trl", LINE_BOUNDS, 0), Field.LINE_READINESS),
    LineField("mrl", "readiness", mark("Manufacturing readiness (MRL)"),
        mark("1 is an idea, 8 is a pilot line, 10 is full-rate production."),
        _bounded("mrl", LINE_BOUNDS, 0), Field.LINE_READINESS),
    LineField("qualification", "readiness", mark("Qualification of the product"),
        mark("Whether a customer or an authority has accepted it."),
        Choice(QUALIFICATION), Field.LINE_READINESS),
    LineField("qualified_to", "readiness", mark("Qualified to, or by"),
        mark("The standard or the authority, such as STANAG 4425."),
        Text(200), Field.LINE_READINESS),
    LineField("cgp_controlled", "readiness", mark("Controlled goods (CGP)"),
        mark("The product is on the schedule of the Controlled Goods Program."),
        Flag(), Field.LINE_READINESS),
    LineField("itar_controlled", "readiness", mark("Under ITAR"),
        mark("The product or a part of it falls under the United States regulations."),
        Flag(), Field.LINE_READINESS),
    LineField("ecl_controlled", "readiness", mark("On the Export Control List"),
        mark("Leaving Canada takes an export permit."), Flag(), Field.LINE_READINESS),
    LineField("unlock_kinds", "unlock", mark("What would unlock it"),
        mark("All that apply, with semicolons between them."),
        Choices(UNLOCK), Field.LINE_COMMERCIAL),
    LineField("unlock_en", "unlock", mark("What would unlock it, in words (English)"),
        mark("How large, how long, by when: an order of 60,000 over three years by March."),
        Text(1000), Field.LINE_COMMERCIAL),
    LineField("unlock_fr", "unlock", mark("What would unlock it, in words (French)"),
        mark("The same in French. One of the two languages is enough to begin."),
        Text(1000), Field.LINE_COMMERCIAL),
    LineField("stated_on", "record", mark("True on"),
        mark("The day these figures were true. After a year they are marked as old."),
        Day(), Field.LINE),
    LineField("next_review_on", "record", mark("Next review"),
        mark("When you mean to look at them again."), Day(), Field.LINE),
)  # fmt: skip


def _input(name: str, label: str, hint: str, kind: Stated, unit: str | None = None) -> LineField:
    return LineField(name, "inputs", label, hint, kind, Field.LINE_INPUTS, unit)


INPUT_FIELDS: tuple[LineField, ...] = (
    _input("name_en", mark("Input (English)"),
        mark("What the line cannot run without: forged bodies, fuzes, a press."), Text(200)),
    _input("name_fr", mark("Input (French)"),
        mark("The same in French. One of the two languages is enough to begin."), Text(200)),
    _input("category_code", mark("Its shortfall category"),
        mark("If the input is itself something in short supply, such as AMM-03 for fuzes."),
        Code(*CATEGORY)),
    _input("unit", mark("Unit of the input"),
        mark("Leave it blank when a category is given: its unit counts."), Choice(UNITS)),
    _input("units_per_unit", mark("Needed for one finished unit"),
        mark("In the input’s unit: 1 fuze, 0.0107 tonnes of fill."),
        _bounded("units_per_unit", INPUT_BOUNDS, 6)),
    _input("supplier_name", mark("Supplier"),
        mark("Who delivers it today. No other firm sees this."), Text(200)),
    _input("supplier_country", mark("Supplier’s country"),
        mark("Where it is made, by name or two letters."), Country()),
    _input("supplier_firm_id", mark("Supplier’s number in Cadence"),
        mark("If the supplier is registered here: the number in the address of its page."),
        RowNumber()),
    _input("supplier_rate_per_month", mark("What the supplier can send a month"),
        mark("In the input’s unit, to this line."),
        _bounded("supplier_rate_per_month", INPUT_BOUNDS, 6)),
    _input("sourcing", mark("Other suppliers"),
        mark("Whether someone else could deliver it."), Choice(SOURCING)),
    _input("lead_time_weeks", mark("Lead time"),
        mark("From order to delivery."), _bounded("lead_time_weeks", INPUT_BOUNDS, 1),
        mark("weeks")),
    _input("stock_days", mark("Stock, in days"),
        mark("How long the line runs if nothing arrives."),
        _bounded("stock_days", INPUT_BOUNDS, 1), mark("days")),
    _input("stock_units", mark("Stock, in units"),
        mark("In the input’s unit, if that is how you count it."),
        _bounded("stock_units", INPUT_BOUNDS, 3), mark("units")),
    _input("alternative_qualified", mark("An alternative is qualified"),
        mark("Another product or supplier that is accepted already."), Flag()),
)  # fmt: skip

# typed name -> column, for the rates, which are stored per month
RATE_COLUMNS = {
    f"{step}_rate_{level}" if level else f"{step}_rate": rate(step, level)
    for step in STEPS
    for level in ("", "low", "high")
}
_TYPED_NAMES = {column: name for name, column in RATE_COLUMNS.items()}
_LABELS = {field.name: field.label for field in (*INPUT_FIELDS, *FIELDS)}
_ORDERS = {order.name: order for order in ORDERS}
COLUMNS = tuple(f.name for f in FIELDS if f.name not in {*RATE_COLUMNS, "rate_period"})


class _Named(Schema):
    """What has a name in English or French, or both."""

    NAMES: tuple[str, str]

    def check(self, data: Mapping[str, Any]) -> dict[str, list[str]]:
        if any(data[name] for name in self.NAMES):
            return {}
        return {self.NAMES[0]: [_("Name it in English, in French, or in both.")]}


class _InputShape(_Named):
    NAMES = ("name_en", "name_fr")

    @post_load
    def _whole(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        if errors := self.check(data):
            raise ValidationError(errors)
        return data


InputSchema = _InputShape.from_dict({f.name: f.kind for f in INPUT_FIELDS}, name="InputSchema")


class _LineShape(_Named):
    NAMES = ("product_en", "product_fr")
    inputs = fields.List(fields.Nested(InputSchema), load_default=list)

    @post_load
    def _columns(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Rates per month, with what was typed beside them; then the rules between fields."""
        errors = self.check(data)
        if data["category_code"] is None:
            errors["category_code"] = [_("Choose the category that the product belongs to.")]
        columns = _per_month(data)
        columns["further_categories"] = [
            code for code in data["further_categories"] or () if code != data["category_code"]
        ]
        for rule in broken_rules(columns):
            name, message = _explain(rule, columns)
            errors.setdefault(name, []).append(message)
        if errors:
            raise ValidationError(errors)
        return columns


LineSchema = _LineShape.from_dict({f.name: f.kind for f in FIELDS}, name="LineSchema")


def _per_month(data: Mapping[str, Any]) -> dict[str, Any]:
    """The typed data with its rates as the columns hold them."""
    period = data["rate_period"] or "month"
    columns = {name: value for name, value in data.items() if name not in RATE_COLUMNS}
    del columns["rate_period"]
    typed = {name: data[name] for name in RATE_COLUMNS if data[name] is not None}
    for name, column in RATE_COLUMNS.items():
        columns[column] = monthly(typed[name], period) if name in typed else None
    columns["rates_as_typed"] = None
    if period != "month":
        kept = {name: format(value.normalize(), "f") for name, value in typed.items()}
        columns["rates_as_typed"] = {"period": period, **kept}
    return columns


def monthly(amount: Decimal, period: str) -> Decimal:
    """An amount per week, month, quarter or year as an amount a month."""
    exact = Fraction(amount) / MONTHS_IN[period]
    return round(Decimal(exact.numerator) / Decimal(exact.denominator), STORED_PLACES)


def _explain(rule: str, columns: Mapping[str, Any]) -> tuple[str, str]:
    """(field, what to do) for a broken rule."""
    if rule == "capital":
        return "capital_low_cad", _(
            "The rate grows after investment: state the capital it takes, or why it takes none."
        )
    if rule == "customer":
        return "committed_to", _(
            "A customer is named only if it agreed: answer yes to that, or leave the name blank."
        )
    if rule in LINE_BOUNDS:  # other bounds were met before: a rate alone changes once it is typed
        return _TYPED_NAMES[rule], _("Write less: it comes to more than a billion a month.")
    order = _ORDERS[rule]
    lower, upper = (
        next(_TYPED_NAMES.get(name, name) for name in names if columns[name] is not None)
        for names in (order.lower, order.upper)
    )
    return upper, _(
        "“%(upper)s” is less than “%(lower)s”. Correct one of the two.",
        upper=_(_LABELS[upper]),
        lower=_(_LABELS[lower]),
    )


def typed(line: ProductionLine) -> dict[str, Any]:
    """The line as `LineSchema` takes it: loading it gives the columns of the line again."""
    as_typed = line.rates_as_typed or {"period": "month"}
    values: dict[str, Any] = {"rate_period": as_typed["period"]}
    for name, column in RATE_COLUMNS.items():
        value = getattr(line, column)
        values[name] = Decimal(as_typed[name]) if name in as_typed else value
    values |= {name: getattr(line, name) for name in COLUMNS}
    values["further_categories"] = sorted(line.further_categories)
    values["inputs"] = [typed_input(item) for item in line.inputs]
    return values


def typed_input(item: LineInput) -> dict[str, Any]:
    return {field.name: getattr(item, field.name) for field in INPUT_FIELDS}


def fields_of(group: str) -> Sequence[LineField]:
    """The fields of a group, in the order in which they are asked."""
    return [field for field in (*FIELDS, *INPUT_FIELDS) if field.group == group]
