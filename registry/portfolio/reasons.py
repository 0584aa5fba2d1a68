"""Contracts, lines and needs of a result in the reader's words, and why each contract is signed."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from registry import terms
from registry.i18n import gettext as _
from registry.portfolio.told import Chosen, LineRow, SignedContract
from registry.portfolio.words import (
    FIGURE_WORDS,
    INPUT_WORDS,
    NOTHING,
    OPTIONS,
    OWN,
    RULES,
    STEPS,
    day_in_words,
    figures_in_words,
    month_start,
)
from registry.taxonomy.domains import UNITS
from registry.web import current_language, dollars, number, share


class Parts:
    """What a result is made of: needs, lines and contracts, in the language of the moment."""

    def __init__(
        self, inputs: Mapping[str, Any], answer: Mapping[str, Any], titles: Mapping[str, str]
    ):
        self.inputs, self.answer, self._titles = inputs, answer, titles
        self.language = current_language()
        self.lines = {line["key"]: line for line in inputs["lines"]}
        self._contracts = {one["key"]: one for one in inputs["contracts"]}
        self.needs = inputs["scenario"]["needs"]
        self.starts_on = dt.date.fromisoformat(inputs["starts_on"])

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
        names = [f"{one['firm'][self.language]}, {one['product'][self.language]}" for one in takers]
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
