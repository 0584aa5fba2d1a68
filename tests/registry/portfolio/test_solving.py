"""Plans solved and kept, on each kind of database, as whoever asks may know the lines."""

import pytest
from sqlalchemy import select

from registry.accounts.models import User
from registry.db import db
from registry.demo.service import load_demo
from registry.errors import Conflict, NotFound, RuleBroken
from registry.jobs import service as jobs
from registry.jobs.models import CANCELLED, DONE
from registry.jobs.worker import Worker
from registry.portfolio import service, solving
from registry.portfolio.models import Plan, PlanResult


@pytest.fixture
def plan(app, session):
    """The plan of the demonstration."""
    load_demo(session)
    session.commit()
    return session.scalars(select(Plan)).one()


@pytest.fixture
def solve(app, session, plan):
    """Ask for it to be solved, do that, and give the job as it ended."""

    def done():
        job = service.solve_plan(session, plan.owner_id, plan)
        session.commit()
        Worker(db.engine, app.app_context).run_waiting()
        session.rollback()
        return jobs.get_job(session, job.id, None)

    return done


def test_a_result_for_each_scenario_and_what_it_rests_on(session, plan, solve):
    job = solve()
    assert job.state == DONE, job.error
    first, second = session.scalars(select(PlanResult).order_by(PlanResult.scenario))
    assert job.result == {"plan": plan.id, "results": [first.id, second.id]}
    for result in (first, second):
        answer, inputs = result.answer, result.inputs
        assert answer["outcome"] == "within-gap" and answer["gap"] < 1e-4
        assert 0 < answer["before"] < answer["coverage"] <= 1
        signed = [one["contract"] for one in answer["choices"]]
        assert sorted(signed) == sorted(answer["contracts"])
        assert sum(one["cost"] for one in answer["choices"]) == pytest.approx(answer["cost"])
        for year, due in enumerate(answer["yearly"]):
            assert due <= inputs["limits"]["yearly"][year] + 1e-6
        lines = {line["key"]: line for line in inputs["lines"]}
        contracts = {one["key"]: one for one in inputs["contracts"]}
        for key in signed:
            line = lines[contracts[key]["line"]]
            assert line["stated_on"] and line["evidence"] and line["source"]["fr"]
        for at in answer["dates"]:
            assert at["before"] <= at["after"] + 1e-6
            month = answer["curves"][at["need"]]["after"][at["month"]]
            assert month == pytest.approx(at["after"], abs=0.1)
    for rule in first.answer["rules"]:  # the plain rules never do better for the same money
        assert rule["coverage"] <= first.answer["coverage"] + 1e-4


def test_signed_off_it_reads_back_as_it_was(session, plan, solve):
    solve()
    result = session.scalars(select(PlanResult)).first()
    with pytest.raises(RuleBroken):
        service.sign_off(session, plan.owner_id, result, "  ")
    service.sign_off(session, plan.owner_id, result, "Agreed")
    session.commit()
    session.expire_all()
    assert service.is_untouched(result)
    with pytest.raises(Conflict):
        service.sign_off(session, plan.owner_id, result, "Again")


def test_what_was_cancelled_leaves_no_result(app, session, plan, monkeypatch):
    """Cancelled by someone while the first scenario is searched."""
    real = solving.solve

    def cancelling(question, watch):
        if question.place == 0:
            jobs.cancel_job(session, None, job)
            session.commit()
        return real(question, None)

    monkeypatch.setattr(solving, "solve", cancelling)
    job = service.solve_plan(session, plan.owner_id, plan)
    session.commit()
    Worker(db.engine, app.app_context).run_waiting()
    session.rollback()
    assert jobs.get_job(session, job.id, None).state == CANCELLED
    assert session.scalars(select(PlanResult)).all() == []


def test_a_plan_is_its_owners(session, plan, solve):
    solve()
    other = session.scalars(select(User.id).where(User.email.startswith("fonctionnaire"))).one()
    number = session.scalars(select(PlanResult.id)).first()
    for get in (
        lambda owner: service.get_plan(session, plan.id, owner),
        lambda owner: service.get_result(session, number, owner),
    ):
        assert get(plan.owner_id) and get(None)
        with pytest.raises(NotFound):
            get(other)
    assert service.list_plans(session, other) == []


def test_asked_twice_it_is_one_job_until_that_has_ended(session, plan):
    first = service.solve_plan(session, plan.owner_id, plan)
    assert service.solve_plan(session, plan.owner_id, plan) is first
    jobs.cancel_job(session, None, first)
    session.commit()
    session.refresh(first)
    assert service.solve_plan(session, plan.owner_id, plan) is not first
