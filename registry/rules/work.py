"""Long work about rules: looking ahead over all notices, and reading them again."""

from typing import Any

from sqlalchemy.orm import Session

from registry.i18n import mark
from registry.jobs.kinds import Kind, Work, add_kind
from registry.jobs.models import Job
from registry.jobs.service import ask
from registry.rules.mapping import map_notices
from registry.rules.models import RuleChange
from registry.rules.preview import Document, count_concerned, look_ahead
from registry.rules.service import MAP, get_change, rules_version

LOOK = "rules.preview"
SOON = 500  # notices that are read while the page waits: under half a second


def preview(session: Session, actor_id: int | None, change: RuleChange) -> Job | None:
    """Look ahead at once, or by a job where there are many notices; the job."""
    change.rules_version, change.preview, change.job_id = rules_version(session), None, None
    if count_concerned(session, change) <= SOON:
        change.preview = look_ahead(session, change)
        return None
    job = ask(session, actor_id, LOOK, {"change": change.id})
    change.job_id = job.id
    return job


def _look(work: Work) -> Document:
    change = get_change(work.session, work.arguments["change"])
    return look_ahead(work.session, change, work.progress)


def _keep_look(session: Session, job: Job, found: Document) -> dict[str, Any]:
    change = get_change(session, job.arguments["change"])
    change.preview, change.rules_version = found, found["rules_version"]
    return {"change": change.id}


def _map(work: Work) -> int:
    return map_notices(work.session, work.progress)


def _keep_map(_session: Session, _job: Job, found: int) -> dict[str, Any]:
    return {"tenders": found}


add_kind(Kind(LOOK, mark("What a change of rules would do"), _look, _keep_look))
add_kind(Kind(MAP, mark("Reading notices by the rules"), _map, _keep_map))
