"""The workbench: plans, what may be signed, what solving gave, and signing off."""

import datetime as dt
from typing import Any

import numpy as np
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

from registry import terms
from registry.accounts.auth import actor_id, open_to
from registry.accounts.models import ADMINISTRATOR, AUDITOR, OFFICIAL
from registry.coverage import chart
from registry.db import db, today, utcnow
from registry.disclosures.models import Purpose as Seen
from registry.disclosures.service import NotLogged, note_disclosure
from registry.disclosures.views import accountable
from registry.errors import NotAllowed
from registry.grants.auth import my_standing
from registry.i18n import gettext as _
from registry.i18n import speaking
from registry.jobs.models import Job
from registry.jobs.views import RESULT_PAGES
from registry.portfolio import forms, service, sharing, workbook
from registry.portfolio.candidates import candidates_of
from registry.portfolio.facts import TOLD, Basis, basis_of, may_know
from registry.portfolio.models import Plan, PlanResult
from registry.portfolio.note import note_pdf
from registry.portfolio.solving import KIND
from registry.portfolio.story import Story, story_of
from registry.portfolio.words import OPTIONS, limits_in_words
from registry.taxonomy.domains import DOMAINS, UNITS
from registry.taxonomy.service import list_categories
from registry.visibility.table import Purpose, Reader
from registry.web import LANGUAGE_PREFIX, current_language, number, row_id

pages = Blueprint("portfolio", __name__)
PLANNERS = (OFFICIAL, ADMINISTRATOR)
READERS = (*PLANNERS, AUDITOR)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EVERY = 6  # months between two rows of the table beside a chart


def _me() -> int:
    person = actor_id()
    assert person is not None  # every route here is for signed-in people
    return person


def _owner() -> int | None:
    """Who reads: the person, their own plans and those shared with them; None reads everyone's."""
    overseer = current_user.has_role(ADMINISTRATOR) or current_user.has_role(AUDITOR)
    return None if overseer else _me()


def _titles() -> dict[str, str]:
    return {one.code: one.title_in(current_language()) for one in list_categories(db.session)}


@pages.get(f"{LANGUAGE_PREFIX}/plans")
@open_to(*READERS)
def plans() -> str:
    """The person's plans and those shared with them; everyone's for those who oversee."""
    found = service.list_plans(db.session, _owner())
    return render_template(
        "portfolio/plans.html",
        plans=found,
        signed_off=service.signed_off_counts(db.session, found),
        everyone=any(one.owner_id != _me() for one in found),
    )


# The plan's own document


@pages.get(f"{LANGUAGE_PREFIX}/plans/new")
@open_to(*PLANNERS)
def new() -> str:
    """A blank plan, or one that begins with the need that the address names."""
    document = forms.blank_document(today())
    text = forms.typed_of(document, _written)
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
    plan = service.create_plan(db.session, _me(), document)
    db.session.commit()
    return _on(plan, document)


@pages.get(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>/edit")
@open_to(*PLANNERS)
def edit(plan_id: int) -> str:
    """What is needed and within which limits."""
    plan = service.get_plan(db.session, plan_id, _me(), to_edit=True)
    document = service.document_of(db.session, plan)
    return _form(plan, forms.Typed(forms.typed_of(document, _written)), plan.version)


@pages.post(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>/edit")
@open_to(*PLANNERS)
def save(plan_id: int) -> BaseResponse | tuple[str, int]:
    """Keep a new version."""
    plan = service.get_plan(db.session, plan_id, _me(), to_edit=True)
    typed, document = _read(service.document_of(db.session, plan))
    if typed.errors:
        return _form(plan, typed, _version(plan)), 422
    try:
        service.save_plan(db.session, _me(), plan, document, _version(plan))
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
        service.save_plan(db.session, _me(), plan, more, plan.version)
        db.session.commit()
        place = len(document["scenarios"])
        return redirect(url_for("portfolio.edit", plan_id=plan.id) + f"#s{place}-name")
    return redirect(url_for("portfolio.plan", plan_id=plan.id))


def _version(plan: Plan) -> int:
    """The version that the form was made for."""
    return request.form.get("version", plan.version, type=row_id)


def _read(before: forms.Document) -> tuple[forms.Typed, forms.Document]:
    typed = forms.Typed(request.form.to_dict(), grouped=current_language() == "en")
    categories = {one.code: one.unit for one in list_categories(db.session)}
    return typed, forms.read_plan(typed, before, categories)


def _written(value: float | None) -> str:
    """A number as the form's reader would type it."""
    return "" if value is None else number(value, 3)


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


# A plan, and what may be signed


@pages.get(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>")
@open_to(*READERS)
def plan(plan_id: int) -> str:
    """What is asked, which lines enter, and what solving it gave so far."""
    found = service.get_plan(db.session, plan_id, _owner())
    document = service.document_of(db.session, found)
    basis = _basis(document)
    results = service.list_results(db.session, found)
    standing, titles = my_standing(), _titles()
    shown = [(one, story_of(one, titles) if _knows(one, standing) else None) for one in results]
    _log_results([one for one, story in shown if story])
    candidates = candidates_of(basis.read, document["contracts"])
    shares, mine = sharing.list_shares(db.session, found), found.owner_id == _me()
    return render_template(
        "portfolio/plan.html",
        plan=found,
        document=document,
        titles=titles,
        unit_words=lambda unit: terms.said(UNITS, unit),
        basis=basis,
        signable=[one for one in candidates if one.signable and one.priced],
        not_priced=[one for one in candidates if one.signable and not one.priced],
        results=shown,
        answers=_answers(found, shown),
        starts_on=dt.date.fromisoformat(document["starts_on"]),
        limits=limits_in_words(document["objective"], document),
        together=forms.is_together(document),
        mine=mine,
        editable=mine or any(one.person_id == _me() and one.may_edit for one in shares),
        shares=shares,
        colleagues=sharing.colleagues_of(db.session, found) if mine else [],
    )


@pages.post(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>/sharing")
@open_to(*PLANNERS)
def share(plan_id: int) -> BaseResponse:
    """Share one's own plan with a colleague, or end that."""
    found = service.get_own_plan(db.session, plan_id, _me())
    person = request.form.get("person", type=row_id)
    given = sharing.share_plan(db.session, _me(), found, person, request.form.get("access", ""))
    db.session.commit()
    if given is None:
        flash(_("The plan is not shared with them any more."), "success")
    else:
        flash(_("The plan is shared with %(who)s.", who=given.person.email), "success")
    return redirect(url_for("portfolio.plan", plan_id=found.id))


def _answers(plan: Plan, shown: list[tuple[PlanResult, Story | None]]) -> list[tuple[str, str]]:
    """The newest answer to each scenario of the plan as it is now, with the scenario's name."""
    newest: dict[int, tuple[str, str]] = {}
    for one, story in shown:
        if story and one.version == plan.version and one.scenario not in newest:
            newest[one.scenario] = story.inputs["scenario"]["name"], story.headline
    return [newest[place] for place in sorted(newest)]


def _basis(document: forms.Document) -> Basis:
    """The lines that the reader may know, once it is logged that they are about to."""
    standing = my_standing()
    basis = basis_of(db.session, standing, document)
    readers = {one.seen.line.firm_id: one.seen.reader for one in basis.read}
    if readers and accountable(standing.role, readers, TOLD, readers=readers) is Reader.VISITOR:
        raise NotLogged
    return basis


@pages.get(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>/contracts")
@open_to(*PLANNERS)
def contracts(plan_id: int) -> str:
    """What could be signed with each line, to be changed."""
    found = service.get_plan(db.session, plan_id, _me(), to_edit=True)
    return _contracts_form(found, service.document_of(db.session, found), None)


@pages.post(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>/contracts")
@open_to(*PLANNERS)
def save_contracts(plan_id: int) -> BaseResponse | tuple[str, int]:
    """Keep what the official says of contracts; what they may not see stays as it was."""
    found = service.get_plan(db.session, plan_id, _me(), to_edit=True)
    document = service.document_of(db.session, found)
    typed = forms.Typed(request.form.to_dict(), grouped=current_language() == "en")
    basis = _basis(document)
    derived = {one.key: one.derived for one in candidates_of(basis.read, {})}
    keys = [key for key in derived if f"{key}-term" in typed.text]
    edits = forms.read_contracts(typed, keys, derived)
    if typed.errors:
        return _contracts_form(found, document, typed), 422
    kept = {key: own for key, own in document["contracts"].items() if key not in keys}
    changed = {**document, "contracts": {**kept, **edits}}
    service.save_plan(db.session, _me(), found, changed, _version(found))
    db.session.commit()
    flash(_("The contracts are kept."), "success")
    return redirect(url_for("portfolio.plan", plan_id=found.id))


def _contracts_form(found: Plan, document: forms.Document, typed: forms.Typed | None) -> str:
    basis = _basis(document)
    candidates = candidates_of(basis.read, document["contracts"])
    if typed is None:
        typed = forms.Typed(
            {
                f"{one.key}-{name}": _written(value)
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


@pages.post(f"{LANGUAGE_PREFIX}/plans/<int:plan_id>/solve")
@open_to(*PLANNERS)
def solve(plan_id: int) -> BaseResponse:
    """Ask for the plan to be solved; leads to the page of the job."""
    found = service.get_plan(db.session, plan_id, _me(), to_edit=True)
    job = service.solve_plan(db.session, _me(), found)
    db.session.commit()
    return redirect(url_for("jobs.job", job_id=job.id))


def _result_page(job: Job) -> str:
    """Where a solved plan leads: to its result, or to the plan if there are several."""
    assert job.result
    results = job.result["results"]
    if len(results) == 1:
        return url_for("portfolio.result", result_id=results[0])
    return url_for("portfolio.compare", result=results[:2])


RESULT_PAGES[KIND] = _result_page


# What solving gave


def _knows(found: PlanResult, standing: Any, purpose: Purpose = Purpose.PAGE) -> bool:
    return may_know(standing, found.inputs["lines"], purpose)


def _log_results(results: list[PlanResult], purpose: Seen = Seen.PAGE) -> None:
    """Log that the figures of these results' firms are about to be shown. Raises NotLogged."""
    standing = my_standing()
    readers = {
        line["firm_id"]: standing.to(line["firm_id"], line["category"])
        for one in results
        for line in one.inputs["lines"]
    }
    if note_disclosure(db.session, current_user, readers, purpose, TOLD, readers):
        db.session.commit()


def _known(result_id: int, purpose: Purpose = Purpose.PAGE) -> PlanResult:
    """A result whose every figure the person may know. Raises NotFound or NotAllowed."""
    found = service.get_result(db.session, result_id, _owner())
    if not _knows(found, my_standing(), purpose):
        raise NotAllowed(
            _(
                "This result rests on figures of firms that you have no need to know of now. "
                "Ask an administrator, or solve the plan again with the lines that you may know."
            )
        )
    return found


@pages.get(f"{LANGUAGE_PREFIX}/plans/results/<int:result_id>")
@open_to(*READERS)
def result(result_id: int) -> str:
    """Contracts to sign, what they cost and cover, and why; frozen once it is signed off."""
    found = _known(result_id)
    _log_results([found])
    story = story_of(found, _titles())
    with speaking("en" if current_language() == "fr" else "fr"):
        note_there = _("Briefing note (PDF)")
    return render_template(
        "portfolio/result.html",
        note_there=note_there,
        result=found,
        plan=found.plan,
        story=story,
        charts=_charts(story),
        untouched=found.sha256 is None or service.is_untouched(found),
        mine=found.plan.owner_id == _me(),
        newest=found.version == found.plan.version,
    )


def _charts(story: Story) -> list[dict[str, Any]]:
    """One for each need: before and after, the range, and what is needed."""
    drawn = []
    for place, need in enumerate(story.needs):
        key = str(place)
        horizon = max(12, int(need["by"][-1][0]))
        before, after, low, high = (
            np.array(story.answer["curves"][key][name][: horizon + 1])
            for name in ("before", "after", "low", "high")
        )
        months = [0, *(month for month, _quantity in need["by"]), horizon]
        wanted = [0.0, *(quantity for _month, quantity in need["by"]), need["by"][-1][1]]
        needed = np.interp(np.arange(horizon + 1.0), months, wanted)
        more = np.maximum(after - before, 0.0)
        drawing = chart.draw(
            [
                chart.Series("a3", _("without"), after - more),
                chart.Series("a2", _("added"), more),
            ],
            [
                chart.Series("band", _("high"), high),
                chart.Series("base", _("with"), after),
                chart.Series("band", _("low"), low),
                chart.Series("now", _("without"), before),
                chart.Series("need", _("need"), needed),
            ],
        )
        dates = {int(month) for month, _quantity in need["by"]}
        drawn.append(
            {
                "key": key,
                "title": story.need_title(key),
                "unit": story.unit_of(key),
                "horizon": horizon,
                "drawing": drawing,
                "before": before, "after": after, "low": low, "high": high, "needed": needed,
                "months": sorted({*range(EVERY, horizon + 1, EVERY), *dates}),
                "dates": [one for one in story.answer["dates"] if one["need"] == key],
                "source": need["source"],
            }
        )  # fmt: skip
    return drawn


@pages.post(f"{LANGUAGE_PREFIX}/plans/results/<int:result_id>/sign-off")
@open_to(*PLANNERS)
def sign_off(result_id: int) -> BaseResponse:
    """Freeze a result, with who decided and why."""
    found = _known(result_id)
    service.get_own_plan(db.session, found.plan_id, _me())  # its author decides
    service.sign_off(db.session, _me(), found, request.form.get("note", ""))
    db.session.commit()
    flash(_("The result is signed off. It stays as it is."), "success")
    return redirect(url_for("portfolio.result", result_id=found.id))


@pages.get(f"{LANGUAGE_PREFIX}/plans/compare")
@open_to(*READERS)
def compare() -> str:
    """Two results beside each other: of two scenarios, two versions or two plans."""
    numbers = list(dict.fromkeys(request.args.getlist("result", type=row_id)))[:2]
    found = [_known(one) for one in numbers]
    _log_results(found)
    titles = _titles()
    return render_template(
        "portfolio/compare.html", pair=[(one, story_of(one, titles)) for one in found]
    )


# Files


@pages.get(f"{LANGUAGE_PREFIX}/plans/results/<int:result_id>/note.pdf")
@open_to(*READERS)
def note(result_id: int) -> Response:
    """The briefing note, in the language of the address."""
    found = _exported(result_id, "pdf")
    body = note_pdf(found, story_of(found, _titles()), current_language())
    name = f"cadence-plan-{found.id}-{current_language()}.pdf"
    return _file(body, "application/pdf", name)


@pages.get(f"{LANGUAGE_PREFIX}/plans/results/<int:result_id>/figures.xlsx")
@open_to(*READERS)
def figures(result_id: int) -> Response:
    """Every line with its figures and what is signed with it; what they are on a second sheet."""
    found = _exported(result_id, "xlsx")
    story = story_of(found, _titles())
    body = workbook.to_xlsx(found, story, current_user.email, utcnow())
    return _file(body, XLSX, f"cadence-plan-{found.id}.xlsx")


def _exported(result_id: int, form: str) -> PlanResult:
    """A result that may leave the registry, once that is logged and recorded."""
    found = _known(result_id, Purpose.EXPORT)
    service.note_export(db.session, _me(), found, form)
    _log_results([found], Seen.EXPORT)
    db.session.commit()
    return found


def _file(body: bytes, kind: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=kind, headers=disposition)
