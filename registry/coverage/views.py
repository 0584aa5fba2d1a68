"""Pages of output: a category over 36 months, and what a contract with one line would unlock."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from matching.capacity import Case, Step
from registry import terms
from registry.accounts.auth import ANYONE, actor_id, open_to
from registry.accounts.models import ADMINISTRATOR, AUDITOR, FIRM, OFFICIAL
from registry.capabilities.fields import Figure, Whole
from registry.capabilities.rules import MOST, MOST_CAD, MOST_MONTHS
from registry.coverage import chart, layers, words
from registry.coverage.asked import ROWS, SCENARIOS, Asked, read_asked
from registry.coverage.contracts import (
    Order,
    Unlocked,
    facts_of_line,
    unlocked_by,
    what_opens,
)
from registry.coverage.network import read_all, read_network
from registry.coverage.plan import EVERY, MONTHS, Plan
from registry.coverage.resilience import note_reading, read_resilience
from registry.coverage.service import (
    DATES,
    TOLD,
    FirmOutput,
    HeldBack,
    Output,
    Supply,
    output_of,
)
from registry.coverage.sums import safe_sums
from registry.coverage.supply_chain import note_reading as note_supply_chain
from registry.coverage.supply_chain import stopped_by, supply_chain_of
from registry.coverage.typed import Typed, read_typed
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
HELD_BACK_SHOWN = 6
LONGEST_LABEL = 26  # of a box in a graph
BY_EVIDENCE, BY_FIRM = "evidence", "firm"  # what the areas of the chart stand for


@pages.get(f"{LANGUAGE_PREFIX}/shortfalls/<code>/output")
@open_to(ANYONE)
def output(code: str) -> tuple[str, int]:
    """Canadian output of a category by month, against needs that the reader may enter."""
    category = get_category(db.session, code)
    typed, asked = read_asked(request.args)
    standing = my_standing()
    found = output_of(db.session, standing, code, Step.SURGE, today())
    readers = {one.line.firm_id: one.reader for one in (*found.reached, *found.seen)}
    reader = accountable(standing.role, readers, TOLD, readers=readers)
    if reader is Reader.VISITOR:  # or one whose view cannot be logged
        found = found.for_visitor()
    month, wanted = asked[0].last if asked else (MONTHS, None)
    by = BY_FIRM if request.args.get("by") == BY_FIRM else BY_EVIDENCE
    page = render_template(
        "coverage/output.html",
        category=category,
        domain=terms.said(DOMAINS, category.domain),
        unit=terms.said(UNITS, category.unit),
        output=found,
        typed=typed,
        asked=asked,
        rows=ROWS,
        other_faulty=any(name.startswith(SCENARIOS[1]) for name in typed.errors),
        month=month,
        dates=DATES,
        by=by,
        here=_here,
        sums=None if found.sees_all else safe_sums(db.session, reader, code, today()),
        figures=_figures(found, asked, by) if found.plan and found.lines else None,
        ranked=[_ranked(row, month) for row in found.ranked(month)],
        supplies=[_supply(one) for one in found.supplies(month)],
        banded=sorted(
            (one for one in found.seen if one.bands is not None),
            key=lambda one: found.firms[one.line.firm_id].name,
        ),
        held_back=[_held(one, found) for one in found.held_back(month, wanted)[:HELD_BACK_SHOWN]],
        assumptions=words.assumptions(found) if found.lines else [],
        left_out=words.left_out(found),
        contract_pages=may("coverage.contract"),
    )
    return page, 422 if typed.errors else 200


def _here(**changed: str) -> str:
    """This page's address with other choices in its query."""
    return url_for("coverage.output", **{**(request.view_args or {}), **request.args, **changed})


def _figures(found: Output, asked: list[Asked], by: str) -> dict[str, Any]:
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


def _ranked(row: FirmOutput, month: int) -> dict[str, Any]:
    """A firm with why it can add so much."""
    return {"row": row, "lines": [(line, words.why_adds(line, month)) for line in row.lines]}


def _supply(one: Supply) -> dict[str, Any]:
    language = current_language()
    line = one.facts.seen.line
    return {
        "line": line,
        "unit": terms.said(UNITS, line.unit),
        "units": one.units,
        "to": sorted({item.line.product_in(language) for item in one.items}),
    }


def _held(held: HeldBack, found: Output) -> dict[str, Any]:
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
    typed = read_typed(
        request.args,
        {
            "quantity": Figure(1, MOST, 3),
            "term": Whole(1, MOST_MONTHS),
            "price": Figure(0, MOST_CAD, 2),
        },
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


@pages.get(f"{LANGUAGE_PREFIX}/shortfalls/<code>/supply-chain")
@open_to(OFFICIAL, AUDITOR, ADMINISTRATOR)
def supply_chain(code: str) -> str:
    """Who supplies whom for a category, of the lines that the reader may know."""
    category = get_category(db.session, code)
    standing = my_standing()
    network = read_network(db.session, standing, code, today())
    found = supply_chain_of(network)
    asked = request.args.get("stops")
    supplier = found.supplier(asked) if asked else None
    every = read_all(db.session, standing, today()) if supplier else network
    readers = {one.seen.line.firm_id: one.seen.reader for one in every.facts.values()}
    if accountable(standing.role, readers, TOLD, readers=readers) is Reader.VISITOR:
        raise NotLogged
    if network.facts:
        note_supply_chain(db.session, actor_id(), network, supplier)
        db.session.commit()
    stopped = stopped_by(network, every, supplier) if supplier else None
    gone = {str(line.id) for line in stopped.lines} if stopped else set()
    return render_template(
        "coverage/supply_chain.html",
        category=category,
        unit=terms.said(UNITS, category.unit),
        found=found,
        drawing=layers.draw(list(found.nodes), [(link.giver, link.taker) for link in found.links]),
        stopped=stopped,
        is_stopped=lambda node: (
            (node.line is not None and str(node.line.id) in gone)
            or (supplier is not None and node.supplier.key == supplier.key)
        ),
        asked=asked,
        months=MONTHS,
        short=_short,
    )


def _short(text: str) -> str:
    """As much of a name as a box holds; its title holds all of it."""
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1].rstrip()}…"
