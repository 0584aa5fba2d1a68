"""Pages of output: a category over 36 months, and what a contract with one line would unlock."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask_security import current_user

from matching.capacity import Case, Step
from registry import terms
from registry.accounts.auth import ANYONE, actor_id, open_to
from registry.accounts.models import ADMINISTRATOR, AUDITOR, FIRM, OFFICIAL
from registry.capabilities.fields import Figure, Whole
from registry.capabilities.rules import MOST, MOST_CAD, MOST_MONTHS
from registry.coverage import layers, words
from registry.coverage.asked import ROWS, SCENARIOS, read_asked
from registry.coverage.contracts import (
    Order,
    facts_of_line,
    unlocked_by,
    what_opens,
)
from registry.coverage.network import read_all, read_network
from registry.coverage.own import own_lines
from registry.coverage.plan import MONTHS
from registry.coverage.resilience import note_reading, read_resilience
from registry.coverage.service import (
    DATES,
    TOLD,
    output_of,
)
from registry.coverage.showing import (
    BY_EVIDENCE,
    BY_FIRM,
    before_and_after,
    figures_of,
    ranges_of,
    shortened,
    shown_bound,
    shown_firm,
    shown_line,
    shown_supply,
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
from registry.needs.models import OfficeNeed
from registry.needs.service import needs_of_category
from registry.taxonomy.domains import DOMAINS, UNITS
from registry.taxonomy.service import get_category
from registry.visibility.table import Field, Reader
from registry.web import LANGUAGE_PREFIX, may

pages = Blueprint("coverage", __name__)
HELD_BACK_SHOWN = 6


@pages.get(f"{LANGUAGE_PREFIX}/shortfalls/<code>/output")
@open_to(ANYONE)
def output(code: str) -> tuple[str, int]:
    """Canadian output of a category by month, against needs that the reader may enter."""
    category = get_category(db.session, code)
    typed, asked = read_asked(request.args)
    standing = my_standing()
    found = output_of(db.session, standing, code, Step.SURGE, today())
    readers = {one.line.firm_id: one.reader for one in (*found.seen, *found.reached)}
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
        here=_here(code, typed),
        sums=None if found.sees_all else safe_sums(db.session, reader, code, today()),
        figures=figures_of(found, asked, by) if found.plan and found.lines else None,
        ranked=[shown_firm(row, month) for row in found.ranked(month)],
        supplies=[shown_supply(one) for one in found.supplies(month)],
        banded=sorted(
            (one for one in found.seen if one.bands is not None),
            key=lambda one: found.firms[one.line.firm_id].name,
        ),
        held_back=[
            shown_bound(one, found) for one in found.held_back(month, wanted)[:HELD_BACK_SHOWN]
        ],
        assumptions=words.assumptions(found) if found.lines else [],
        left_out=words.left_out(found),
        contract_pages=may("coverage.contract"),
        own_needs=_own_needs(code),
    )
    return page, 422 if typed.errors else 200


def _own_needs(code: str) -> list[OfficeNeed]:
    """What the reader's office needs of the category, by when."""
    if not may("needs.listed"):
        return []
    return needs_of_category(db.session, current_user, code)


def _here(code: str, typed: Typed) -> Callable[[str], str]:
    """The page's address with what was typed, the areas of its chart standing for something else.

    Nothing else of the query is taken along: some names mean something to `url_for`.
    """
    kept: dict[str, Any] = {name: text for name, text in typed.text.items() if text}
    return lambda by: url_for("coverage.output", code=code, by=by, **kept)


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
            "start": Whole(0, MONTHS),
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
        ranges=ranges_of(unlocked) if unlocked else [],
        dates=DATES,
        drawing=before_and_after(unlocked) if unlocked else None,
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
    start = typed.values["start"] or 0
    return Order(float(quantity), term, None if price is None else float(price), start)


@pages.get(f"{LANGUAGE_PREFIX}/firms/<int:firm_id>/capacity")
@open_to(FIRM)
def own(firm_id: int) -> str:
    """A firm's own lines, for those who act for it: how far they get and what holds them back."""
    standing = my_standing()
    if firm_id not in standing.firms:
        abort(403)
    lines, left_out = own_lines(db.session, standing, firm_id, today())
    return render_template(
        "coverage/own.html",
        firm=find_firm(db.session, firm_id),
        lines=[shown_line(line) for line in lines],
        left_out=[(one.seen.line, words.wrong(one.code)) for one in left_out],
        dates=DATES,
    )


@pages.get(f"{LANGUAGE_PREFIX}/resilience")
@open_to(OFFICIAL, AUDITOR, ADMINISTRATOR)
def resilience() -> str:
    """Single and sole sources by input, of the lines that the reader may see."""
    standing = my_standing()
    found = read_resilience(db.session, standing)
    readers = {one.line.firm_id: one.reader for one in found.seen}
    fields = (Field.LINE_INPUTS, Field.LINE_RATES)
    reader = accountable(standing.role, readers, fields, readers=readers)
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
    stopped = None
    told = {one.seen.line.firm_id: one.seen.reader for one in network.facts.values()}
    if supplier:
        every = read_all(db.session, standing, today())
        stopped = stopped_by(network, every, supplier)
        readers = {one.seen.line.id: one.seen.reader for one in every.facts.values()}
        told |= {line.firm_id: readers[line.id] for line in stopped.lines}
    if accountable(standing.role, told, TOLD, readers=told) is Reader.VISITOR:
        raise NotLogged
    if network.facts:
        note_supply_chain(db.session, actor_id(), network, supplier)
        db.session.commit()
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
        short=shortened,
    )
