"""Solving a plan as a job: read what its asker may know, choose contracts, keep the answer."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.capacity import (
    Binding,
    Case,
    Choice,
    Contract,
    Coverage,
    Outcome,
    Portfolio,
    Progress,
    Scenario,
    choose_for,
    cover,
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
from registry.portfolio.facts import basis_of
from registry.portfolio.forms import MONTHS
from registry.portfolio.models import PlanResult, PlanVersion
from registry.portfolio.questions import EFFORT, Question, Wanted, questions_of
from registry.visibility.readers import reader_of

Floats = NDArray[np.float64]

KIND = "portfolio.solve"
# The search may take its seconds; thrift, alternatives and reasons a quarter each.
SECONDS = EFFORT.seconds * 1.75
BINDINGS_KEPT = 6
CASES = ("before", "after", "low", "high")  # of each scenario's coverage
SURE = (Outcome.WITHIN_GAP, Outcome.INFEASIBLE)  # the same again for the same inputs


def solve(question: Question, watch: Any = None) -> dict[str, Any]:
    """The answer to one question, as JSON. Raises what `choose` raises."""
    asked = [(one.base, one.weight) for one in question.wanted]
    found = choose_for(
        asked, question.contracts, question.limits, Case.BASE, question.effort, watch
    )
    signed = tuple(
        contract for contract in question.contracts if contract.key in found.plan.contracts
    )
    solved = [_solved(one, signed) for one in question.wanted]
    after = [one["after"] for one in solved]
    return {
        "outcome": found.outcome.value,
        "before": found.before,
        **_chosen(found.plan),
        "bound": found.bound,
        "gap": found.gap,
        "seconds": round(found.seconds, 1),
        "fingerprint": question.fingerprint,
        "range": {
            name: question.mean([one[name].share for one in solved]) for name in ("low", "high")
        },
        "scenarios": [{name: cases[name].share for name in CASES} for cases in solved],
        "choices": [_choice(one) | _fed(question, one, signed, after) for one in found.choices],
        "alternatives": [_chosen(plan) for plan in found.alternatives],
        "rules": [{"name": name, **_chosen(plan)} for name, plan in found.rules],
        "relaxations": [
            {"limit": one.limit, "amount": one.amount, "contracts": list(one.contracts)}
            for one in found.relaxations
        ],
        "kept": _kept(found),
        "dates": [
            date
            for one, cases in zip(question.wanted, solved, strict=True)
            for date in _dates(one.base, cases)
        ],
        "bindings": _bindings(question, after),
        "curves": {
            key: curves
            for one, cases in zip(question.wanted, solved, strict=True)
            for key, curves in _curves(one.base, cases).items()
        },
        "yearly": _yearly(found),
    }  # fmt: skip


def _solved(wanted: Wanted, signed: tuple[Contract, ...]) -> dict[str, Coverage]:
    """What comes of a scenario without contracts, and with them in each case."""
    return {
        "before": cover(wanted.base),
        "after": cover(_with(wanted.base, signed)),
        "low": cover(_with(wanted.low, signed), Case.LOW),
        "high": cover(_with(wanted.high, signed), Case.HIGH),
    }


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
    question: Question, one: Choice, signed: tuple[Contract, ...], after: Sequence[Coverage]
) -> dict[str, Any]:
    """The lines that take what a contract's line makes, and what they would not finish without it.

    `unlocks` has (need, month, units) by the last date of each need; nothing where it feeds none.
    """
    feeds = set(one.reason.feeds)
    if not feeds:
        return {"feeds": [], "unlocks": []}
    busy = {flow.line for coverage in after for flow in coverage.flows}
    takers = [
        line.key
        for line in question.wanted[0].base.lines
        if line.key in busy and feeds.intersection(item.item for item in line.inputs)
    ]
    rest = tuple(contract for contract in signed if contract.key != one.contract)
    unlocks = []
    for wanted, coverage in zip(question.wanted, after, strict=True):
        without = cover(_with(wanted.base, rest)).dates
        last = {at.need: (at, less) for at, less in zip(coverage.dates, without, strict=True)}
        unlocks += [
            [at.need, at.month, more]
            for at, less in last.values()
            if (more := at.delivered - less.delivered) >= 1
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


def _bindings(question: Question, after: Sequence[Coverage]) -> list[dict[str, Any]]:
    """What holds coverage back most with the contracts signed, over all months together.

    What one registered firm makes for another binds by its line, and is not named again; what binds
    in several scenarios is named for the one in which it costs most.
    """
    found: dict[tuple[str, ...], tuple[float, Binding]] = {}
    for wanted, coverage in zip(question.wanted, after, strict=True):
        for one in coverage.bindings:
            weight = wanted.weight * one.worth * (one.last - one.first + 1)
            key = (*one.subjects, *(() if len(after) > 1 else map(str, (one.first, one.last))))
            before = found.get(key, (0.0, one))[0]
            if weight > before and not any(map(is_pool, one.subjects)):
                found[key] = weight, one
    heaviest = sorted(found.values(), key=lambda pair: -pair[0])[:BINDINGS_KEPT]
    return [
        {"about": one.about, "subjects": list(one.subjects), "first": one.first, "last": one.last}
        for _weight, one in heaviest
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


def _curves(scenario: Scenario, cases: Mapping[str, Coverage]) -> dict[str, dict[str, list[float]]]:
    """Cumulative units of each need by case and month from day 0 on, in the need's unit."""
    by_case = {name: _come(scenario, coverage) for name, coverage in cases.items()}
    return {
        need.key: {name: come[need.key].round(2).tolist() for name, come in by_case.items()}
        for need in scenario.needs
    }


def _come(scenario: Scenario, coverage: Coverage) -> dict[str, Floats]:
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
