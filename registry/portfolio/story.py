"""A result in the reader's words: the page, the briefing note and the workbook all tell this.

Made of what is kept with the result alone, so that a result signed off reads as it did then.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from registry import terms
from registry.i18n import gettext as _
from registry.i18n import mark, mark_plural, ngettext
from registry.portfolio.candidates import CAPITAL, RATED, SURGE
from registry.portfolio.forms import COST
from registry.portfolio.models import PlanResult
from registry.taxonomy.domains import UNITS
from registry.web import current_language, date, dollars, number, share

STEPS = {
    0: mark("It opens no step."),
    1: mark("It opens the existing plant."),
    2: mark("It opens the existing plant and the investment."),
}
OPTIONS = {
    RATED: mark("smallest order for the existing plant"),
    SURGE: mark("order that justifies the investment"),
    CAPITAL: mark("smallest order, with the capital borne by the buyer"),
}
RULES = {
    "largest-surge-first": mark("Largest added rate first"),
    "cheapest-added-unit-first": mark("Cheapest added unit first"),
}
LIMITS = {
    "required": mark("Coverage to reach"),
    "survive": mark("Coverage left after any one loss"),
    "firm_share": mark("Most for one firm, of the value signed"),
    "region_share": mark("Most for one province, of the value signed"),
    "budget": mark("Budget in all"),
}
GIVES = {
    "required": mark("Coverage of %(amount)s is within reach, the other limits staying."),
    "survive": mark("%(amount)s can remain after any one loss, the other limits staying."),
    "budget": mark("%(amount)s more, in all and in each year, is enough."),
    "firm_share": mark("Without a limit for one firm: its largest share is then %(amount)s."),
    "region_share": mark("Without a limit for one province: its largest share is then %(amount)s."),
}
FIGURE_WORDS = {
    "current_rate_per_month": mark("rate now"),
    "current_rate_low_per_month": mark("rate now, low"),
    "current_rate_high_per_month": mark("rate now, high"),
    "rated_rate_per_month": mark("rate of the existing plant"),
    "rated_rate_low_per_month": mark("rate of the existing plant, low"),
    "rated_rate_high_per_month": mark("rate of the existing plant, high"),
    "surge_rate_per_month": mark("rate after investment"),
    "surge_rate_low_per_month": mark("rate after investment, low"),
    "surge_rate_high_per_month": mark("rate after investment, high"),
    "months_to_rated": mark("months to the rate of the existing plant"),
    "months_to_surge": mark("months to the rate after investment"),
    "committed_share": mark("share sold already"),
    "committed_until": mark("sold until"),
    "smallest_order_units": mark("smallest order"),
    "smallest_term_months": mark("smallest term in months"),
    "investment_order_units": mark("order for the investment"),
    "investment_term_months": mark("term for the investment in months"),
    "capital_low_cad": mark("capital, least"),
    "capital_high_cad": mark("capital, most"),
    "unit_price_low_cad": mark("price of one, least"),
    "unit_price_high_cad": mark("price of one, most"),
}
INPUT_WORDS = {
    "units_per_unit": mark("for one unit"),
    "supplier_rate_per_month": mark("supplied a month"),
    "lead_time_weeks": mark("lead time in weeks"),
    "stock_days": mark("stock in days"),
    "stock_units": mark("stock"),
}
OWN = ("units_per_unit", "stock_days", "stock_units")  # of an input, whoever supplies it
LEFT_OUT = mark_plural(
    "%(num)s line whose figures its reader could not know is left out.",
    "%(num)s lines whose figures their reader could not know are left out.",
)
NOTHING = 5e-5  # of coverage: shown as nothing


@dataclass(frozen=True)
class SignedContract:
    """One contract to sign, with why."""

    order: int
    line: dict[str, Any]
    firm: str
    product: str
    quantity: float
    unit: str
    term: int
    starts: dt.date
    price: float
    capital: float
    cost: float
    reasons: list[str]
    option: str
    edited: bool


@dataclass(frozen=True)
class Chosen:
    """Another portfolio beside the one that was chosen."""

    title: str
    coverage: str
    cost: str
    contracts: list[str]


@dataclass(frozen=True)
class LineRow:
    """Where the figures of one line come from."""

    firm: str
    firm_id: int
    product: str
    category: str
    figures: str
    inputs: list[str]
    stated_on: str
    evidence: str
    source: str


@dataclass(frozen=True)
class ScenarioRow:
    """One of several scenarios that the same contracts serve; coverage in words."""

    name: str
    weight: int
    before: str
    after: str
    range: str


class Story:
    """What a result says, in the language of the moment."""

    def __init__(
        self, inputs: Mapping[str, Any], answer: Mapping[str, Any], titles: Mapping[str, str]
    ):
        self.inputs, self.answer, self._titles = inputs, answer, titles
        self.language = current_language()
        self.lines = {line["key"]: line for line in inputs["lines"]}
        self._contracts = {one["key"]: one for one in inputs["contracts"]}
        self.needs = inputs["scenario"]["needs"]
        self.starts_on = dt.date.fromisoformat(inputs["starts_on"])

    @property
    def title(self) -> str:
        """The scenario by its name."""
        return str(self.inputs["scenario"]["name"])

    @property
    def scenarios(self) -> list[ScenarioRow]:
        """What each scenario gets, where several were solved together; else nothing."""
        named = self.inputs.get("scenarios", ())
        if len(named) < 2:
            return []
        return [
            ScenarioRow(
                one["name"],
                one["weight"],
                share(covered["before"], 1),
                share(covered["after"], 1),
                f"{share(covered['low'], 1)} – {share(covered['high'], 1)}",
            )
            for one, covered in zip(named, self.answer["scenarios"], strict=True)
        ]

    @property
    def weighed(self) -> str | None:
        """That coverage is of several scenarios, where it is."""
        if not self.scenarios:
            return None
        return _(
            "The same contracts serve %(count)s scenarios; coverage is their mean, weighted as "
            "the plan says.",
            count=len(self.scenarios),
        )

    @property
    def seconds(self) -> int:
        """How long the search took, at least one."""
        return max(1, ceil(self.answer["seconds"]))

    @property
    def headline(self) -> str:
        """The answer in one sentence."""
        answer = self.answer
        if answer["outcome"] == "infeasible":
            return _("Nothing that could be signed keeps every limit.")
        if not answer["contracts"]:
            return _("No contract within the limits adds coverage.")
        count = len(answer["contracts"])
        figures = {
            "cost": dollars(round(answer["cost"])),
            "before": share(answer["before"], 1),
            "after": share(answer["coverage"], 1),
        }
        return ngettext(
            "%(num)s contract for %(cost)s raises coverage from %(before)s to %(after)s.",
            "%(num)s contracts for %(cost)s raise coverage from %(before)s to %(after)s.",
            count,
            **figures,
        )

    @property
    def coverage_words(self) -> str:
        return share(self.answer["coverage"], 1)

    @property
    def before_words(self) -> str:
        return share(self.answer["before"], 1)

    @property
    def cost_words(self) -> str:
        return dollars(round(self.answer["cost"]))

    @property
    def proof(self) -> str:
        """How sure it is that nothing better exists."""
        answer = self.answer
        if answer["outcome"] == "infeasible":
            return _("This is proven: no portfolio keeps them all.")
        if answer["gap"] is None:
            return _("The search ended before it found contracts within the limits.")
        if self.inputs["objective"] == COST:
            bound = dollars(round(answer["bound"]))
            text = _("No portfolio that keeps the limits costs less than %(bound)s", bound=bound)
        else:
            bound = share(answer["bound"], 1)
            text = _("No portfolio that keeps the limits covers more than %(bound)s", bound=bound)
        if self.inputs["objective"] != COST and answer["bound"] - answer["coverage"] < NOTHING:
            return f"{text}."
        gap = _("the gap is %(gap)s", gap=share(answer["gap"], 1))
        if answer["outcome"] in ("out-of-time", "stopped"):
            return f"{text}; {gap}. " + _("The search ended before it closed the gap.")
        return f"{text}; {gap}."

    @property
    def held_back(self) -> list[str]:
        """What sets the pace where something is still missing, the costliest first."""
        if not any(one["missing"] >= 1 for one in self.last_dates):
            return []
        inputs = {
            item["item"]: (item["name"][self.language], line["firm"][self.language])
            for line in self.lines.values()
            for item in line["inputs"]
        }
        found = []
        for one in self.answer["bindings"]:
            for subject in one["subjects"]:
                months = {"first": one["first"], "last": one["last"]}
                if subject in inputs:
                    item, firm = inputs[subject]
                    found.append(
                        _(
                            "%(item)s of %(firm)s, from month %(first)s to %(last)s.",
                            item=item,
                            firm=firm,
                            **months,
                        )
                    )
                elif subject in self.lines:
                    line = self.lines[subject]
                    found.append(
                        _(
                            "The rate of %(product)s (%(firm)s), from month %(first)s to %(last)s.",
                            product=line["product"][self.language],
                            firm=line["firm"][self.language],
                            **months,
                        )
                    )
        return found

    @property
    def beyond(self) -> str | None:
        """What the units that count beyond the orders would cost; None where there are none."""
        more = 0.0
        for choice in self.answer["choices"]:
            given = self._contracts[choice["contract"]]
            units = choice["added"][-1][1] - given["quantity"]
            more += max(0.0, units) * given["unit_price"]
        if more < 1:
            return None
        return _(
            "To buy all that the contracts add, beyond what they order, would cost up to %(cost)s "
            "more at the same prices.",
            cost=dollars(round(more)),
        )

    @property
    def left_out(self) -> list[str]:
        """What does not enter, and what was taken for granted."""
        inputs = self.inputs
        said = []
        if inputs["hidden"]:
            said.append(ngettext(*LEFT_OUT, inputs["hidden"]))
        if inputs["contradictory"]:
            said.append(
                ngettext(
                    "%(num)s line whose figures contradict one another is left out.",
                    "%(num)s lines whose figures contradict one another are left out.",
                    inputs["contradictory"],
                )
            )
        if inputs["not_priced"]:
            said.append(
                ngettext(
                    "%(num)s contract without a price could not be chosen.",
                    "%(num)s contracts without a price could not be chosen.",
                    inputs["not_priced"],
                )
            )
        unsure = sorted(
            {
                item["name"][self.language]
                for line in inputs["lines"]
                for item in line["inputs"]
                if item["unsure"]
            }
        )
        if unsure:
            said.append(
                _(
                    "The supply of these inputs is not stated in full, and they are taken to come "
                    "as needed: %(names)s.",
                    names=", ".join(unsure),
                )
            )
        return said

    @property
    def assumptions(self) -> list[str]:
        """What every figure rests on."""
        return [
            _("Months are counted from %(day)s.", day=date(self.starts_on)),
            _(
                "Coverage is the mean over all dates of all needs, weighted by priority; by a date "
                "it is what has come of what is needed. A line’s month goes to one need."
            ),
            _(
                "Likely: rates rise in straight lines from now to the full rate of the existing "
                "plant, and on to the rate after investment; then they stay. Low: a rate rises "
                "only once the stated months have passed, and an input counts only as far as its "
                "supply is stated."
            ),
            _(
                "A contract opens steps of its line, and all that the line then makes counts as "
                "coverage. Its price is for its own quantity: what is needed beyond it would be "
                "bought later."
            ),
            _(
                "An input that a registered firm makes comes from that firm’s own lines, which "
                "count once; any other input comes as the line’s firm states it."
            ),
            *([self.weighed] if self.weighed else ()),
            *self.left_out,
        ]

    @property
    def contracts(self) -> list[SignedContract]:
        """In the order to sign."""
        return [self._contract(one) for one in self.answer["choices"]]

    def _contract(self, choice: Mapping[str, Any]) -> SignedContract:
        given = self._contracts[choice["contract"]]
        line = self.lines[given["line"]]
        return SignedContract(
            order=choice["order"],
            line=line,
            firm=line["firm"][self.language],
            product=line["product"][self.language],
            quantity=given["quantity"],
            unit=terms.said(UNITS, given["unit"]),
            term=given["term"],
            starts=month_start(self.starts_on, given["start"]),
            price=given["price"],
            capital=choice["capital"],
            cost=choice["cost"],
            reasons=list(self._reasons(choice, given)),
            option=terms.said(OPTIONS, given["option"]),
            edited=bool(given["edited"]),
        )

    def _reasons(self, choice: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[str]:
        coverage = self.answer["coverage"]
        if choice["code"] == "keeps-coverage" or choice["loss"] < NOTHING:
            yield _("It keeps coverage if another firm or source is lost, or a limit asks for it.")
        else:
            figures = {
                "after": share(coverage, 1),
                "without": share(max(0.0, coverage - choice["loss"]), 1),
            }
            if choice["exact"]:
                yield _("Without it coverage falls from %(after)s to %(without)s.", **figures)
            else:
                yield _(
                    "Without it coverage falls from %(after)s to %(without)s or less.", **figures
                )
        yield from self._fed(choice)
        opened = STEPS[choice["step"]]
        yield _(opened)
        month, added = choice["added"][-1]
        if choice["first_added"] is None:
            return
        yield _(
            "It adds %(added)s by month %(month)s, the first in month %(first)s.",
            added=number(added),
            month=month,
            first=choice["first_added"],
        )
        beyond = added - given["quantity"]
        if beyond >= 1:
            yield _(
                "The order is for %(quantity)s; the %(beyond)s beyond it would cost %(cost)s more "
                "at the same price.",
                quantity=number(given["quantity"]),
                beyond=number(beyond),
                cost=dollars(round(beyond * given["unit_price"])),
            )

    def _fed(self, choice: Mapping[str, Any]) -> Iterator[str]:
        """Who takes what the contract's line makes, and what would not be finished without it."""
        takers = [self.lines[key] for key in choice.get("feeds", ())]
        if not takers:
            return
        names = [
            f"{one['product'][self.language]} ({one['firm'][self.language]})" for one in takers
        ]
        yield _("What it makes is an input of other lines: %(names)s.", names="; ".join(names))
        for need, month, units in choice["unlocks"]:
            yield _(
                "Without it %(units)s fewer of %(what)s come by month %(month)s.",
                units=number(round(units)),
                what=self.need_title(need),
                month=month,
            )

    @property
    def others(self) -> list[Chosen]:
        """Near alternatives, then what plain rules would sign."""
        near = [
            self._other(_("Near alternative %(number)s", number=place), one)
            for place, one in enumerate(self.answer["alternatives"], start=1)
        ]
        plain = [self._other(terms.said(RULES, one["name"]), one) for one in self.answer["rules"]]
        return near + plain

    def _other(self, title: str, one: Mapping[str, Any]) -> Chosen:
        return Chosen(
            title,
            share(one["coverage"], 1),
            dollars(round(one["cost"])),
            self.named(one["contracts"]) or [_("none")],
        )

    def named(self, keys: list[str]) -> list[str]:
        """Contracts by firm, quantity and term."""
        found = []
        for key in keys:
            given = self._contracts[key]
            figures = {
                "firm": self.lines[given["line"]]["firm"][self.language],
                "quantity": number(given["quantity"]),
                "term": given["term"],
            }
            if given["capital_share"]:
                found.append(
                    _("%(firm)s: %(quantity)s over %(term)s months, with the capital", **figures)
                )
            else:
                found.append(_("%(firm)s: %(quantity)s over %(term)s months", **figures))
        return found

    @property
    def relaxations(self) -> list[tuple[str, list[str]]]:
        """The least that each limit must give, and the contracts then."""
        found = []
        for one in self.answer["relaxations"]:
            text, amount = GIVES[one["limit"]], one["amount"]
            given = dollars(round(amount)) if one["limit"] == "budget" else share(amount, 1)
            found.append((_(text, amount=given), self.named(one["contracts"])))
        return found

    @property
    def kept(self) -> str | None:
        """What remains after the worst loss, where that was asked."""
        kept = self.answer["kept"]
        if kept is None:
            return None
        coverage = share(kept["coverage"], 1)
        if kept["about"] != "firm":
            return _(
                "After the worst loss of one firm or source %(coverage)s remains.",
                coverage=coverage,
            )
        names = {str(line["firm_id"]): line["firm"][self.language] for line in self.lines.values()}
        return _(
            "If the worst firm to lose, %(firm)s, stops, coverage is %(coverage)s.",
            firm=names.get(kept["key"], kept["key"]),
            coverage=coverage,
        )

    @property
    def limits(self) -> list[tuple[str, str]]:
        """The limits that were set, in words."""
        return limits_in_words(self.inputs["objective"], self.inputs["limits"])

    @property
    def last_dates(self) -> list[dict[str, Any]]:
        """What is missing of each need by the last of its dates."""
        last = {one["need"]: one for one in self.answer["dates"]}
        return [
            {"what": self.need_title(key), "missing": max(0.0, one["wanted"] - one["after"])}
            for key, one in last.items()
        ]

    @property
    def yearly(self) -> list[tuple[int, str]]:
        """What is due in each year."""
        return [(at, dollars(round(due))) for at, due in enumerate(self.answer["yearly"], start=1)]

    def need_title(self, key: str) -> str:
        """What is needed, by the place of the need."""
        need = self.needs[int(key)]
        title = f"{need['category']} {self._titles.get(need['category'], '')}".strip()
        if "scenario" not in need:
            return title
        scenario = self.inputs["scenarios"][need["scenario"]]["name"]
        return f"{title} ({scenario})"

    def unit_of(self, key: str) -> str:
        return terms.said(UNITS, self.needs[int(key)]["unit"])

    @property
    def needs_in_words(self) -> list[str]:
        """What is needed by when, and who says so."""
        return [
            _(
                "%(what)s: %(by)s. Priority %(priority)s. Source: %(source)s",
                what=self.need_title(str(place)),
                by="; ".join(
                    _(
                        "%(quantity)s %(unit)s by month %(month)s",
                        quantity=number(quantity),
                        unit=self.unit_of(str(place)),
                        month=int(month),
                    )
                    for month, quantity in need["by"]
                ),
                priority=need["priority"],
                source=need["source"],
            )
            for place, need in enumerate(self.needs)
        ]

    @property
    def line_rows(self) -> list[LineRow]:
        """Every line that entered, with the figures used, their date, evidence and source."""
        return [self._line_row(line) for line in self.lines.values()]

    def _line_row(self, line: Mapping[str, Any]) -> LineRow:
        source = line["source"][self.language] if line["source"] else _("not stated")
        as_of = line["source_as_of"]
        return LineRow(
            firm=line["firm"][self.language],
            firm_id=line["firm_id"],
            product=line["product"][self.language],
            category=line["category"],
            figures=figures_in_words(line["figures"], FIGURE_WORDS),
            inputs=[self._input(item) for item in line["inputs"]],
            stated_on=day_in_words(line["stated_on"]),
            evidence=terms.said(terms.EVIDENCE, line["evidence"]),
            source=f"{source} ({day_in_words(as_of)})" if as_of else source,
        )

    def _input(self, item: Mapping[str, Any]) -> str:
        """An input with the figures used: a registered supplier's lines in place of what is said.

        Results from before inputs were led to lines have no `from_lines`.
        """
        makers = [self.lines[key] for key in item.get("from_lines", ()) if key in self.lines]
        words = {name: text for name, text in INPUT_WORDS.items() if not makers or name in OWN}
        said = figures_in_words(item["figures"], words) or _("not stated")
        if makers:
            firms = sorted({one["firm"][self.language] for one in makers})
            said += "; " + _("made by %(names)s, whose lines count", names=", ".join(firms))
        return f"{item['name'][self.language]} ({terms.said(UNITS, item['unit'])}) – {said}"


def story_of(result: PlanResult, titles: Mapping[str, str]) -> Story:
    """What a kept result says; `titles` of categories in the reader's language."""
    return Story(result.inputs, result.answer, titles)


def limits_in_words(objective: str, given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The limits of a plan that are set, each with its name."""
    found = [
        (_(title), dollars(given[name]) if name == "budget" else share(given[name], 1))
        for name, title in LIMITS.items()
        if given[name] is not None and (name != "required" or objective == COST)
    ]
    if any(amount is not None for amount in given["yearly"]):
        found += [
            (_("Budget of year %(year)s", year=year), dollars(amount or 0))
            for year, amount in enumerate(given["yearly"], start=1)
        ]
    return found


def figures_in_words(figures: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """Stated figures with their names; one that is not named is not stated."""
    return "; ".join(
        _("%(name)s: %(value)s", name=_(words[name]), value=_figure(name, figures[name]))
        for name in words
        if name in figures
    )


def _figure(name: str, value: Any) -> str:
    if isinstance(value, str):
        return day_in_words(value)
    if name.endswith("_cad"):
        return dollars(value)
    if name == "committed_share":
        return share(value, 1)
    return number(value, 4)


def day_in_words(text: str | None) -> str:
    return date(dt.date.fromisoformat(text) if text else None)


def month_start(day: dt.date, months: int) -> dt.date:
    """The day so many months later; the first of the month where it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    try:
        return day.replace(year=day.year + year, month=month + 1)
    except ValueError:
        return dt.date(day.year + year, month + 1, 1)
