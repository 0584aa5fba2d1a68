"""A result in the reader's words: the page, the briefing note and the workbook all tell this.

Made of what is kept with the result alone, so that a result signed off reads as it did then.
"""

from collections.abc import Mapping
from math import ceil
from typing import Any

from registry.i18n import gettext as _
from registry.i18n import ngettext
from registry.portfolio.forms import COST
from registry.portfolio.models import PlanResult
from registry.portfolio.reasons import Parts
from registry.portfolio.told import ScenarioRow
from registry.portfolio.words import GIVES, LEFT_OUT, NOTHING, limits_in_words
from registry.web import date, dollars, number, share


class Story(Parts):
    """What a result says, in the language of the moment."""

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
    def relaxations(self) -> list[tuple[str, list[str]]]:
        """The least that each limit must give, and the contracts then."""
        found = []
        for one in self.answer["relaxations"]:
            text, amount = GIVES[one["limit"]], one["amount"]
            given = dollars(round(amount)) if one["limit"] == "budget" else share(amount, 1)
            found.append((_(text, amount=given), self.named(one["contracts"])))
        if self.answer["outcome"] == "infeasible" and (stuck := self._not_enough_alone()):
            limits = "; ".join(f"{name} {value}" for name, value in stuck)
            found.append((_("Giving way here alone is not enough: %(limits)s.", limits=limits), []))
        return found

    def _not_enough_alone(self) -> list[tuple[str, str]]:
        """Limits that may give way as far as they like while the others hold it up."""
        given = {one["limit"] for one in self.answer["relaxations"]}
        left = {
            name: None if name in given else value for name, value in self.inputs["limits"].items()
        }
        if "budget" in given:
            left["yearly"] = []
        return limits_in_words(self.inputs["objective"], left)

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


def story_of(result: PlanResult, titles: Mapping[str, str]) -> Story:
    """What a kept result says; `titles` of categories in the reader's language."""
    return Story(result.inputs, result.answer, titles)
