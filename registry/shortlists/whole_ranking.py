"""All firms that fit a need as a file, made by a job: read and written a few firms at a time."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from registry.accounts.models import User
from registry.audit.service import record
from registry.db import utcnow
from registry.errors import NotAllowed, NotFound
from registry.grants.service import standing_of
from registry.i18n import gettext as _
from registry.i18n import mark, speaking
from registry.jobs.kinds import Kind, Work, add_kind
from registry.jobs.models import DONE, Job
from registry.matches.needs import CATEGORY, need_from_reference, need_sentence
from registry.matches.publication import live_index
from registry.matches.service import Ranking, Row
from registry.matches.whole import fitting_firms, rows_by_batch
from registry.shortlists import ranking
from registry.shortlists.export import write_table
from registry.shortlists.kept_files import KEPT, folder_of, forget_expired, new_file
from registry.spreadsheets import Cell
from registry.visibility.readers import Standing, reader_of
from registry.visibility.table import Field, Purpose, Reader, may_see

KIND = "ranking.whole"
MOST = 10_000  # firms in one file
AT_ONCE = 200  # firms in memory


@dataclass
class _Told:
    """Who the asker is to each firm that was written."""

    readers: dict[Reader, list[int]] = field(default_factory=dict)

    def rows(self, work: Work, batches: Iterator[list[Row]], total: int) -> Iterator[list[Cell]]:
        """The cells of each firm. Raises Stopped between two batches once the job is cancelled."""
        done = 0
        work.progress(done, total, "writing")
        for batch in batches:
            for row in batch:
                self.readers.setdefault(row.reader, []).append(row.firm.id)
                yield ranking.row_of(row, work.arguments["language"])
            done += len(batch)
            work.progress(done, total, "writing")


def _run(work: Work) -> dict[str, Any]:
    session, given = work.session, work.arguments
    work.progress(0, None, "reading")
    folder = folder_of(current_app.config["SETTINGS"])
    forget_expired(folder)
    asker = session.get_one(User, work.asked_by_id)
    need, live = need_from_reference(session, given["need"]), live_index(session)
    assert need is not None and not need.is_empty  # or it would not have been asked for
    firms = fitting_firms(session, live, need, MOST)
    standing, told = standing_of(session, asker.id, reader_of(asker)), _Told()
    category = given["need"].get(CATEGORY)
    batches = rows_by_batch(session, live, need, firms, standing, category, AT_ONCE)
    with speaking(given["language"]), new_file(folder, given["form"]) as (name, out):
        whole = Ranking([], len(firms), live.version, utcnow())
        table = told.rows(work, batches, len(firms))
        said = need_sentence(session, given["need"])
        facts = ranking.about(whole, said, asker.email, len(firms))
        write_table(out, given["form"], ranking.columns(), table, facts)
    (folder / f"{name}.readers").write_text(json.dumps(told.readers))
    return {
        "file": name,
        "firms": len(firms),
        "bytes": (folder / name).stat().st_size,
        "until": (utcnow() + KEPT).isoformat(),
    }


def _keep(session: Session, job: Job, found: Any) -> dict[str, Any]:
    said = need_sentence(session, job.arguments["need"])
    detail = {"form": job.arguments["form"], "need": said, "firms": found["firms"]}
    record(session, job.asked_by_id, "ranking.make", "ranking", job.id, **detail)
    return dict(found)


add_kind(Kind(KIND, mark("Writing a whole ranking"), _run, _keep))


@dataclass(frozen=True)
class Made:
    """A file that is still there, and who its asker was to each firm in it."""

    path: Path
    form: str
    firms: int
    until: dt.datetime
    readers: Mapping[int, Reader]

    @property
    def bytes(self) -> int:
        return self.path.stat().st_size


def made_by(job: Job, folder: Path) -> Made:
    """What a job made. Raises NotFound once it has expired or where it is another kind."""
    if job.kind == KIND and job.state == DONE and job.result:
        until = dt.datetime.fromisoformat(job.result["until"])
        path = folder / job.result["file"]
        if until > utcnow() and path.is_file():
            told = json.loads(path.with_name(f"{path.name}.readers").read_text())
            readers = {firm: Reader(name) for name, firms in told.items() for firm in firms}
            return Made(path, job.arguments["form"], job.result["firms"], until, readers)
    raise NotFound(_("This file is no longer kept. Ask for the ranking again."))


def keep_to_the_table(made: Made, standing: Standing, category: str | None) -> None:
    """Raises NotAllowed if the file tells what the person may take out no longer."""
    right = (Field.GATES, Purpose.EXPORT)
    for firm, reader in made.readers.items():
        if may_see(reader, *right) and not may_see(standing.to(firm, category), *right):
            raise NotAllowed(
                _("You may no longer take out all that is in this file. Ask for it again.")
            )
