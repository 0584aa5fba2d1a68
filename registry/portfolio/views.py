"""Plans: whose there are, and what each asks."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry import terms
from registry.accounts.auth import me, open_to
from registry.db import db, today
from registry.i18n import gettext as _
from registry.portfolio import (
    contract_views,  # noqa: F401
    file_views,  # noqa: F401
    forms,
    result_views,  # noqa: F401
    service,
    sharing_views,  # noqa: F401
    workbench_views,  # noqa: F401
)
from registry.portfolio.blueprint import PLANNERS, READERS, pages, reads_as, seen_version, written
from registry.portfolio.models import Plan
from registry.taxonomy.domains import DOMAINS, UNITS
from registry.taxonomy.service import list_categories
from registry.web import LANGUAGE_PREFIX, current_language


@pages.get(f"{LANGUAGE_PREFIX}/plans")
@open_to(*READERS)
def plans() -> str:
    """The person's plans and those shared with them; everyone's for those who oversee."""
    found = service.list_plans(db.session, reads_as())
    return render_template(
        "portfolio/plans.html",
        plans=found,
        signed_off=service.signed_off_counts(db.session, found),
        everyone=any(one.owner_id != me() for one in found),
    )


@pages.get(f"{LANGUAGE_PREFIX}/plans/new")
@open_to(*PLANNERS)
def new() -> str:
    """A blank plan, or one that begins with the need that the address names."""
    document = forms.blank_document(today())
    text = forms.typed_of(document, written)
    text["s0-n0-category"] = request.args.get("category", "")
    text["s0-n0-quantity-0"] = request.args.get("quantity", "")
    text["s0-n0-month-0"] = request.args.get("month", "")
    return _form(None, forms.Typed(text), 1)


@pages.post(f"{LANGUAGE_PREFIX}/plans/new")
@open_to(*PLANNERS)
def create() -> BaseResponse | tuple[str, int]:
    """Begin a plan."""
    typed, document = _read(forms.blank_document(today()))
    if typed.errors:
        return _form(None, typed, 1), 422
    plan = service.create_plan(db.session, me(), document)
    db.session.commit()
    return _on(plan, document)


@pages.get(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>/edit")
@open_to(*PLANNERS)
def edit(plan_id: int) -> str:
    """What is needed and within which limits."""
    plan = service.get_plan(db.session, plan_id, me(), to_edit=True)
    document = service.document_of(db.session, plan)
    return _form(plan, forms.Typed(forms.typed_of(document, written)), plan.version)


@pages.post(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>/edit")
@open_to(*PLANNERS)
def save(plan_id: int) -> BaseResponse | tuple[str, int]:
    """Keep a new version."""
    plan = service.get_plan(db.session, plan_id, me(), to_edit=True)
    typed, document = _read(service.document_of(db.session, plan))
    if typed.errors:
        return _form(plan, typed, seen_version(plan)), 422
    try:
        service.save_plan(db.session, me(), plan, document, seen_version(plan))
    except service.ChangedMeanwhile as clash:
        db.session.rollback()
        flash(clash.message, "warning")
        return _form(plan, typed, plan.version), 409
    db.session.commit()
    return _on(plan, document)


def _on(plan: Plan, document: forms.Document) -> BaseResponse:
    """To the plan, or back to its form with one more scenario like the last."""
    if request.form.get("then") == "copy" and len(document["scenarios"]) < forms.MOST_SCENARIOS:
        last = document["scenarios"][-1]
        title = _("%(name)s, changed", name=last["name"])[: forms.NAME_LENGTH]
        more = {**document, "scenarios": [*document["scenarios"], {**last, "name": title}]}
        service.save_plan(db.session, me(), plan, more, plan.version)
        db.session.commit()
        place = len(document["scenarios"])
        return redirect(url_for("portfolio.edit", plan_id=plan.id) + f"#s{place}-name")
    return redirect(url_for("portfolio.plan", plan_id=plan.id))


def _read(before: forms.Document) -> tuple[forms.Typed, forms.Document]:
    typed = forms.Typed(request.form.to_dict(), grouped=current_language() == "en")
    categories = {one.code: one.unit for one in list_categories(db.session)}
    return typed, forms.read_plan(typed, before, categories)


def _form(plan: Plan | None, typed: forms.Typed, version: int) -> str:
    scenarios = []
    for at in range(forms.MOST_SCENARIOS):
        filled = [
            place
            for place in range(forms.MOST_NEEDS)
            if typed.text.get(f"s{at}-n{place}-category")
            or typed.text.get(f"s{at}-n{place}-quantity-0")
        ]
        if filled or at == 0 or f"s{at}-name" in typed.text:
            rows = min(forms.MOST_NEEDS, max(filled, default=-1) + (2 if filled else 1))
            scenarios.append((at, range(rows)))
    by_domain: dict[str, list[Any]] = {}
    for one in list_categories(db.session):
        by_domain.setdefault(terms.said(DOMAINS, one.domain), []).append(one)
    return render_template(
        "portfolio/form.html",
        plan=plan,
        typed=typed,
        version=version,
        scenarios=scenarios,
        by_domain=by_domain,
        units={one.code: terms.said(UNITS, one.unit) for one in list_categories(db.session)},
        most_dates=forms.DATES,
        years=forms.YEARS,
        months=forms.MONTHS,
        may_copy=len(scenarios) < forms.MOST_SCENARIOS,
    )
