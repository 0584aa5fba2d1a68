"""Stopping mails by the address that stands in them: whoever holds it may stop them, nothing more.

The search stays saved and its page stays true; the frequency becomes “never”.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from registry.alerts.links import read_token
from registry.alerts.models import NEVER, Subscription, TenderWatch
from registry.audit.service import record
from registry.firms.models import Firm
from registry.i18n import gettext as _


def names(session: Session, token: str, language: str) -> list[str]:
    """What the mails are about that a token stops. Raises NotFound for one that is not ours."""
    searches, watches = _meant(session, token)
    return [one.name for one in searches] + [_tenders_of(one.firm, language) for one in watches]


def _tenders_of(firm: Firm, language: str) -> str:
    return _("New tenders for %(firm)s", firm=firm.name_in(language))


def stop(session: Session, token: str, language: str) -> list[str]:
    """Write no more about these; their names. Raises NotFound. Flushes."""
    searches, watches = _meant(session, token)
    for search in searches:
        if search.frequency != NEVER:
            search.frequency, search.due_at = NEVER, None
            record(session, None, "search.stop", "search", search.id, user_id=search.user_id)
    for watch in watches:
        if watch.frequency != NEVER:
            watch.frequency, watch.due_at = NEVER, None
            record(session, None, "tenders.watch", "firm", watch.firm_id, frequency=NEVER)
    session.flush()
    return names(session, token, language)


def _meant(session: Session, token: str) -> tuple[list[Subscription], list[TenderWatch]]:
    """What is left of what a token names; what was deleted since is stopped anyway."""
    user_id, searches, watches = read_token(token)
    followed = select(Subscription).where(
        Subscription.user_id == user_id, Subscription.id.in_(searches)
    )
    watched = (
        select(TenderWatch)
        .where(TenderWatch.user_id == user_id, TenderWatch.id.in_(watches))
        .options(joinedload(TenderWatch.firm).selectinload(Firm.names))
    )
    return (
        list(session.scalars(followed.order_by(Subscription.name))),
        list(session.scalars(watched)),
    )
