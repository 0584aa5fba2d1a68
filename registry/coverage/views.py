"""Pages of output: a category over 36 months, and what a contract with one line would unlock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from marshmallow import ValidationError

from matching.capacity import Step
from registry import terms
from registry.accounts.auth import ANYONE, open_to
from registry.capabilities.fields import Figure, Stated, Whole
from registry.capabilities.rules import MOST
from registry.coverage import chart, words
from registry.coverage.service import (
    DATES,
    MONTHS,
    HeldBack,
    Need,
    Output,
    output_of,
    safe_sums,
)
from registry.db import db, today
from registry.disclosures.views import accountable
from registry.grants.auth import my_standing
from registry.i18n import gettext as _
from registry.taxonomy.domains import DOMAINS, UNITS
from registry.taxonomy.service import get_category
from registry.visibility.table import Field, Reader
from registry.web import LANGUAGE_PREFIX, current_language, number

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


def _typed(fields: Mapping[str, Stated]) -> Typed:
    text = {name: request.args.get(name, "").replace("\0", "").strip() for name in fields}
    values: dict[str, Any] = dict.fromkeys(fields)
    errors = {}
    for name, field in fields.items():
        try:
            values[name] = field.deserialize(text[name])
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
