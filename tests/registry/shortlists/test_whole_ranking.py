"""A whole ranking as a job: the same file as the direct one, kept for its asker for a while."""

import datetime as dt
import io
import json
import os
import tracemalloc

import pytest

from registry.accounts.models import OFFICIAL, Role
from registry.db import db
from registry.errors import NotAllowed, NotFound
from registry.jobs.kinds import Stopped, Work
from registry.jobs.models import CANCELLED, Job
from registry.jobs.service import ask, cancel_job
from registry.jobs.worker import Worker
from registry.matches.needs import need_from_reference
from registry.matches.publication import live_index
from registry.matches.service import rank_need
from registry.matches.whole import fitting_firms
from registry.shortlists import export, ranking, whole_ranking
from registry.shortlists.kept_files import KEPT, folder_of, forget_expired
from registry.visibility.readers import Standing
from registry.visibility.table import Reader

NEED = {"text": "artillery shell bodies"}
FIRMS = 5


@pytest.fixture
def folder(settings):
    return folder_of(settings)


@pytest.fixture
def asker(session, owner):
    owner.roles = [
        session.query(Role).filter_by(name=OFFICIAL).one_or_none() or Role(name=OFFICIAL)
    ]
    session.commit()
    return owner


@pytest.fixture
def made(session, asker, make_firm, few_classes, app, monkeypatch):
    """Writes the ranking of five makers of shells, two at once, as a job; gives the job."""
    monkeypatch.setattr(whole_ranking, "AT_ONCE", 2)
    for number in range(FIRMS):
        make_firm(f"Forge {number}", *["Artillery shell bodies"] * (1 + number % 2))
    make_firm("Oven", "Bread")

    def make(form: str, language: str = "en") -> Job:
        given = {"need": NEED, "form": form, "language": language}
        job = ask(session, asker.id, whole_ranking.KIND, given)
        session.commit()
        Worker(db.engine, app.app_context).run_waiting()
        session.refresh(job)
        return job

    return make


def direct(session, form):
    need = need_from_reference(session, NEED)
    pool = fitting_firms(session, live_index(session), need, 500)
    found = rank_need(session, need, Standing(Reader.OFFICIAL), len(pool), None, pool)
    assert len(found.rows) == FIRMS
    out = io.BytesIO()
    facts = ranking.about(found, "shortfall category AMM-01", "owner@cadence.example")
    export.write_table(out, form, ranking.columns(), ranking.rows(found, "en"), facts)
    return out.getvalue()


@pytest.mark.parametrize("form", ["csv", "json"])
def test_it_is_the_file_that_the_page_gives(session, made, folder, form):
    job = made(form)
    assert job.state == "done", job.error
    file = whole_ranking.made_by(job, folder)
    whole, same = file.path.read_bytes(), direct(session, form)
    if form == "json":  # but for the minute at which each was written
        whole, same = json.loads(whole), json.loads(same)
        assert whole["firms"] == same["firms"]
        assert [one["name"] for one in whole["about"]] == [one["name"] for one in same["about"]]
        assert [row["rank"] for row in whole["firms"]] == list(range(1, FIRMS + 1))
    else:
        assert whole == same
    assert file.firms == FIRMS
    assert set(file.readers.values()) == {Reader.OFFICIAL} and len(file.readers) == FIRMS


def test_json_is_written_in_pieces_as_it_would_be_in_one(app):
    columns = ranking.columns()[:2]
    for rows in ([], [[1, 'a\n"é"\u2028']], [[1, "a"], [2, dt.date(2026, 1, 2)]]):
        out = io.BytesIO()
        export.write_table(out, "json", columns, iter(rows), [("x", 1)])
        document = {
            "about": [{"name": "x", "value": 1}],
            "firms": [{"rank": rank, "firm_id": other} for rank, other in rows],
        }
        whole = json.dumps(document, ensure_ascii=False, indent=1, default=dt.date.isoformat)
        assert out.getvalue().decode() == whole


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("form", ["csv", "xlsx", "ods", "json"])
def test_memory_does_not_grow_with_the_rows(app, tmp_path, form):
    def peak(count: int) -> int:
        tracemalloc.start()
        with (tmp_path / "out").open("wb") as out:
            table = ([row, "x" * (200 + row % 7)] for row in range(count))
            export.write_table(out, form, ranking.columns()[:2], table, [("a", "b")])
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(4_000) - peak(1_000) < 300_000  # of 600 000 bytes more to write


def test_a_job_that_is_cancelled_leaves_no_file(session, made, folder, asker):
    told = []

    def stop(done, total=None, phase=None):
        told.append((done, total, phase))
        if done:
            raise Stopped

    made("csv")
    before = set(folder.iterdir())
    given = {"need": NEED, "form": "csv", "language": "fr"}
    with pytest.raises(Stopped):
        whole_ranking._run(Work(session, given, asker.id, stop))
    assert set(folder.iterdir()) == before
    assert told == [(0, None, "reading"), (0, FIRMS, "writing"), (2, FIRMS, "writing")]
    job = ask(session, asker.id, whole_ranking.KIND, given)
    cancel_job(session, asker.id, job)
    session.refresh(job)
    assert job.state == CANCELLED
    with pytest.raises(NotFound):
        whole_ranking.made_by(job, folder)


def test_a_file_is_forgotten_after_its_time(session, made, folder, monkeypatch):
    job = made("csv")
    path = whole_ranking.made_by(job, folder).path
    later = dt.datetime.fromisoformat(job.result["until"]) + dt.timedelta(seconds=1)
    monkeypatch.setattr(whole_ranking, "utcnow", lambda: later)
    with pytest.raises(NotFound):
        whole_ranking.made_by(job, folder)
    forget_expired(folder)
    assert path.exists()
    old = path.stat().st_mtime - KEPT.total_seconds() - 1
    for each in folder.iterdir():
        os.utime(each, (old, old))
    forget_expired(folder)
    assert list(folder.iterdir()) == []


def test_who_may_see_less_now_asks_again(session, made, folder):
    file = whole_ranking.made_by(made("csv"), folder)
    whole_ranking.keep_to_the_table(file, Standing(Reader.OFFICIAL), None)
    with pytest.raises(NotAllowed):
        whole_ranking.keep_to_the_table(file, Standing(Reader.VISITOR), None)
