"""What could be signed with each line, to be changed."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry import terms
from registry.accounts.auth import me, open_to
from registry.db import db
from registry.i18n import gettext as _
from registry.portfolio import forms, service
from registry.portfolio.auth import basis_told
from registry.portfolio.blueprint import PLANNERS, pages, seen_version, written
from registry.portfolio.candidates import candidates_of
from registry.portfolio.models import Plan
from registry.portfolio.words import OPTIONS
from registry.taxonomy.domains import UNITS
from registry.web import LANGUAGE_PREFIX, current_language


@pages.get(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>/contracts")
@open_to(*PLANNERS)
def contracts(plan_id: int) -> str:
    """What could be signed with each line, to be changed."""
    found = service.get_plan(db.session, plan_id, me(), to_edit=True)
    return _contracts_form(found, service.document_of(db.session, found), None)


@pages.post(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>/contracts")
@open_to(*PLANNERS)
def save_contracts(plan_id: int) -> BaseResponse | tuple[str, int]:
    """Keep what the official says of contracts; what they may not see stays as it was."""
    found = service.get_plan(db.session, plan_id, me(), to_edit=True)
    document = service.document_of(db.session, found)
    typed = forms.Typed(request.form.to_dict(), grouped=current_language() == "en")
    basis = basis_told(document)
    derived = {one.key: one.derived for one in candidates_of(basis.read, {})}
    keys = [key for key in derived if f"{key}-term" in typed.text]
    edits = forms.read_contracts(typed, keys, derived)
    if typed.errors:
        return _contracts_form(found, document, typed), 422
    kept = {key: own for key, own in document["contracts"].items() if key not in keys}
    changed = {**document, "contracts": {**kept, **edits}}
    service.save_plan(db.session, me(), found, changed, seen_version(found))
    db.session.commit()
    flash(_("The contracts are kept."), "success")
    return redirect(url_for("portfolio.plan", plan_id=found.id))


def _contracts_form(found: Plan, document: forms.Document, typed: forms.Typed | None) -> str:
    basis = basis_told(document)
    candidates = candidates_of(basis.read, document["contracts"])
    if typed is None:
        typed = forms.Typed(
            {
                f"{one.key}-{name}": written(value)
                for one in candidates
                for name, value in (
                    ("quantity", one.quantity),
                    ("term", one.term),
                    ("start", one.start),
                    ("unit_price", one.unit_price),
                    ("capital_share", 100 * one.capital_share),
                )
            }
            | {f"{one.key}-signable": "on" for one in candidates if one.signable}
        )
    return render_template(
        "portfolio/contracts.html",
        plan=found,
        typed=typed,
        candidates=candidates,
        basis=basis,
        option_words=lambda option: terms.said(OPTIONS, option),
        unit_words=lambda unit: terms.said(UNITS, unit),
    )
