"""What the codes and figures of a result are called."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from registry.i18n import gettext as _
from registry.i18n import mark, mark_plural
from registry.portfolio.candidates import CAPITAL, RATED, SURGE
from registry.portfolio.forms import COST
from registry.web import date, dollars, exactly, share

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
    return exactly(Decimal(str(value)))  # a ratio of an input may be a ten-thousandth


def day_in_words(text: str | None) -> str:
    return date(dt.date.fromisoformat(text) if text else None)


def month_start(day: dt.date, months: int) -> dt.date:
    """The day so many months later; the first of the month where it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    try:
        return day.replace(year=day.year + year, month=month + 1)
    except ValueError:
        return dt.date(day.year + year, month + 1, 1)
