"""Pages of output: a category over 36 months, and what a contract with one line would unlock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, request
from marshmallow import ValidationError

from matching.capacity import Case, Step
from registry import terms
from registry.accounts.auth import ANYONE, actor_id, open_to
from registry.accounts.models import ADMINISTRATOR, AUDITOR, FIRM, OFFICIAL
from registry.capabilities.fields import Figure, Stated, Whole
from registry.capabilities.rules import MOST, MOST_CAD, MOST_MONTHS
from registry.coverage import chart, words
from registry.coverage.contracts import (
    Order,
    Unlocked,
    facts_of_line,
    unlocked_by,
    what_opens,
)
from registry.coverage.resilience import note_reading, read_resilience
from registry.coverage.service import (
    DATES,
    MONTHS,
    HeldBack,
    Need,
    Output,
    output_of,
)
from registry.coverage.sums import safe_sums
from registry.db import db, today
from registry.disclosures.service import NotLogged
from registry.disclosures.views import accountable
from registry.firms.service import find_firm
from registry.grants.auth import my_standing
from registry.i18n import gettext as _
from registry.taxonomy.domains import DOMAINS, UNITS
from registry.taxonomy.service import get_category
from registry.visibility.table import Field, Reader
from registry.web import LANGUAGE_PREFIX, current_language, may, number

pages = Blueprint("coverage", __name__)
TOLD = (Field.LINE_RATES, Field.LINE_BANDS, Field.LINE_COMMERCIAL, Field.LINE_INPUTS)
EVERY = 3  # months between two rows of the table beside the chart
HELD_BACK_SHOWN = 5


@dataclass(frozen=True)
class Typed:
    """What was typed into a form that is sent by its address, with what is wrong with it."""

    text: dict[str, str]
    values: dict[str, Any]
    errors: dict[str, str]


_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")


def _typed(fields: Mapping[str, Stated]) -> Typed:
    """What the address holds. On an English page 60,000 is read as the page writes it."""
    text = {name: request.args.get(name, "").replace("\0", "").strip() for name in fields}
    values: dict[str, Any] = dict.fromkeys(fields)
    errors = {}
    for name, field in fields.items():
        try:
            value = _GROUPED.sub("", text[name]) if current_language() == "en" else text[name]
            values[name] = field.deserialize(value)
        except ValidationError as error:
            errors[name] = " ".join(error.messages)
    return Typed(text, values, errors)


@pages.get(f"{LANGUAGE_PREFIX}/shortfalls/<code>/output")
@open_to(ANYONE)
def output(code: str) -> tuple[str, int]:
    """Canadian output of a category by month, against a need that the reader may enter."""
    category = get_category(db.session, code)
    typed = _typed({"quantity": Figure(1, MOST, 3), "month": Whole(1, MONTHS)})
    need = _need(typed)
    standing = my_standing()
    found = output_of(db.session, standing, code, Step.SURGE, today())
    readers = {one.line.firm_id: one.reader for one in found.seen}
    reader = accountable(standing.role, readers, TOLD, readers=readers)
    if reader is Reader.VISITOR:  # or one whose view cannot be logged
        found = found.for_visitor()
    month = need.month if need else MONTHS
    page = render_template(
        "coverage/output.html",
        category=category,
        domain=terms.said(DOMAINS, category.domain),
        unit=terms.said(UNITS, category.unit),
        output=found,
        typed=typed,
        need=need,
        month=month,
        dates=DATES,
        sums=None if found.sees_all else safe_sums(db.session, reader, code, today()),
        figures=_figures(found, need) if found.lines else None,
        ranked=found.ranked(month),
        banded=sorted(
            (one for one in found.seen if one.bands is not None),
            key=lambda one: found.firms[one.line.firm_id].name,
        ),
        held_back=[_binding(one) for one in found.held_back(month)[:HELD_BACK_SHOWN]],
        assumptions=words.assumptions(found.lines) if found.lines else [],
        left_out=words.left_out(found),
        contract_pages=may("coverage.contract"),
    )
    return page, 422 if typed.errors else 200


def _need(typed: Typed) -> Need | None:
    """The need that was entered; a quantity without a date, or the reverse, is an error."""
    quantity, month = typed.values["quantity"], typed.values["month"]
    if typed.errors or (quantity is None and month is None):
        return None
    if quantity is None:
        typed.errors["quantity"] = _("Write how many are needed, such as 60000.")
    elif month is None:
        typed.errors["month"] = _("Write by which month, from 1 to %(most)s.", most=MONTHS)
    else:
        return Need(float(quantity), month)
    return None


def _figures(found: Output, need: Need | None) -> dict[str, Any]:
    """The sums by month, drawn and as rows."""
    low, base, high, now = (
        found.total(lambda line, name=name: getattr(line, name))  # type: ignore[misc]
        for name in ("low", "base", "high", "now")
    )
    levels = found.by_evidence()
    strokes = [
        chart.Series("band", _("high"), high),
        chart.Series("base", _("likely"), base),
        chart.Series("band", _("low"), low),
        chart.Series("now", _("nothing signed"), now),
    ]
    wanted = need.wanted() if need else None
    if wanted is not None:
        strokes.append(chart.Series("need", _("need"), wanted))
    areas = [
        chart.Series(words.EVIDENCE_CSS[level], terms.said(terms.EVIDENCE, level), units)
        for level, units in levels
    ]
    shown = sorted({*range(EVERY, MONTHS + 1, EVERY), *DATES})
    return {
        "low": low, "base": base, "high": high, "now": now, "wanted": wanted,
        "drawing": chart.draw(areas, strokes),
        "areas": areas,
        "months": shown,
    }  # fmt: skip


def _binding(held: HeldBack) -> dict[str, Any]:
    language = current_language()
    line = held.output.facts.seen.line
    return {
        "item": held.item.name_in(language),
        "product": line.product_in(language),
        "firm_id": line.firm_id,
        "since": held.since,
        "lost": number(held.lost),
        "gain": number(held.gain, 1),
        "sole": held.item.sourcing == "sole",
    }


@pages.get(f"{LANGUAGE_PREFIX}/firms/<int:firm_id>/lines/<int:line_id>/contract")
@open_to(FIRM, OFFICIAL, AUDITOR, ADMINISTRATOR)
def contract(firm_id: int, line_id: int) -> tuple[str, int]:
    """Which steps an order of a line would open, what it adds and what that costs."""
    standing = my_standing()
    seen, facts, fault = facts_of_line(db.session, standing, firm_id, line_id, today())
    if seen.rates is None:
        abort(403)
    reader = accountable(seen.reader, [firm_id], TOLD, readers={firm_id: seen.reader})
    if reader is Reader.VISITOR:
        raise NotLogged
    firm = find_firm(db.session, firm_id)
    typed = _typed(
        {
            "quantity": Figure(1, MOST, 3),
            "term": Whole(1, MOST_MONTHS),
            "price": Figure(0, MOST_CAD, 2),
        }
    )
    order = _order(typed) if facts else None
    unlocked = unlocked_by(facts, order) if facts and order else None
    page = render_template(
        "coverage/contract.html",
        firm=firm,
        line=seen.line,
        unit=terms.said(UNITS, seen.line.unit),
        fault=words.wrong(fault) if fault else None,
        hints=[words.opens(unlock) for unlock in what_opens(facts)] if facts else [],
        price_hint=words.stated_price(seen.line),
        typed=typed,
        order=order,
        unlocked=unlocked,
        effect=unlocked.effects[Case.BASE] if unlocked else None,
        opened=words.opened(unlocked.effects[Case.BASE].step, order)
        if unlocked and order
        else None,
        ranges=_ranges(unlocked) if unlocked else [],
        dates=DATES,
        drawing=_before_and_after(unlocked) if unlocked else None,
        gaps=words.gaps(unlocked.effects[Case.BASE].assumptions) if unlocked else [],
    )
    return page, 422 if typed.errors else 200


def _order(typed: Typed) -> Order | None:
    """The order that was entered; a quantity without a term, or the reverse, is an error."""
    quantity, term, price = (typed.values[name] for name in ("quantity", "term", "price"))
    if typed.errors or not any(typed.text.values()):
        return None
    if quantity is None:
        typed.errors["quantity"] = _("Write how many would be ordered, such as 60000.")
    if term is None:
        typed.errors["term"] = _("Write over how many months, such as 36.")
    if typed.errors:
        return None
    return Order(float(quantity), term, None if price is None else float(price))


def _ranges(unlocked: Unlocked) -> list[tuple[float, float]]:
    """The least and the most that is added by each date."""
    added = [dict(effect.added) for effect in unlocked.effects.values()]
    return [(min(of[at] for of in added), max(of[at] for of in added)) for at in DATES]


def _before_and_after(unlocked: Unlocked) -> chart.Drawing:
    more = chart.Series("a2", _("added"), unlocked.after - unlocked.before)
    return chart.draw(
        [chart.Series("a3", "", unlocked.before), more],
        [
            chart.Series("band", _("high"), unlocked.high),
            chart.Series("base", _("with it"), unlocked.after),
            chart.Series("band", _("low"), unlocked.low),
            chart.Series("now", _("without it"), unlocked.before),
        ],
    )


@pages.get(f"{LANGUAGE_PREFIX}/resilience")
@open_to(OFFICIAL, AUDITOR, ADMINISTRATOR)
def resilience() -> str:
    """Single and sole sources by input, of the lines that the reader may see."""
    standing = my_standing()
    found = read_resilience(db.session, standing)
    readers = {one.line.firm_id: one.reader for one in found.seen}
    reader = accountable(standing.role, readers, (Field.LINE_INPUTS,), readers=readers)
    if reader is Reader.VISITOR:
        raise NotLogged
    if found.seen:
        note_reading(db.session, actor_id(), found)
        db.session.commit()
    return render_template("coverage/resilience.html", found=found)
