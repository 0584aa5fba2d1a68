"""Matching of open tenders as a job: asked for after an import, done beside the pages."""

from typing import Any

from sqlalchemy.orm import Session

from registry.i18n import mark
from registry.jobs.kinds import Kind, Work, add_kind
from registry.jobs.models import Job
from registry.opportunities.service import match_open

MATCH = "tenders.match"


def _run(work: Work) -> int:
    return match_open(work.session, work.progress)


def _keep(_session: Session, _job: Job, found: int) -> dict[str, Any]:
    return {"tenders": found}


add_kind(Kind(MATCH, mark("Matching open tenders with firms"), _run, _keep))
