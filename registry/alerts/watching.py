"""Telling those who act for a firm of open tenders that it newly fits."""

import datetime as dt
from typing import Any, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session, joinedload

from registry.accounts.models import User
from registry.alerts.calendar import next_due
from registry.alerts.letters import write_tender_mail
from registry.alerts.models import FREQUENCIES, INSTANTLY, NEVER, TenderWatch
from registry.audit.service import record
from registry.config import LANGUAGES
from registry.db import utcnow
from registry.errors import NotFound, RuleBroken
from registry.firms.models import Firm, Listing
from registry.firms.service import acts_for
from registry.i18n import gettext as _
from registry.opportunities.models import TenderMatch
from registry.tenders.models import Tender
from registry.tenders.service import is_open


def find_watch(session: Session, user_id: int, firm_id: int) -> TenderWatch | None:
    """How a person is told of a firm's new tenders; None if never asked for."""
    query = select(TenderWatch).where(
        TenderWatch.user_id == user_id, TenderWatch.firm_id == firm_id
    )
    return session.scalars(query).first()


def watch(session: Session, user: User, firm_id: int, frequency: str, language: str) -> TenderWatch:
    """Tell someone of the open tenders that their firm fits from now on, as often as they say.

    Raises NotFound for a firm that they do not act for, RuleBroken. Flushes.
    """
    if not acts_for(session, user.id, firm_id):
        raise NotFound(_("There is no firm with the number %(id)s.", id=firm_id))
    if frequency not in FREQUENCIES or language not in LANGUAGES:
        raise RuleBroken(_("Choose how often you want to be written to, and in which language."))
    found = find_watch(session, user.id, firm_id)
    if found is None:
        found = TenderWatch(
            user_id=user.id, firm_id=firm_id, frequency=NEVER, language=language, known=[]
        )
        session.add(found)
    if found.frequency == NEVER:  # what was there before is not news
        found.known = [tender.id for tender in _matching(session, firm_id)]
    found.frequency, found.language = frequency, language
    found.due_at = next_due(frequency, utcnow())
    session.flush()
    record(session, user.id, "tenders.watch", "firm", firm_id, frequency=frequency)
    return found


def _matching(session: Session, firm_id: int) -> list[Tender]:
    """The open tenders for which a listed firm is among the best, best first."""
    query = (
        select(Tender)
        .join(TenderMatch, TenderMatch.tender_id == Tender.id)
        .join(Firm, Firm.id == TenderMatch.firm_id)
        .where(TenderMatch.firm_id == firm_id, Firm.listed == Listing.LISTED, is_open(utcnow()))
        .order_by(TenderMatch.score.desc(), Tender.id)
    )
    return list(session.scalars(query))


def tell_watchers(session: Session, now: dt.datetime) -> int:
    """Write to everyone whose firm fits tenders that it did not; how many mails.

    Each is committed by itself, with what is known from then on.
    """
    query = (
        select(TenderWatch)
        .where(
            TenderWatch.frequency != NEVER,
            or_(TenderWatch.frequency == INSTANTLY, TenderWatch.due_at <= now),
        )
        .options(
            joinedload(TenderWatch.user),
            joinedload(TenderWatch.firm).selectinload(Firm.names),
        )
        .order_by(TenderWatch.id)
        .execution_options(populate_existing=True)
    )
    mails = 0
    for one in session.scalars(query).all():
        mails += _tell_one(session, one, now)
        session.commit()
    return mails


def _tell_one(session: Session, one: TenderWatch, now: dt.datetime) -> int:
    open_now = _matching(session, one.firm_id)
    new = [tender for tender in open_now if tender.id not in one.known]
    if not new or not one.user.active or not acts_for(session, one.user_id, one.firm_id):
        one.due_at = next_due(one.frequency, now)
        return 0
    if not _claim(session, one, [*one.known, *(tender.id for tender in new)], now):
        return 0
    write_tender_mail(session, one, new)
    return 1


def _claim(session: Session, one: TenderWatch, known: list[int], now: dt.datetime) -> bool:
    """Write down what is known from now on; False if another process has done so first."""
    open_still = select(Tender.id).where(Tender.id.in_(known), is_open(now))
    kept = set(session.scalars(open_still))
    claimed = session.execute(
        update(TenderWatch)
        .where(TenderWatch.id == one.id, TenderWatch.version == one.version)
        .where(TenderWatch.frequency == one.frequency)
        .values(
            version=one.version + 1,
            known=[number for number in known if number in kept],
            due_at=next_due(one.frequency, now),
        )
        .execution_options(synchronize_session=False)
    )
    return bool(cast(CursorResult[Any], claimed).rowcount)
