"""What the rules find in each notice, kept: read again when the notice or a rule changed."""

from collections.abc import Callable, Sequence
from typing import cast

from sqlalchemy import Table, delete, func, insert, or_, select
from sqlalchemy.orm import Session, load_only

from registry.rules.models import NoticeFinding, NoticeReading
from registry.rules.notices import COLUMNS, notice_of
from registry.rules.reading import RuleSet
from registry.rules.service import rule_set, rules_version
from registry.tenders.models import Tender

AT_ONCE = 500
_READINGS = cast(Table, NoticeReading.__table__)
_FINDINGS = cast(Table, NoticeFinding.__table__)


def map_notices(
    session: Session, progress: Callable[[int, int], None] = lambda done, total: None
) -> int:
    """Read every notice that is new, changed, or was read under other rules; how many.

    Commits in between: done again after an interruption it goes on where it was.
    """
    version, rules = rules_version(session), rule_set(session)
    stale = or_(
        NoticeReading.tender_id.is_(None),
        NoticeReading.digest != Tender.digest,
        NoticeReading.rules_version != version,
    )
    waiting = select(Tender).outerjoin(NoticeReading, NoticeReading.tender_id == Tender.id)
    waiting = waiting.where(stale).options(load_only(*COLUMNS)).order_by(Tender.id).limit(AT_ONCE)
    total = session.scalar(
        select(func.count())
        .select_from(Tender)
        .outerjoin(NoticeReading, NoticeReading.tender_id == Tender.id)
        .where(stale)
    )
    done, last = 0, 0
    while tenders := session.scalars(waiting.where(Tender.id > last)).all():
        _keep(session, rules, tenders, version)
        last, done = tenders[-1].id, done + len(tenders)
        session.commit()
        for tender in tenders:
            session.expunge(tender)
        progress(done, total or done)
    return done


def _keep(session: Session, rules: RuleSet, tenders: Sequence[Tender], version: int) -> None:
    numbers = [tender.id for tender in tenders]
    found = [
        {
            "tender_id": tender.id,
            "kind": one.kind,
            "target": one.target,
            "rule_id": one.rule,
            "points": one.points,
            "detail": one.detail,
        }
        for tender in tenders
        for one in rules.read(notice_of(tender))
    ]
    session.execute(delete(_FINDINGS).where(_FINDINGS.c.tender_id.in_(numbers)))
    session.execute(delete(_READINGS).where(_READINGS.c.tender_id.in_(numbers)))
    session.execute(
        insert(_READINGS),
        [
            {"tender_id": tender.id, "digest": tender.digest, "rules_version": version}
            for tender in tenders
        ],
    )
    if found:
        session.execute(insert(_FINDINGS), found)
