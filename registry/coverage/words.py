"""What the planner's codes are called; worded where they are shown."""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from math import isfinite

from matching.capacity import Assumption, Case, Opening, Range, Step, Unlock, curve
from registry.capabilities.models import ProductionLine
from registry.coverage.contracts import Order
from registry.coverage.lines import Facts
from registry.coverage.plan import MONTHS, balanced_every
from registry.coverage.service import NOTABLE, LineOutput, Output
from registry.i18n import gettext as _
from registry.i18n import mark, mark_plural, ngettext
from registry.web import current_language, dollars, number
from registry.web import date as long_date

EVIDENCE_CSS = {
    "delivered": "a0",
    "site-verified": "a1",
    "documented": "a2",
    "declared": "a3",
}
OPENED = {
    Step.CURRENT: mark("An order of %(quantity)s over %(term)s months opens nothing."),
    Step.RATED: mark("An order of %(quantity)s over %(term)s months opens the existing plant."),
    Step.SURGE: mark(
        "An order of %(quantity)s over %(term)s months opens the existing plant and the investment."
    ),
}
STEPS = {Step.RATED: mark("the existing plant"), Step.SURGE: mark("the investment")}
CONTRADICTORY = mark("its figures contradict one another")
WRONG = {
    "steps-out-of-order": mark("a later step makes less, or comes sooner, than the one before it"),
    "range-out-of-order": mark("a low figure is above a high one"),
    "not-a-quantity": mark("a figure is not a quantity"),
    "evidence-unknown": mark("its level of evidence is unknown"),
}
# How the likely case reads what lines do not state: code -> (singular, plural).
NOT_STATED = {
    "current-not-stated": mark_plural(
        "%(num)s line does not state its rate now and counts for nothing.",
        "%(num)s lines do not state their rate now and count for nothing.",
    ),
    "committed-not-stated": mark_plural(
        "%(num)s line does not state what is sold already: all of its rate now counts as sold.",
        "%(num)s lines do not state what is sold already: all of their rate now counts as sold.",
    ),
    "committed-until-not-stated": mark_plural(
        "%(num)s line does not state until when it is sold: it counts as sold throughout.",
        "%(num)s lines do not state until when they are sold: they count as sold throughout.",
    ),
    "rated-not-stated": mark_plural(
        "%(num)s line does not state the rate of its existing plant: its rate stays as it is.",
        "%(num)s lines do not state the rate of their existing plant: their rate stays as it is.",
    ),
    "to-rated-not-stated": mark_plural(
        "%(num)s line does not state the months to that rate: its rate stays as it is.",
        "%(num)s lines do not state the months to that rate: their rate stays as it is.",
    ),
    "surge-not-stated": mark_plural(
        "%(num)s line states no rate after investment: it goes no further than its existing plant.",
        "%(num)s lines state no rate after investment: "
        "they go no further than their existing plant.",
    ),
    "to-surge-not-stated": mark_plural(
        "%(num)s line does not state the months to its investment, which is left out.",
        "%(num)s lines do not state the months to their investment, which is left out.",
    ),
}


def wrong(code: str) -> str:
    """Why a line was left out."""
    return _(WRONG.get(code, CONTRADICTORY))


def assumptions(output: Output) -> list[str]:
    """What the likely case rests on, in sentences."""
    network = output.network
    every = list(network.facts.values()) if network else []
    return [
        _(
            "Likely: rates rise in straight lines from now to the full rate of the existing plant, "
            "and on to the rate after investment; then they stay. Low: a rate rises only once the "
            "stated months have passed, and an input counts only as far as its supply is stated."
        ),
        _("What is sold already is taken off until it ends. Months are counted from today."),
        _("A line counts for its own category alone, not for others that it could turn to."),
        _(
            "Each line and each input is counted once. An input that a line says it gets from a "
            "firm of the registry comes from that firm’s own lines of the same category, as far as "
            "you may see their figures, and all that they have not sold counts as free for it; "
            "else what the line’s firm states of its supplier counts."
        ),
        *_balanced(every),
        *_unfinished(output),
        *_not_stated(every),
        *_unsure(every),
    ]


def _balanced(lines: list[Facts]) -> Iterator[str]:
    every = balanced_every(len(lines))
    if every > 1:
        yield _(
            "With so many lines inputs are balanced every %(every)s months: within them an input "
            "may count a little before it comes.",
            every=every,
        )


def _unfinished(output: Output) -> Iterator[str]:
    """Lines of the category that others of it build on: what is left of theirs counts as it is."""
    if output.network is None:
        return
    taken = {
        giver
        for key in output.network.makers
        for item in output.network.facts[key].seen.line.inputs
        for giver in output.network.givers.get(item.id, ())
    }
    for line in output.lines:
        if line.facts.line.key in taken and line.counted[MONTHS] >= 1:
            yield _(
                "%(product)s is also an input of other lines of this category; what those do not "
                "take up counts by itself, %(units)s by month %(month)s.",
                product=line.facts.seen.line.product_in(current_language()),
                units=number(line.counted[MONTHS]),
                month=MONTHS,
            )


def why_adds(line: LineOutput, month: int) -> list[str]:
    """Why a line can add what it can, in sentences: its steps, what is sold, what holds it back."""
    facts = line.facts
    row = facts.seen.line
    found = [_steps(row)]
    if facts.line.committed is not None and facts.line.committed.base > 0:
        sold = number(facts.line.committed.base, 1)
        found.append(
            _(
                "%(sold)s a month are sold until %(day)s.",
                sold=sold,
                day=long_date(row.committed_until),
            )
            if row.committed_until
            else _("%(sold)s a month are sold.", sold=sold)
        )
    if held := line.held_by(month):
        item, since = held
        found.append(
            _(
                "With its inputs to itself it delivers %(base)s by month %(month)s; %(item)s holds "
                "it back from month %(since)s on.",
                base=number(line.base[month]),
                month=month,
                item=item.name_in(current_language()),
                since=since,
            )
        )
    else:
        found.append(
            _(
                "It delivers %(base)s by month %(month)s; its own rate sets the pace.",
                base=number(line.base[month]),
                month=month,
            )
        )
    if line.base[month] - line.counted[month] >= max(1.0, NOTABLE * line.base[month]):
        found.append(
            _(
                "In the sum it counts for %(counted)s: inputs that others need too, or its own "
                "output where another line takes it up, are counted once.",
                counted=number(line.counted[month]),
            )
        )
    return found


def _steps(row: ProductionLine) -> str:
    now, rated, surge = (
        number(figure, 2)
        for figure in (
            row.current_rate_per_month,
            row.rated_rate_per_month,
            row.surge_rate_per_month,
        )
    )
    return _(
        "A month: %(now)s now, %(rated)s in the existing plant (after %(first)s months), %(surge)s "
        "after investment (after %(second)s months).",
        now=now,
        rated=rated,
        first=_months(row.months_to_rated),
        surge=surge,
        second=_months(row.months_to_surge),
    )


def _months(figure: Decimal | None) -> str:
    return "?" if figure is None else number(figure, 1)


def _not_stated(lines: list[Facts]) -> Iterator[str]:
    found = Counter(
        gap.code
        for facts in lines
        for gap in curve(facts.line, Opening.of(Step.SURGE), Case.BASE, MONTHS).assumptions
    )
    for code, words in NOT_STATED.items():
        if found[code]:
            yield ngettext(*words, found[code])


def _unsure(lines: list[Facts]) -> Iterator[str]:
    language = current_language()
    names = sorted({item.name_in(language) for facts in lines for item in facts.unsure})
    if names:
        yield _(
            "The supply of these inputs is not stated in full, and they are taken to come as "
            "needed: %(names)s.",
            names=", ".join(names),
        )


def left_out(output: Output) -> list[str]:
    """The lines that could not be reckoned with, each with why."""
    language = current_language()
    return [
        _(
            "%(product)s (%(firm)s) is left out: %(why)s.",
            product=one.seen.line.product_in(language),
            firm=output.firms[one.seen.line.firm_id].name_in(language),
            why=wrong(one.code),
        )
        for one in output.left_out
    ]


def gaps(found: Iterable[Assumption]) -> list[str]:
    """What one line does not state, and how the likely case reads it."""
    return [ngettext(*NOT_STATED[gap.code], 1) for gap in found if gap.code in NOT_STATED]


def opened(step: Step, order: Order) -> str:
    """Which steps an order opens."""
    return _(OPENED[step], quantity=number(order.quantity), term=number(order.term))


def opens(unlock: Unlock) -> str:
    """What opens a step and what it adds: a hint that teaches."""
    return " ".join(part for part in (_opening(unlock), _adding(unlock), _costing(unlock)) if part)


def _opening(unlock: Unlock) -> str:
    step, trigger = _(STEPS[unlock.step]), unlock.trigger
    if trigger is None and unlock.step is Step.RATED:
        return _("Any order opens %(step)s: no smallest one is stated.", step=step)
    if trigger is None or not isfinite(trigger.order):
        return _("Which order opens %(step)s is not stated.", step=step)
    if not trigger.term:
        return _("%(order)s opens %(step)s.", order=number(trigger.order), step=step)
    return _(
        "%(order)s over %(term)s months opens %(step)s.",
        order=number(trigger.order),
        term=number(trigger.term, 1),
        step=step,
    )


def _adding(unlock: Unlock) -> str:
    if unlock.adds_per_month is None:
        return _("What it adds is not stated.")
    adds = number(unlock.adds_per_month, 1)
    if unlock.months is None:
        return _("It adds %(adds)s a month; from when is not stated.", adds=adds)
    return _(
        "It adds %(adds)s a month, in full after %(months)s months.",
        adds=adds,
        months=number(unlock.months, 1),
    )


def _costing(unlock: Unlock) -> str:
    capital = unlock.trigger.capital if unlock.trigger else None
    if capital is None:
        return _("The capital is not stated.") if unlock.step is Step.SURGE else ""
    return _("The capital is %(capital)s.", capital=_amounts(capital))


def _amounts(cost: Range) -> str:
    """From the least to the most; of a cost the low case has the most."""
    if cost.low == cost.high:
        return dollars(cost.low)
    return _("%(least)s to %(most)s", least=dollars(cost.high), most=dollars(cost.low))


def stated_price(line: ProductionLine) -> str:
    """What to write as a price, with what the firm states for a unit."""
    asked = _("For all of it, in dollars. Leave it blank if you do not know.")
    stated = [x for x in (line.unit_price_low_cad, line.unit_price_high_cad) if x is not None]
    if not stated:
        return asked
    price = _amounts(Range(float(max(stated)), float(min(stated)), float(min(stated))))
    return f"{asked} " + _("The firm states %(price)s for one.", price=price)
