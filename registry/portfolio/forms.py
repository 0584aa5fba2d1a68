"""A plan as one document, and as the fields that a person fills in.

Shares are from 0 to 1 in the document and per cent in the form; money is in dollars, dates are
months counted from the day that the plan starts on.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from marshmallow import ValidationError

from registry.capabilities.fields import Day, Figure, Stated, Text, Whole
from registry.capabilities.rules import MOST, MOST_CAD, MOST_MONTHS
from registry.i18n import gettext as _
from registry.portfolio.models import NAME_LENGTH

MONTHS = 60  # as far as a plan looks
YEARS = MONTHS // 12
DATES = 3  # that a need may have
MOST_NEEDS, MOST_SCENARIOS = 12, 4
COVERAGE, COST = "coverage", "cost"
SHARES = ("required", "survive", "firm_share", "region_share")
PRIORITIES = 10
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
Document = dict[str, Any]


@dataclass
class Typed:
    """What was typed, by name of the field, and what is wrong with it."""

    text: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    grouped: bool = False  # 60,000 is sixty thousand

    def read(self, name: str, shape: Stated) -> Any:
        """The value of a field, None if it is blank or wrong; what is wrong is kept."""
        text = self.text.get(name, "").replace("\0", "").strip()
        try:
            return shape.deserialize(_GROUPED.sub("", text) if self.grouped else text)
        except ValidationError as error:
            self.errors[name] = " ".join(error.messages)
            return None

    def needs(self, name: str, value: Any, message: str) -> None:
        """Ask for a value that is not there, unless what is there was wrong already."""
        if value is None:
            self.errors.setdefault(name, message)


def blank_document(day: dt.date) -> Document:
    """A plan of which nothing is said yet."""
    return {
        "name": "",
        "starts_on": day.isoformat(),
        "objective": COVERAGE,
        **dict.fromkeys(SHARES),
        "budget": None,
        "yearly": [None] * YEARS,
        "together": False,
        "scenarios": [blank_scenario()],
        "contracts": {},
    }


def blank_scenario() -> dict[str, Any]:
    return {"name": "", "weight": 1, "needs": []}


def is_together(document: Document) -> bool:
    """Whether one portfolio is wanted for all scenarios; older plans do not say, which is no."""
    return bool(document.get("together")) and len(document["scenarios"]) > 1


def weight_of(scenario: Mapping[str, Any]) -> int:
    """How much a scenario counts beside the others of its plan."""
    return int(scenario.get("weight", 1))


def typed_of(document: Document, written: Any) -> dict[str, str]:
    """The document as a person would have typed it; `written` writes a number in their locale."""
    percent = {
        name: written(100 * share) if (share := document[name]) is not None else ""
        for name in SHARES
    }
    money = {f"year-{at}": written(sum_) for at, sum_ in enumerate(document["yearly"], start=1)}
    text = {
        "name": document["name"],
        "starts_on": document["starts_on"],
        "objective": document["objective"],
        **percent,
        "budget": written(document["budget"]),
        **money,
    }
    if is_together(document):
        text["together"] = "on"
    for at, scenario in enumerate(document["scenarios"]):
        text[f"s{at}-name"] = scenario["name"]
        text[f"s{at}-weight"] = written(weight_of(scenario))
        for place, need in enumerate(scenario["needs"]):
            prefix = f"s{at}-n{place}"
            text[f"{prefix}-category"] = need["category"]
            text[f"{prefix}-priority"] = written(need["priority"])
            text[f"{prefix}-source"] = need["source"]
            for date, (month, quantity) in enumerate(need["by"]):
                text[f"{prefix}-month-{date}"] = written(month)
                text[f"{prefix}-quantity-{date}"] = written(quantity)
    return text


def read_plan(typed: Typed, before: Document, categories: Mapping[str, str]) -> Document:
    """The document that the fields say; `typed.errors` holds what keeps it from being one.

    `before` is kept where the form says nothing; `categories` are the codes that may be needed.
    """
    name = typed.read("name", Text(NAME_LENGTH))
    typed.needs("name", name, _("Give the plan a name."))
    starts_on = typed.read("starts_on", Day())
    typed.needs("starts_on", starts_on, _("Write the day from which months are counted."))
    shares = {one: typed.read(one, Figure(0, 100, 1)) for one in SHARES}
    objective = COST if typed.text.get("objective") == COST else COVERAGE
    if objective == COST:
        typed.needs(
            "required", shares["required"], _("Write the coverage to reach at the least cost.")
        )
    yearly = [typed.read(f"year-{at}", Figure(0, MOST_CAD, 2)) for at in range(1, YEARS + 1)]
    budget = typed.read("budget", Figure(0, MOST_CAD, 2))
    scenarios = [
        _scenario(typed, at, categories)
        for at in range(MOST_SCENARIOS)
        if f"s{at}-name" in typed.text
    ]
    scenarios = [one for one in scenarios if one is not None]
    if not scenarios:
        typed.errors.setdefault("s0-n0-category", _("Choose what is needed."))
    return {
        **before,
        "name": name or "",
        "starts_on": starts_on.isoformat() if starts_on else before["starts_on"],
        "objective": objective,
        **{one: None if share is None else float(share) / 100 for one, share in shares.items()},
        "budget": None if budget is None else float(budget),
        "yearly": [None if amount is None else float(amount) for amount in yearly],
        "together": "together" in typed.text,
        "scenarios": scenarios,
    }


def _scenario(typed: Typed, at: int, categories: Mapping[str, str]) -> dict[str, Any] | None:
    """One scenario; None if nothing is needed in it."""
    needs = [
        need
        for place in range(MOST_NEEDS)
        if (need := _need(typed, f"s{at}-n{place}", categories)) is not None
    ]
    name = typed.read(f"s{at}-name", Text(NAME_LENGTH))
    weight = typed.read(f"s{at}-weight", Whole(1, PRIORITIES))
    if not needs:
        return None
    fallback = _("Scenario %(number)s", number=at + 1)
    return {"name": name or fallback, "weight": weight or 1, "needs": needs}


def _need(typed: Typed, prefix: str, categories: Mapping[str, str]) -> dict[str, Any] | None:
    code = typed.text.get(f"{prefix}-category", "").strip()
    by = _dates(typed, prefix)
    source = typed.read(f"{prefix}-source", Text(200))
    if not code and not by and not source:
        return None
    if code not in categories:
        typed.errors[f"{prefix}-category"] = _("Choose what is needed.")
    if not by:
        typed.needs(f"{prefix}-quantity-0", None, _("Write how many are needed, such as 60000."))
    typed.needs(
        f"{prefix}-source", source, _("Say where the figure comes from, such as a planning note.")
    )
    return {
        "category": code,
        "unit": categories.get(code, ""),
        "priority": typed.read(f"{prefix}-priority", Whole(1, PRIORITIES)) or 1,
        "source": source or "",
        "by": by,
    }


def _dates(typed: Typed, prefix: str) -> list[list[float]]:
    """[month, cumulative quantity] of each date, rising."""
    found: list[list[float]] = []
    for date in range(DATES):
        month = typed.read(f"{prefix}-month-{date}", Whole(1, MONTHS))
        quantity = typed.read(f"{prefix}-quantity-{date}", Figure(1, MOST, 3))
        if month is None and quantity is None:
            continue
        typed.needs(
            f"{prefix}-month-{date}",
            month,
            _("Write by which month, from 1 to %(most)s.", most=MONTHS),
        )
        typed.needs(
            f"{prefix}-quantity-{date}", quantity, _("Write how many are needed, such as 60000.")
        )
        if month is not None and quantity is not None:
            found.append([month, float(quantity)])
    found.sort()
    if any(a[0] == b[0] or a[1] > b[1] for a, b in pairwise(found)):
        typed.errors[f"{prefix}-quantity-0"] = _(
            "Quantities are in all by each date: a later date needs at least as many."
        )
    return found


# The fields of one contract that may be signed, as the official may change them.
CONTRACT_FIELDS: dict[str, Stated] = {
    "quantity": Figure(1, MOST, 3),
    "term": Whole(1, MOST_MONTHS),
    "start": Whole(0, MONTHS - 1),
    "unit_price": Figure(0, MOST_CAD, 2),
    "capital_share": Figure(0, 100, 1),
}


def read_contracts(
    typed: Typed, keys: list[str], derived: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What the official says of each contract, only where it differs from what was derived."""
    edits = {}
    for key in keys:
        said: dict[str, Any] = {"signable": f"{key}-signable" in typed.text}
        for name, shape in CONTRACT_FIELDS.items():
            value = typed.read(f"{key}-{name}", shape)
            said[name] = None if value is None else float(value)
            if name in ("term", "start", "quantity") and said[name] is None:
                typed.needs(f"{key}-{name}", value, _("Write a number, such as 1200 or 2.5."))
        if said["capital_share"] is not None:
            said["capital_share"] /= 100
        own = {name: value for name, value in said.items() if value != derived[key][name]}
        if own:
            edits[key] = own
    return edits
