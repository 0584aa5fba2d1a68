"""Who changed what on a list, out of the audit trail, as far as those who share it may know."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from registry import terms
from registry.accounts.models import User
from registry.audit import words
from registry.audit.models import AuditEvent
from registry.firms.models import Firm
from registry.i18n import gettext as _
from registry.shortlists.models import Shortlist
from registry.shortlists.words import OUTCOME_WORDS, REASON_WORDS, ROLE_WORDS, STATUS_WORDS

SHOWN = 100
# Conflicts and scores are told in the trail and here are not: a panel's members judge apart.
TOLD = (
    "title", "status", "reject_reason", "reject_text", "tags", "role", "shared_office", "criteria",
    "number", "outcome", "outcome_on", "form",
)  # fmt: skip
_VALUES = {
    "status": STATUS_WORDS,
    "reject_reason": REASON_WORDS,
    "role": ROLE_WORDS,
    "outcome": OUTCOME_WORDS,
}


@dataclass(frozen=True)
class Change:
    """One event: facts are (name, before, after), the last two as text or None."""

    at: dt.datetime
    actor: str
    action: str
    firm_id: int | None
    firm: str | None
    person: str | None  # whom it was done to
    facts: list[tuple[str, str | None, str | None]]


def history_of(session: Session, shortlist: Shortlist, language: str) -> list[Change]:
    """The newest SHOWN changes, the last first; three queries."""
    events = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject == "shortlist", AuditEvent.subject_id == shortlist.id)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(SHOWN)
    ).all()
    people = _people(session, events)
    firms = _firms(session, events, language)
    return [
        Change(
            at=event.at,
            actor=people.get(event.actor_id, _("an operator")),
            action=_(words.ACTIONS[event.action]),
            firm_id=event.detail.get("firm_id"),
            firm=firms.get(event.detail.get("firm_id")),
            person=people.get(event.detail.get("user_id")),
            facts=_facts(event),
        )
        for event in events
    ]


def _people(session: Session, events: Any) -> dict[int | None, str]:
    ids = {event.actor_id for event in events} | {event.detail.get("user_id") for event in events}
    found = session.execute(select(User.id, User.name).where(User.id.in_(ids - {None})))
    return {number: _(name) if name else "" for number, name in found}


def _firms(session: Session, events: Any, language: str) -> dict[int | None, str]:
    ids = {event.detail.get("firm_id") for event in events} - {None}
    query = select(Firm).where(Firm.id.in_(ids)).options(selectinload(Firm.names))
    return {firm.id: firm.name_in(language) for firm in session.scalars(query)}


def _facts(event: AuditEvent) -> list[tuple[str, str | None, str | None]]:
    before, after = event.before or {}, {**event.detail, **(event.after or {})}
    return [
        (_(words.FACTS[name]), _said(name, before), _said(name, after))
        for name in TOLD
        if _said(name, before) or _said(name, after)
    ]


def _said(name: str, values: Mapping[str, Any]) -> str | None:
    value = values.get(name)
    if value in (None, "", []):
        return None
    if name in _VALUES:
        return terms.said(_VALUES[name], value)
    return ", ".join(value) if isinstance(value, list) else str(value)
