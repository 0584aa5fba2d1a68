"""What the planner's codes are called; worded where they are shown."""

from collections import Counter
from collections.abc import Iterator

from matching.capacity import Case, Opening, Step, curve
from registry.coverage.service import MONTHS, LineOutput, Output
from registry.i18n import gettext as _
from registry.i18n import mark, mark_plural, ngettext
from registry.web import current_language

EVIDENCE_CSS = {
    "delivered": "a0",
    "site-verified": "a1",
    "documented": "a2",
    "declared": "a3",
}
STEPS = {
    Step.CURRENT: mark("nothing more"),
    Step.RATED: mark("the existing plant"),
    Step.SURGE: mark("the existing plant and the investment"),
}
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
    return _(WRONG.get(code, mark("its figures contradict one another")))


def assumptions(lines: list[LineOutput]) -> list[str]:
    """What the likely case rests on, in sentences."""
    return [
        _(
            "Likely: rates rise in straight lines from now to the full rate of the existing plant, "
            "and on to the rate after investment; then they stay. Low: a rate rises only once the "
            "stated months have passed, and an input counts only as far as its supply is stated."
        ),
        _("What is sold already is taken off until it ends. Months are counted from today."),
        _("A line counts for its own category alone, not for others that it could turn to."),
        *_not_stated(lines),
        *_unsure(lines),
    ]


def _not_stated(lines: list[LineOutput]) -> Iterator[str]:
    found = Counter(
        gap.code
        for line in lines
        for gap in curve(line.facts.line, Opening.of(Step.SURGE), Case.BASE, MONTHS).assumptions
    )
    for code, words in NOT_STATED.items():
        if found[code]:
            yield ngettext(*words, found[code])


def _unsure(lines: list[LineOutput]) -> Iterator[str]:
    language = current_language()
    names = sorted({item.name_in(language) for line in lines for item in line.facts.unsure})
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
