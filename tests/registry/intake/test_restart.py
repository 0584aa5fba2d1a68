"""Killed at any moment and started again, an import ends as if nothing had happened."""

import random
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.feeds.models import ImportRun
from registry.firms.models import FirmRecord

ROOT = Path(__file__).parents[3]
FIRMS, BATCH, KILLS = 600, 20, 3

IMPORT = """
    import sys
    import time
    from pathlib import Path
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session
    import registry.schema
    from registry.feeds.reader import Feed
    from registry.feeds.report import Report
    from registry.intake.importing import import_firms

    url, file, report, batch = sys.argv[1:]
    with Session(create_engine(url), expire_on_commit=False) as session:
        with Feed(Path(file)) as feed, Report(Path(report)) as problems:
            # Slowed after each batch, so that a busy machine too kills it half-way.
            def slowly(position): time.sleep(0.05)
            import_firms(session, feed, "ccc", problems, None, slowly, int(batch))
"""


def test_killed_and_started_again(
    database_url, session, write_json_lines, profiles, tmp_path, content, forget
):
    records = profiles(FIRMS, cage_code="L0A1B")  # shared: the first must stay the holder
    records[300] |= {"items": "not a list"}
    records[400] = records[100]
    path = write_json_lines(records)
    command = [
        sys.executable, "-c", textwrap.dedent(IMPORT), database_url, path, tmp_path / "report.csv",
        str(BATCH),
    ]  # fmt: skip

    subprocess.run(command, cwd=ROOT, check=True)
    undisturbed = content()
    report = (tmp_path / "report.csv").read_bytes()
    assert len(undisturbed["firms"]) == FIRMS - 2
    forget()

    chance = random.Random(20261124)
    for turn in range(KILLS):
        stop_at = FIRMS * turn // KILLS + chance.randrange(BATCH, FIRMS // KILLS)
        process = subprocess.Popen(command, cwd=ROOT)
        while process.poll() is None and stored(session) < min(stop_at, FIRMS - 4 * BATCH):
            time.sleep(0.01)
        time.sleep(chance.random() / 100)
        process.kill()
        process.wait()
        assert 0 < stored(session) < FIRMS - 2
        assert stored(session) % BATCH in (0, BATCH - 1, BATCH - 2)  # whole batches only
        assert session.scalars(select(ImportRun.finished_at)).all() == [None]
        session.rollback()

    subprocess.run(command, cwd=ROOT, check=True)
    assert content() == undisturbed
    told = [line.split(b" (firm")[0] for line in report.splitlines()]
    again = (tmp_path / "report.csv").read_bytes().splitlines()
    assert [line.split(b" (firm")[0] for line in again] == told


def stored(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(FirmRecord.id))) or 0
