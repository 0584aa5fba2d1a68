"""What of a firm grew old, and the mail that reminds the firm of it, at most once a month."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from registry import terms
from registry.accounts.models import User
from registry.audit.service import record
from registry.capabilities.models import ProductionLine
from registry.capabilities.service import STALE_AFTER_DAYS
from registry.db import utcnow
from registry.firms.models import Certificate, Firm, Listing, Membership
from registry.i18n import gettext as _
from registry.i18n import speaking
from registry.registration.models import Reminder
from registry.web import date

EXPIRES_SOON_DAYS = 90
REMIND_AFTER_DAYS = 30
Send = Callable[[Session, str, str, str, str], Any]  # session, to, subject, text, language


@dataclass(frozen=True)
class Ageing:
    """What of a firm is old or soon will be; certificates in the order in which they run out."""

    stale_since: dt.date | None  # None: confirmed within a year, or the date is not stated
    certificates: list[Certificate]
    lines: list[ProductionLine]

    def __bool__(self) -> bool:
        return bool(self.stale_since or self.certificates or self.lines)


def ageing_of(session: Session, firm: Firm, day: dt.date) -> Ageing:
    """What of the firm is old on a day."""
    old = day - dt.timedelta(days=STALE_AFTER_DAYS)
    soon = day + dt.timedelta(days=EXPIRES_SOON_DAYS)
    certificates = (
        select(Certificate)
        .where(Certificate.firm_id == firm.id, Certificate.expires_on <= soon)
        .order_by(Certificate.expires_on)
    )
    lines = (
        select(ProductionLine)
        .where(ProductionLine.firm_id == firm.id, ProductionLine.stated_on < old)
        .order_by(ProductionLine.id)
    )
    stale = firm.as_of if firm.as_of and firm.as_of < old else None
    return Ageing(stale, list(session.scalars(certificates)), list(session.scalars(lines)))


def remind(session: Session, send: Send, day: dt.date) -> int:
    """Write to each firm of which something grew old; the number of firms reminded.

    Only firms that someone acts for, and only those not reminded within a month. Flushes.
    """
    reminded = 0
    for firm in _due(session, day):
        ageing = ageing_of(session, firm, day)
        people = _people(session, firm)
        if not ageing or not people:
            continue
        for person in people:
            with speaking(person.language):
                subject, text = _letter(firm, ageing, person.language)
            send(session, person.email, subject, text, person.language)
        session.add(Reminder(firm_id=firm.id))
        record(session, None, "firm.remind", "firm", firm.id, people=len(people))
        reminded += 1
    session.flush()
    return reminded


def _due(session: Session, day: dt.date) -> Iterable[Firm]:
    """Listed firms with members of which something is old and that were not reminded lately."""
    old = day - dt.timedelta(days=STALE_AFTER_DAYS)
    soon = day + dt.timedelta(days=EXPIRES_SOON_DAYS)
    lately = utcnow() - dt.timedelta(days=REMIND_AFTER_DAYS)
    query = (
        select(Firm)
        .where(
            Firm.listed == Listing.LISTED,
            Firm.id.in_(select(Membership.firm_id)),
            Firm.id.not_in(select(Reminder.firm_id).where(Reminder.sent_at > lately)),
            or_(
                Firm.as_of < old,
                Firm.id.in_(select(Certificate.firm_id).where(Certificate.expires_on <= soon)),
                Firm.id.in_(select(ProductionLine.firm_id).where(ProductionLine.stated_on < old)),
            ),
        )
        .options(selectinload(Firm.names))
        .order_by(Firm.id)
    )
    return session.scalars(query).all()


def _people(session: Session, firm: Firm) -> list[User]:
    query = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.firm_id == firm.id, User.active)
        .order_by(User.id)
    )
    return list(session.scalars(query))


def _letter(firm: Firm, ageing: Ageing, language: str) -> tuple[str, str]:
    """Subject and text in the language of the moment. No confidential figure stands in a mail."""
    name = firm.name_in(language)
    points = []
    if ageing.stale_since:
        points.append(
            _("The record was last confirmed on %(when)s.", when=date(ageing.stale_since))
        )
    points += [
        _(
            "%(scheme)s: %(when)s.",
            scheme=terms.said(terms.SCHEMES, certificate.scheme),
            when=date(certificate.expires_on),
        )
        for certificate in ageing.certificates
    ]
    if ageing.lines:
        points.append(_("Figures of production lines are more than twelve months old."))
    subject = _("Cadence: the record of %(firm)s needs a look", firm=name)
    opening = _("These facts about %(firm)s are old or run out soon:", firm=name)
    closing = _(
        "Sign in, open “My firm” and confirm or correct them. "
        "Old facts stay visible, but officials see that they are old."
    )
    return subject, "\n\n".join((opening, "\n".join(f"- {point}" for point in points), closing))
