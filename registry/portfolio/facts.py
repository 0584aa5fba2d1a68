"""What a plan is computed from: lines that its reader may know, needs, limits, all traceable."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from matching.capacity import Case, Limits, Need, Scenario, Step
from registry.capabilities.models import LineCategory, LineInput, ProductionLine
from registry.capabilities.rules import RATES
from registry.capabilities.seen import SeenLine, seen_lines
from registry.coverage.lines import Facts, LeftOut
from registry.coverage.network import Network, with_suppliers
from registry.feeds.models import Source
from registry.firms.models import Firm
from registry.portfolio.forms import COST, MONTHS, Document
from registry.visibility.readers import Standing
from registry.visibility.table import Field, Purpose, may_see

TOLD = (Field.LINE_RATES, Field.LINE_COMMERCIAL, Field.LINE_INPUTS)
# Figures of a line that a plan may rest on, as they are kept with a result.
FIGURES = (
    *RATES,
    "months_to_rated",
    "months_to_surge",
    "committed_share",
    "committed_until",
    "smallest_order_units",
    "smallest_term_months",
    "investment_order_units",
    "investment_term_months",
    "capital_low_cad",
    "capital_high_cad",
    "unit_price_low_cad",
    "unit_price_high_cad",
)
INPUT_FIGURES = (
    "units_per_unit",
    "supplier_rate_per_month",
    "lead_time_weeks",
    "stock_days",
    "stock_units",
)


@dataclass(frozen=True)
class Basis:
    """The lines that could serve a plan, and those that supply them, as one reader may know."""

    network: Network
    hidden: int  # lines whose figures the reader may not know
    sources: dict[int, Source]

    @property
    def read(self) -> list[Facts]:
        """The lines that enter, those that meet needs first."""
        facts, makers = self.network.facts, self.network.makers
        return [facts[key] for key in makers] + self.network.suppliers

    @property
    def contradictory(self) -> Sequence[LeftOut]:
        return self.network.left_out

    @property
    def firms(self) -> Mapping[int, Firm]:
        return self.network.firms

    def serving(self, codes: Iterable[str]) -> "Basis":
        """Only the lines that can make any of these, and those that supply them."""
        return replace(self, network=self.network.serving(set(codes)))


def basis_of(session: Session, standing: Standing, document: Document) -> Basis:
    """The lines of listed firms for what any scenario of the plan needs; months from its day."""
    codes = codes_of(document["scenarios"])
    also = select(LineCategory.line_id).where(LineCategory.category_code.in_(codes))
    serving = or_(ProductionLine.category_code.in_(codes), ProductionLine.id.in_(also))
    numbers = set(session.scalars(select(ProductionLine.id).where(serving)))
    having = select(ProductionLine.firm_id).where(serving)
    listed = select(Firm).where(Firm.id.in_(having), Firm.listed == "listed")
    firms = {f.id: f for f in session.scalars(listed.options(selectinload(Firm.names)))}
    seen = seen_lines(session, standing, firms, whole=True)
    seen = [one for one in seen if one.line.id in numbers]
    known = [one for one in seen if _may_plan_with(one)]
    day = dt.date.fromisoformat(document["starts_on"])
    units = {n["category"]: n["unit"] for one in document["scenarios"] for n in one["needs"]}
    network = with_suppliers(session, standing, firms, known, units, day, _may_plan_with)
    network = network.serving(codes)  # without what is counted otherwise than the need
    rows = [facts.seen.line for facts in network.facts.values()]
    sources = select(Source).where(Source.id.in_({row.source_id for row in rows}))
    return Basis(
        network,
        len(seen) - len(known),
        {source.id: source for source in session.scalars(sources)},
    )


def _may_plan_with(one: SeenLine) -> bool:
    return all(may_see(one.reader, told) for told in TOLD)


def codes_of(scenarios: Iterable[dict[str, Any]]) -> list[str]:
    """The categories that any of them needs."""
    return sorted({need["category"] for one in scenarios for need in one["needs"]})


def scenario_of(
    needs: list[dict[str, Any]], network: Network, case: Case, first: int = 0
) -> Scenario:
    """The planner's scenario in a case; needs are called by their places, "0" being that of the
    first need of all scenarios that are solved together, and `first` that of the first here.
    """
    wanted = tuple(
        Need(
            str(place),
            need["category"],
            need["unit"],
            tuple((int(month), quantity) for month, quantity in need["by"]),
            need["priority"],
            need["source"],
        )
        for place, need in enumerate(needs, start=first)
    )
    return network.scenario(MONTHS, Step.CURRENT, case, wanted)


def limits_of(document: Document) -> Limits:
    """What the portfolio must respect. A year left blank has nothing, if any year is filled in."""
    yearly = document["yearly"]
    given = any(amount is not None for amount in yearly)
    return Limits(
        budget=document["budget"],
        yearly=tuple(amount or 0.0 for amount in yearly) if given else None,
        firm_share=document["firm_share"],
        region_share=document["region_share"],
        required=document["required"] if document["objective"] == COST else None,
        survive=document["survive"],
    )


def line_record(facts: Facts, basis: Basis) -> dict[str, Any]:
    """A line as it is kept with a result: whose, which figures, as of when, from where."""
    row, firm = facts.seen.line, basis.firms[facts.seen.line.firm_id]
    source = basis.sources.get(row.source_id)
    unsure = {item.id for item in facts.unsure}
    keys = {item.id: key for key, item in facts.items.items()}  # the planner's names
    return {
        "key": facts.line.key,
        "firm_id": row.firm_id,
        "firm": {language: firm.name_in(language) for language in ("en", "fr")},
        "product": {language: row.product_in(language) for language in ("en", "fr")},
        "category": row.category_code,
        "makes": [row.category_code, *row.further_categories],
        "unit": row.unit,
        "region": facts.line.region,
        "evidence": row.evidence,
        "stated_on": row.stated_on.isoformat() if row.stated_on else None,
        "source": {"en": source.title_en, "fr": source.title_fr} if source else None,
        "source_as_of": row.as_of.isoformat() if row.as_of else None,
        "figures": _figures(row, FIGURES),
        "inputs": [
            _input_record(item, keys.get(item.id), item.id in unsure)
            | {"from_lines": list(basis.network.givers.get(item.id, ()))}
            for item in row.inputs
        ],
    }


def _input_record(item: LineInput, key: str | None, unsure: bool) -> dict[str, Any]:
    return {
        "item": key,
        "name": {language: item.name_in(language) for language in ("en", "fr")},
        "unit": item.unit,
        "sourcing": item.sourcing,
        "unsure": unsure,
        "figures": _figures(item, INPUT_FIGURES),
    }


def _figures(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """The stated ones alone, as JSON holds them."""
    stated = {name: getattr(row, name) for name in names}
    return {
        name: value.isoformat() if isinstance(value, dt.date) else float(value)
        for name, value in stated.items()
        if value is not None
    }


def may_know(standing: Standing, lines: Iterable[dict[str, Any]], purpose: Purpose) -> bool:
    """Whether a person may know the figures of every line that a kept result rests on."""
    return all(
        may_see(standing.to(line["firm_id"], line["category"]), told, purpose)
        for line in lines
        for told in TOLD
    )
