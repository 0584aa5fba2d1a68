"""Output, limits and contracts as pages show them: drawn, in rows, and in the reader's words."""

from typing import Any

from matching.capacity import Case, Opening, Step, curve
from registry import terms
from registry.capabilities.words import UNLOCK
from registry.coverage import chart, words
from registry.coverage.asked import Asked
from registry.coverage.contracts import Unlocked
from registry.coverage.own import OwnLine, Pace
from registry.coverage.plan import EVERY, MONTHS, Floats, Plan
from registry.coverage.service import DATES, FirmOutput, HeldBack, Output, Supply
from registry.i18n import gettext as _
from registry.taxonomy.domains import UNITS
from registry.web import current_language, number

BY_EVIDENCE, BY_FIRM = "evidence", "firm"  # what the areas of the chart stand for
LONGEST_LABEL = 26  # of a box in a graph


def figures_of(found: Output, asked: list[Asked], by: str) -> dict[str, Any]:
    """The sums by month, drawn and as rows."""
    plan = found.plan
    assert plan is not None
    strokes = [
        chart.Series("band", _("high"), plan.high),
        chart.Series("base", _("likely"), plan.base),
        chart.Series("band", _("low"), plan.low),
        chart.Series("now", _("nothing signed"), plan.now),
    ]
    wanted = [need.wanted() for need in asked]
    for css, title, units in zip(("need", "need other"), _need_titles(asked), wanted, strict=False):
        strokes.append(chart.Series(css, title, units))
    areas = _by_firm(found) if by == BY_FIRM else _by_evidence(found)
    shown = sorted({*range(EVERY, MONTHS + 1, EVERY), *DATES})
    return {
        "plan": plan,
        "wanted": wanted,
        "drawing": chart.draw(areas, strokes),
        "areas": areas,
        "months": shown,
        "gaps": [_gap_rows(plan, need) for need in asked],
    }


def _need_titles(asked: list[Asked]) -> list[str]:
    return [_("need")] if len(asked) == 1 else [_("need A"), _("need B")]


def _by_evidence(found: Output) -> list[chart.Series]:
    return [
        chart.Series(words.EVIDENCE_CSS[level], terms.said(terms.EVIDENCE, level), units)
        for level, units in found.by_evidence()
    ]


def _by_firm(found: Output) -> list[chart.Series]:
    language = current_language()
    return [
        chart.Series(f"a{place}", firm.name_in(language) if firm else _("other firms"), units)
        for place, (firm, units) in enumerate(found.by_firm(), start=1)
    ]


def _gap_rows(plan: Plan, need: Asked) -> list[dict[str, Any]]:
    """What is wanted, delivered and missing at each date of a need and each of DATES."""
    wanted = need.wanted()
    months = sorted({*(month for month, _units in need.by), *DATES})
    return [
        {
            "month": month,
            "wanted": float(wanted[month]),
            "low": float(plan.low[month]),
            "base": float(plan.base[month]),
            "high": float(plan.high[month]),
            "missing": max(0.0, float(wanted[month] - plan.base[month])),
        }
        for month in months
    ]


def shown_firm(row: FirmOutput, month: int) -> dict[str, Any]:
    """A firm with why it can add so much."""
    return {"row": row, "lines": [(line, words.why_adds(line, month)) for line in row.lines]}


def shown_supply(one: Supply) -> dict[str, Any]:
    language = current_language()
    line = one.facts.seen.line
    return {
        "line": line,
        "unit": terms.said(UNITS, line.unit),
        "units": one.units,
        "to": sorted({item.line.product_in(language) for item in one.items}),
    }


def shown_bound(held: HeldBack, found: Output) -> dict[str, Any]:
    """What sets the pace, with what one more of it is worth."""
    language = current_language()
    line = held.facts.seen.line
    return {
        "title": held.item.name_in(language) if held.item else line.product_in(language),
        "input": held.item is not None,
        "firm": found.firms[line.firm_id],
        "product": line.product_in(language),
        "bound": held.bound,
        "gain": number(held.bound.a_month, 1),
        "share": number(held.bound.share / 10),
        "sole": held.item is not None and held.item.sourcing == "sole",
    }


def shown_line(line: OwnLine) -> dict[str, Any]:
    """A firm's own line: its curves, what sets its pace, what would unlock more."""
    row = line.seen.line
    kinds = [terms.said(UNLOCK, kind) for kind in row.unlock_kinds or ()]
    return {
        "line": line,
        "row": row,
        "unit": terms.said(UNITS, row.unit),
        "drawing": _own_drawing(line) if line.states_rate else None,
        "paces": [(pace, _pace_title(pace)) for pace in line.paces],
        "opens": [words.opens(unlock) for unlock in line.opens],
        "kinds": kinds,
        "unlock": row.unlock_in(current_language()),
        "gaps": words.gaps(
            curve(line.facts.line, Opening.of(Step.SURGE), Case.BASE, MONTHS).assumptions
        ),
        "unsure": [item.name_in(current_language()) for item in line.facts.unsure],
    }


def _pace_title(pace: Pace) -> str:
    return pace.item.name_in(current_language()) if pace.item else _("the line’s own rate")


def _own_drawing(line: OwnLine) -> chart.Drawing:
    likely, nothing = (_("likely"), line.base), (_("nothing signed"), line.now)
    return _grown(nothing, likely, line.low, line.high)


def before_and_after(unlocked: Unlocked) -> chart.Drawing:
    before, after = (_("without it"), unlocked.before), (_("with it"), unlocked.after)
    return _grown(before, after, unlocked.low, unlocked.high)


def _grown(
    before: tuple[str, Floats], after: tuple[str, Floats], low: Floats, high: Floats
) -> chart.Drawing:
    """What there is, what comes on top and within which band; the two lines with their names."""
    return chart.draw(
        [chart.Series("a3", "", before[1]), chart.Series("a2", _("added"), after[1] - before[1])],
        [
            chart.Series("band", _("high"), high),
            chart.Series("base", *after),
            chart.Series("band", _("low"), low),
            chart.Series("now", *before),
        ],
    )


def ranges_of(unlocked: Unlocked) -> list[tuple[float, float]]:
    """The least and the most that is added by each date."""
    added = [dict(effect.added) for effect in unlocked.effects.values()]
    return [(min(of[at] for of in added), max(of[at] for of in added)) for at in DATES]


def shortened(text: str) -> str:
    """As much of a name as a box holds; its title holds all of it."""
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1].rstrip()}…"
