"""Solving a plan as a job: read what its asker may know, choose contracts, keep the answer."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.capacity import (
    PLANNER,
    Binding,
    Case,
    Choice,
    Contract,
    Coverage,
    Effort,
    Limits,
    Outcome,
    Portfolio,
    Progress,
    Scenario,
    choose,
    cover,
    fingerprint,
)
from matching.capacity import Plan as Chosen
from matching.capacity.units import measure
from registry.accounts.models import User
from registry.audit.service import record
from registry.coverage.network import is_pool
from registry.grants.service import standing_of
from registry.i18n import mark
from registry.jobs.kinds import Kind, Stopped, Work, add_kind
from registry.jobs.models import Job
from registry.portfolio.candidates import Candidate, candidates_of
from registry.portfolio.facts import (
    Basis,
    basis_of,
    codes_of,
    limits_of,
    line_record,
    scenario_of,
)
from registry.portfolio.forms import MONTHS, Document
from registry.portfolio.models import PlanResult, PlanVersion
from registry.visibility.readers import reader_of

Floats = NDArray[np.float64]

KIND = "portfolio.solve"
EFFORT = Effort()
# So few contracts are searched to the end: of equal coverage the cheapest, not any within a gap.
FEW, EXACT = 60, replace(EFFORT, gap=0.0)
# The search may take its seconds; thrift, alternatives and reasons a quarter each.
SECONDS = EFFORT.seconds * 1.75
BINDINGS_KEPT = 6
SURE = (Outcome.WITHIN_GAP, Outcome.INFEASIBLE)  # the same again for the same inputs


@dataclass(frozen=True)
class Question:
    """One scenario of a plan, read from the registry and ready to be solved without it."""

    place: int
    base: Scenario
    low: Scenario
    high: Scenario
    contracts: tuple[Contract, ...]
    limits: Limits
    inputs: dict[str, Any]  # as they are kept with the result

    @property
    def fingerprint(self) -> str:
        asked = (self.base, self.low, self.contracts, self.limits, Case.BASE, self.effort)
        return fingerprint(*asked)

    @property
    def effort(self) -> Effort:
        return EXACT if len(self.contracts) <= FEW else EFFORT


def questions_of(document: Document, basis: Basis) -> list[Question]:
    """One for each scenario of the plan."""
    return [_question(document, basis, place) for place in range(len(document["scenarios"]))]


def _question(document: Document, basis: Basis, place: int) -> Question:
    scenario = document["scenarios"][place]
    basis = basis.serving(codes_of([scenario]))
    candidates = candidates_of(basis.read, document["contracts"])
    signable = [one for one in candidates if one.signable and one.priced]
    inputs = {
        "starts_on": document["starts_on"],
        "objective": document["objective"],
        "limits": {
            name: document[name]
            for name in ("required", "survive", "firm_share", "region_share", "budget", "yearly")
        },
        "scenario": scenario,
        "contracts": [_contract_record(one) for one in signable],
        "not_priced": sum(1 for one in candidates if one.signable and not one.priced),
        "not_signable": sum(1 for one in candidates if not one.signable),
        "lines": [line_record(facts, basis) for facts in basis.read],
        "hidden": basis.hidden,
        "contradictory": len(basis.contradictory),
        "planner": PLANNER,
    }
    base, low, high = (
        scenario_of(scenario["needs"], basis.network, case)
        for case in (Case.BASE, Case.LOW, Case.HIGH)
    )
    contracts = tuple(one.contract() for one in signable)
    return Question(place, base, low, high, contracts, limits_of(document), inputs)


def _contract_record(one: Candidate) -> dict[str, Any]:
    assert one.unit_price is not None
    return {
        "key": one.key,
        "line": one.facts.line.key,
        "option": one.option,
        "quantity": one.quantity,
        "unit": one.facts.line.unit,
        "term": one.term,
        "start": one.start,
        "unit_price": one.unit_price,
        "price": one.quantity * one.unit_price,
        "capital_share": one.capital_share,
        "edited": sorted(one.edited),
    }


def solve(question: Question, watch: Any = None) -> dict[str, Any]:
    """The answer to one question, as JSON. Raises what `choose` raises."""
    found = choose(
        question.base, question.contracts, question.limits, Case.BASE, question.effort, watch
    )
    signed = tuple(
        contract for contract in question.contracts if contract.key in found.plan.contracts
    )
    before = cover(question.base)
    after = cover(_with(question.base, signed))
    low = cover(_with(question.low, signed), Case.LOW)
    high = cover(_with(question.high, signed), Case.HIGH)
    cases = {"before": before, "after": after, "low": low, "high": high}
    curves = {name: _curves(question.base, coverage) for name, coverage in cases.items()}
    return {
        "outcome": found.outcome.value,
        "before": found.before,
        **_chosen(found.plan),
        "bound": found.bound,
        "gap": found.gap,
        "seconds": round(found.seconds, 1),
        "fingerprint": question.fingerprint,
        "range": {"low": low.share, "high": high.share},
        "choices": [
            _choice(one) | _fed(question.base, one, signed, after) for one in found.choices
        ],
        "alternatives": [_chosen(plan) for plan in found.alternatives],
        "rules": [{"name": name, **_chosen(plan)} for name, plan in found.rules],
        "relaxations": [
            {"limit": one.limit, "amount": one.amount, "contracts": list(one.contracts)}
            for one in found.relaxations
        ],
        "kept": _kept(found),
        "dates": _dates(question.base, cases),
        "bindings": _bindings(after),
        "curves": {
            need.key: {name: of[need.key].round(2).tolist() for name, of in curves.items()}
            for need in question.base.needs
        },
        "yearly": _yearly(found),
    }  # fmt: skip


def _with(scenario: Scenario, signed: tuple[Contract, ...]) -> Scenario:
    return replace(scenario, signed=signed)


def _chosen(plan: Chosen) -> dict[str, Any]:
    return {"contracts": list(plan.contracts), "coverage": plan.coverage, "cost": plan.cost}


def _choice(one: Choice) -> dict[str, Any]:
    effect = one.reason.effect
    return {
        "contract": one.contract,
        "order": one.order,
        "cost": one.cost,
        "capital": effect.cost.capital if effect.cost else 0.0,
        "code": one.reason.code,
        "loss": one.reason.loss,
        "exact": one.reason.exact,
        "meets": list(one.reason.meets),
        "step": int(effect.step),
        "added": [list(pair) for pair in effect.added],
        "first_added": effect.first_added,
        "cost_per_added_unit": effect.cost_per_added_unit,
        "assumptions": [one.code for one in effect.assumptions],
    }


def _fed(
    scenario: Scenario, one: Choice, signed: tuple[Contract, ...], after: Coverage
) -> dict[str, Any]:
    """The lines that take what a contract's line makes, and what they would not finish without it.

    `unlocks` has (need, month, units) by the last date of each need; nothing where it feeds none.
    """
    feeds = set(one.reason.feeds)
    if not feeds:
        return {"feeds": [], "unlocks": []}
    busy = {flow.line for flow in after.flows}
    takers = [
        line.key
        for line in scenario.lines
        if line.key in busy and feeds.intersection(item.item for item in line.inputs)
    ]
    rest = tuple(contract for contract in signed if contract.key != one.contract)
    without = {(at.need, at.month): at.delivered for at in cover(_with(scenario, rest)).dates}
    last = {at.need: at for at in after.dates}
    unlocks = [
        [at.need, at.month, more]
        for at in last.values()
        if (more := at.delivered - without[at.need, at.month]) >= 1
    ]
    return {"feeds": takers, "unlocks": unlocks}


def _kept(found: Portfolio) -> dict[str, Any] | None:
    if found.kept is None:
        return None
    loss, coverage = found.kept
    return {
        "about": loss.about if loss else None,
        "key": loss.key if loss else None,
        "coverage": coverage,
    }


def _bindings(after: Coverage) -> list[dict[str, Any]]:
    """What holds coverage back most with the contracts signed, over all months together.

    What one registered firm makes for another binds by its line, and is not named again.
    """

    def weight(one: Binding) -> float:
        return one.worth * (one.last - one.first + 1)

    own = [one for one in after.bindings if not any(map(is_pool, one.subjects))]
    return [
        {"about": one.about, "subjects": list(one.subjects), "first": one.first, "last": one.last}
        for one in sorted(own, key=weight, reverse=True)[:BINDINGS_KEPT]
    ]


def _dates(scenario: Scenario, cases: Mapping[str, Coverage]) -> list[dict[str, Any]]:
    """What has come of each need by each of its dates, in its unit."""
    delivered = {
        name: {(date.need, date.month): date.delivered for date in coverage.dates}
        for name, coverage in cases.items()
    }
    return [
        {
            "need": need.key,
            "month": month,
            "wanted": wanted,
            **{name: of[need.key, month] for name, of in delivered.items()},
        }
        for need in scenario.needs
        for month, wanted in need.by
    ]


def _curves(scenario: Scenario, coverage: Coverage) -> dict[str, Floats]:
    """Cumulative units of each need by the end of each month from day 0 on, in its unit."""
    sums = {need.key: np.zeros(MONTHS) for need in scenario.needs}
    for flow in coverage.flows:
        if flow.need:
            sums[flow.to] = sums[flow.to] + flow.units
    factors = {need.key: measure(need.unit).factor for need in scenario.needs}
    return {key: np.append(0.0, units.cumsum()) / factors[key] for key, units in sums.items()}


def _yearly(found: Portfolio) -> list[float]:
    """What is due in each year."""
    costs = [one.reason.effect.cost.yearly for one in found.choices if one.reason.effect.cost]
    years = max((len(cost) for cost in costs), default=0)
    return [sum(cost[year] for cost in costs if len(cost) > year) for year in range(years)]


def digest(inputs: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """SHA-256 of a result as it is kept, whatever the order in which a database holds it."""
    text = json.dumps([inputs, answer], ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _run(work: Work) -> list[tuple[Question, dict[str, Any]]]:
    """Read everything first, then let go of the database while solving."""
    session, given = work.session, work.arguments
    work.progress(0, None, "reading")
    query = select(PlanVersion).where(
        PlanVersion.plan_id == given["plan"], PlanVersion.number == given["version"]
    )
    document = session.scalars(query).one().document
    asker = session.get_one(User, work.asked_by_id)
    standing = standing_of(session, asker.id, reader_of(asker))
    questions = questions_of(document, basis_of(session, standing, document))
    known = {one.fingerprint: _known_answer(session, one.fingerprint) for one in questions}
    session.rollback()
    total = round(SECONDS * len(questions))
    answers = []
    for place, question in enumerate(questions):
        work.progress(round(SECONDS * place), total, "search")
        answer = known[question.fingerprint]
        answers.append((question, answer or solve(question, _watch(work, place, total))))
    return answers


def _watch(work: Work, place: int, total: int) -> Any:
    def watch(progress: Progress) -> bool:
        done = SECONDS * place + min(progress.seconds, SECONDS)
        try:
            work.progress(round(done), total, progress.phase)
        except Stopped:
            return False
        return True

    return watch


def _known_answer(session: Session, key: str) -> dict[str, Any] | None:
    """The answer to the same question, whoever asked it: it depends on nothing else."""
    query = select(PlanResult).where(PlanResult.fingerprint == key).order_by(PlanResult.id.desc())
    known = session.scalars(query.limit(1)).first()
    return known.answer if known and known.answer["outcome"] in SURE else None


def _keep(
    session: Session, job: Job, found: Sequence[tuple[Question, dict[str, Any]]]
) -> dict[str, Any]:
    assert job.asked_by_id is not None
    results = [
        PlanResult(
            plan_id=job.arguments["plan"],
            version=job.arguments["version"],
            scenario=question.place,
            fingerprint=question.fingerprint,
            inputs=question.inputs,
            answer=answer,
            job_id=job.id,
            made_by_id=job.asked_by_id,
        )
        for question, answer in found
    ]
    session.add_all(results)
    session.flush()
    plan = job.arguments["plan"]
    record(session, job.asked_by_id, "plan.solve", "plan", plan, version=job.arguments["version"])
    return {"plan": plan, "results": [result.id for result in results]}


add_kind(Kind(KIND, mark("Solving a plan"), _run, _keep))
