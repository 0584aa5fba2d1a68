"""Killed at any moment and started again, an import ends as if nothing had happened."""

import random
import time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.feeds.models import ImportRun
from registry.firms.models import FirmRecord

FIRMS, BATCH, KILLS = 600, 20, 3

IMPORT = """
    import time
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session
    import registry.schema
    from registry.feeds.reader import Feed
    from registry.feeds.report import Report
    from registry.intake.importing import import_firms

    with Session(create_engine(url), expire_on_commit=False) as session:
        with Feed(file) as feed, Report(report) as problems:
            # Slowed after each batch, so that a busy machine too kills it half-way.
            def slowly(position): time.sleep(0.05)
            import_firms(session, feed, "ccc", problems, None, slowly, batch)
"""


def test_killed_and_started_again(
    database_url, session, write_json_lines, profiles, tmp_path, content, forget, begin_process
):
    records = profiles(FIRMS, cage_code="L0A1B")  # shared: the first must stay the holder
    records[300] |= {"items": "not a list"}
    records[400] = records[100]
    path = write_json_lines(records)
    given = {"url": database_url, "file": path, "report": tmp_path / "report.csv", "batch": BATCH}

    def begin():
        return begin_process(IMPORT, **given)

    assert ended(begin()) == 0
    undisturbed = content()
    report = (tmp_path / "report.csv").read_bytes()
    assert len(undisturbed["firms"]) == FIRMS - 2
    forget()

    chance = random.Random(20261124)
    for turn in range(KILLS):
        stop_at = FIRMS * turn // KILLS + chance.randrange(BATCH, FIRMS // KILLS)
        process = begin()
        while process.is_alive() and stored(session) < min(stop_at, FIRMS - 4 * BATCH):
            time.sleep(0.01)
        time.sleep(chance.random() / 100)
        process.kill()
        process.join()
        assert 0 < stored(session) < FIRMS - 2
        assert stored(session) % BATCH in (0, BATCH - 1, BATCH - 2)  # whole batches only
        assert session.scalars(select(ImportRun.finished_at)).all() == [None]
        session.rollback()

    assert ended(begin()) == 0
    assert content() == undisturbed
    told = [line.split(b" (firm")[0] for line in report.splitlines()]
    again = (tmp_path / "report.csv").read_bytes().splitlines()
    assert [line.split(b" (firm")[0] for line in again] == told


def ended(process) -> int | None:
    process.join(120)
    return process.exitcode


def stored(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(FirmRecord.id))) or 0
