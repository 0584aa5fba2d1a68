"""One ranked firm in the words of a page: what of it its reader may see, with its reasons."""

from typing import Any, NamedTuple

from registry import terms
from registry.coverage.words import why_adds
from registry.i18n import gettext as _
from registry.i18n import in_language, language_spoken
from registry.matches.capacity import Capacity
from registry.matches.service import Row, freeze, mask
from registry.web import current_language, number_in

LEAST_POINTS = 0.05  # a reason that is rounded to nothing is not shown


class Reason(NamedTuple):
    """A feature in the reader's words; `met` is empty where no word or code stands behind it."""

    title: str
    met: str
    about: str
    points: str


def fit_reasons(match: dict[str, Any]) -> list[Reason]:
    """What a fit is made of, for a page: a page has hundreds of them."""
    language = language_spoken()
    return [
        Reason(
            in_language(part["title"], language),
            " · ".join(part["evidence"]),
            "" if part["evidence"] else in_language(part["about"], language),
            number_in(language, part["points"], 1),
        )
        for part in match["parts"]
        if abs(part["points"]) >= LEAST_POINTS
    ]


def fit_bars(match: dict[str, Any]) -> list[tuple[str, float, float]]:
    """(kind, where it begins, how long it is) of each kind of reason, in points of the fit."""
    bars, at = [], 0.0
    for kind in ("words", "record", "likeness"):
        points = sum(part["points"] for part in match["parts"] if part["kind"] == kind)
        bars.append((kind, round(at, 2), round(points, 2)))
        at += points
    return bars


def shown_row(row: Row, category: bool = False, capacity: Capacity | None = None) -> dict[str, Any]:
    """One firm as its reader may see it; `category` says that production lines answer the need."""
    match = mask(freeze(row.match), row.reader)
    if category and row.states_rate is False:
        match["missing"] = ["rate", *match["missing"]]
    line = row.lines[0].line if row.lines else None
    return {
        "firm": row.firm,
        "advice": terms.advice(match),
        "match": match,
        "gates": match["gates"],
        "unstated": terms.unstated_gates(match["gates"]),
        "headline": line.product_in(current_language()) if line else _best_offer(match),
        "rate": _rate(row),
        "evidence": _evidence(row),
        "adds": _adds(row, capacity) if capacity else None,
    }


def _adds(row: Row, capacity: Capacity) -> dict[str, Any]:
    """What the firm can add by the date, with why; `unknown` says why that cannot be told."""
    known = capacity.added.get(row.firm.id)
    if known is None:
        if all(line.rates is not None for line in row.lines):
            return {"unknown": _("not stated")}
        return {
            "unknown": _("need to know") if row.states_rate is not None else _("shown to officials")
        }
    lines = [
        (line.facts.seen.line.product_in(current_language()), why_adds(line, capacity.month))
        for line in known.lines
    ]
    return {"known": known, "lines": lines}


def _best_offer(match: dict[str, Any]) -> str | None:
    """The product or service whose name comes nearest, if one does at all."""
    quoted = (
        evidence
        for part in match["parts"]
        if part["feature"] == "offer_name"
        for evidence in part["evidence"]
    )
    return next(quoted, None)


def _rate(row: Row) -> list[str]:
    """What it makes now, in the existing plant and after investment, or the bands they are in."""
    if row.states_rate is None:
        return [_("shown to officials")]
    if not row.lines:
        return [_("not stated")]
    return row.lines[0].steps_in_words()


def _evidence(row: Row) -> str:
    if row.lines:
        line = row.lines[0].line
        return f"{terms.said(terms.EVIDENCE, line.evidence)}, {terms.month_of(line.stated_on)}"
    stated = row.firm.as_of
    return _("Described by its source, %(when)s", when=terms.month_of(stated))
