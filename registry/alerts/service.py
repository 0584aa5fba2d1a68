"""Rules of saved searches: a person's own, equal ones run once, kept as long as someone follows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from registry.accounts.models import User
from registry.alerts.calendar import next_due
from registry.alerts.comparing import Changes, compare, unpack
from registry.alerts.criteria import canonical, digest_of
from registry.alerts.models import (
    FREQUENCIES,
    NAME_LENGTH,
    NEVER,
    SavedSearch,
    SearchRun,
    Subscription,
)
from registry.alerts.running import Round, refresh
from registry.audit.service import changed, record
from registry.config import LANGUAGES
from registry.db import utcnow
from registry.errors import Conflict, NotFound, RuleBroken
from registry.finding.dismissals import Aside, dismissed_by_need
from registry.i18n import gettext as _

MOST = 200  # searches of one person: each is run for them for as long as they keep it


class AlreadySaved(Conflict):
    """The person follows an equal search; nothing was changed."""


@dataclass(frozen=True)
class Followed:
    """One of a person's searches with what changed since they last looked, as last run."""

    subscription: Subscription
    latest: SearchRun
    changes: Changes


def save(
    session: Session,
    user: User,
    document: Mapping[str, Any],
    name: str,
    frequency: str,
    language: str,
) -> Subscription:
    """Follow a search from now on: what it finds now is the baseline.

    Raises RuleBroken for criteria, a name or a frequency that cannot be, AlreadySaved. Flushes.
    """
    name = _name(name)
    _check(frequency, language)
    count = select(func.count(Subscription.id)).where(Subscription.user_id == user.id)
    if (session.scalar(count) or 0) >= MOST:
        raise RuleBroken(
            _("You keep %(most)s saved searches already. Delete one first.", most=MOST)
        )
    search = _search(session, canonical(document))
    run = refresh(Round.now(session), search)
    if run is None:
        raise RuleBroken(_("What this search asks for is not in the registry."))
    subscription = Subscription(
        user_id=user.id,
        search_id=search.id,
        name=name,
        frequency=frequency,
        language=language,
        due_at=next_due(frequency, utcnow()),
        baseline_run_id=run.id,
        seen_run_id=run.id,
        told_run_id=run.id,
    )
    try:
        with session.begin_nested():
            session.add(subscription)
            session.flush()
    except IntegrityError as error:
        raise AlreadySaved(_("You have saved this search already.")) from error
    record(
        session, user.id, "search.save", "search", subscription.id,
        name=name, frequency=frequency,
    )  # fmt: skip
    return subscription


def _name(text: str) -> str:
    name = " ".join(text.replace("\0", "").split())
    if not name or len(name) > NAME_LENGTH:
        raise RuleBroken(_("Give the search a name of 1 to %(most)s characters.", most=NAME_LENGTH))
    return name


def _check(frequency: str, language: str) -> None:
    if frequency not in FREQUENCIES or language not in LANGUAGES:
        raise RuleBroken(_("Choose how often you want to be written to, and in which language."))


def _search(session: Session, criteria: dict[str, Any]) -> SavedSearch:
    """The one row of these criteria, made if there is none."""
    digest = digest_of(criteria)
    query = select(SavedSearch).where(SavedSearch.digest == digest)
    if found := session.scalars(query).first():
        return found
    try:
        with session.begin_nested():
            made = SavedSearch(digest=digest, criteria=criteria)
            session.add(made)
            session.flush()
            return made
    except IntegrityError:  # saved by someone else in this moment
        return session.scalars(query).one()


def list_followed(session: Session, user_id: int) -> list[Followed]:
    """A person’s searches by name; two queries, and a third if any found something else."""
    mine = list(
        session.scalars(
            select(Subscription)
            .where(Subscription.user_id == user_id)
            .options(
                joinedload(Subscription.user),
                joinedload(Subscription.search),
                joinedload(Subscription.seen_run),
            )
            .order_by(Subscription.name, Subscription.id)
        )
    )
    if not mine:
        return []
    newest = (
        select(func.max(SearchRun.id))
        .where(SearchRun.search_id.in_({one.search_id for one in mine}))
        .group_by(SearchRun.search_id)
    )
    runs = {
        run.search_id: run
        for run in session.scalars(select(SearchRun).where(SearchRun.id.in_(newest)))
    }
    differing = any(runs[one.search_id].id != one.seen_run_id for one in mine)
    aside = dismissed_by_need(session, mine[0].user) if differing else Aside({})
    return [
        Followed(one, latest, between(one.seen_run, latest, aside.of(one.search.criteria["need"])))
        for one in mine
        for latest in (runs[one.search_id],)
    ]


def between(before: SearchRun, after: SearchRun, dismissed: Collection[int]) -> Changes:
    """How two runs of a search differ, without the firms that were dismissed for its need."""
    if before.id == after.id:
        return Changes()
    return compare(unpack(before.results), unpack(after.results)).without(dismissed)


def get_subscription(session: Session, subscription_id: int, user_id: int) -> Subscription:
    """One of a person's own. Raises NotFound, also for someone else's."""
    found = session.get(Subscription, subscription_id, options=[joinedload(Subscription.search)])
    if found is None or found.user_id != user_id:
        raise NotFound(_("There is no saved search with the number %(id)s.", id=subscription_id))
    return found


def change(
    session: Session, subscription: Subscription, name: str, frequency: str, language: str
) -> None:
    """Rename it, or be written to otherwise. Raises RuleBroken. Flushes.

    Who begins to be written to is not told of what happened before.
    """
    _check(frequency, language)
    after = {"name": _name(name), "frequency": frequency, "language": language}
    before = {key: getattr(subscription, key) for key in after}
    if before["frequency"] != frequency:
        subscription.due_at = next_due(frequency, utcnow())
    if before["frequency"] == NEVER and frequency != NEVER:
        newest = select(func.max(SearchRun.id)).where(SearchRun.search_id == subscription.search_id)
        subscription.told_run_id = session.scalar(newest) or subscription.told_run_id
    for key, value in after.items():
        setattr(subscription, key, value)
    if before != after:
        told = changed(before, after)
        record(session, subscription.user_id, "search.change", "search", subscription.id, **told)
    session.flush()


def mark_seen(session: Session, subscription: Subscription, run_id: int) -> None:
    """The person has looked at what that run found. Raises NotFound for another search's run."""
    run = session.get(SearchRun, run_id)
    if run is None or run.search_id != subscription.search_id:
        raise NotFound(_("There is no such run of this search."))
    subscription.seen_run_id = run.id
    session.flush()
    forget_runs(session, subscription.search_id)


def remove(session: Session, subscription: Subscription) -> None:
    """Forget it; the search itself too, once nobody follows it. Flushes."""
    record(
        session, subscription.user_id, "search.delete", "search", subscription.id,
        name=subscription.name,
    )  # fmt: skip
    search_id = subscription.search_id
    session.delete(subscription)
    session.flush()
    forget_runs(session, search_id)
    others = select(Subscription.id).where(Subscription.search_id == search_id).limit(1)
    if session.scalar(others) is None:
        session.execute(delete(SearchRun).where(SearchRun.search_id == search_id))
        session.execute(delete(SavedSearch).where(SavedSearch.id == search_id))


def forget_runs(session: Session, search_id: int | None = None) -> None:
    """Delete runs that are nobody's baseline, and not the newest, seen or told of; of all for None.

    Two statements, whatever their number.
    """
    held = [
        select(column)
        for column in (
            Subscription.baseline_run_id,
            Subscription.seen_run_id,
            Subscription.told_run_id,
        )
    ]
    newest = select(func.max(SearchRun.id)).group_by(SearchRun.search_id)
    gone = delete(SearchRun).where(
        SearchRun.id.not_in(newest), *(SearchRun.id.not_in(ids) for ids in held)
    )
    if search_id is not None:
        gone = gone.where(SearchRun.search_id == search_id)
    session.execute(gone.execution_options(synchronize_session=False))
