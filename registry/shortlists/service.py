"""Rules about shortlists: an official's own, each firm once, the match frozen when it is added."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from registry.audit.service import record
from registry.db import utcnow
from registry.errors import Conflict, NotFound, RuleBroken
from registry.firms.models import Firm
from registry.firms.service import get_firm
from registry.i18n import gettext as _
from registry.shortlists.models import Shortlist, ShortlistItem

TITLE_LENGTH = 200
NOTE_LENGTH = 4000


class AlreadyListed(Conflict):
    """The firm is on the list; nothing was changed."""


def list_shortlists(session: Session, owner_id: int) -> list[Shortlist]:
    """The person's shortlists, the last changed first."""
    query = (
        select(Shortlist)
        .where(Shortlist.owner_id == owner_id)
        .options(selectinload(Shortlist.items))
        .order_by(Shortlist.updated_at.desc(), Shortlist.id.desc())
    )
    return list(session.scalars(query))


def get_shortlist(session: Session, shortlist_id: int, owner_id: int | None) -> Shortlist:
    """The list with its firms. `owner_id` None is the operator at the command line.

    Raises NotFound, also for a list of someone else: that it exists is theirs to tell.
    """
    firm = selectinload(Shortlist.items).selectinload(ShortlistItem.firm)
    found = session.get(
        Shortlist,
        shortlist_id,
        options=[firm.selectinload(Firm.names), firm.selectinload(Firm.sites)],
        populate_existing=True,
    )
    if found is None or owner_id not in (None, found.owner_id):
        raise NotFound(_("There is no shortlist with the number %(id)s.", id=shortlist_id))
    return found


def create_shortlist(
    session: Session, owner_id: int, title: str, need: Mapping[str, Any]
) -> Shortlist:
    """Start a list for a need. Raises RuleBroken for a title that is blank or too long."""
    title = _text(title)
    if not title or len(title) > TITLE_LENGTH:
        raise RuleBroken(
            _("Give the shortlist a title of 1 to %(most)s characters.", most=TITLE_LENGTH)
        )
    shortlist = Shortlist(owner_id=owner_id, title=title, need=dict(need), items=[])
    session.add(shortlist)
    session.flush()
    record(session, owner_id, "shortlist.create", "shortlist", shortlist.id, title=title)
    return shortlist


def shortlist_for_need(
    session: Session, owner_id: int, title: str, need: Mapping[str, Any]
) -> Shortlist:
    """The person's newest list for this need, made if there is none."""
    for shortlist in list_shortlists(session, owner_id):
        if shortlist.need == dict(need):
            return shortlist
    return create_shortlist(session, owner_id, title, need)


def add_firm(
    session: Session,
    actor_id: int,
    shortlist: Shortlist,
    firm_id: int,
    match: dict[str, Any] | None,
    data_version: str,
) -> ShortlistItem:
    """Put a firm at the end of the list. Raises NotFound, AlreadyListed."""
    get_firm(session, firm_id)
    item = ShortlistItem(
        firm_id=firm_id,
        position=max((item.position for item in shortlist.items), default=0) + 1,
        match=match,
        data_version=data_version,
        added_by=actor_id,
    )
    try:
        with session.begin_nested():
            shortlist.items.append(item)
            session.flush()
    except IntegrityError as error:
        session.refresh(shortlist)
        raise AlreadyListed(_("This firm is already on the shortlist.")) from error
    _touch(session, actor_id, shortlist, "shortlist.add", firm_id=firm_id)
    return item


def get_item(session: Session, item_id: int, owner_id: int) -> ShortlistItem:
    """One entry of the person's own list. Raises NotFound."""
    item = session.get(ShortlistItem, item_id)
    if item is None or item.shortlist.owner_id != owner_id:
        raise NotFound(_("There is no such entry on your shortlists."))
    return item


def note_item(session: Session, actor_id: int, item: ShortlistItem, note: str) -> None:
    """Replace the note. Raises RuleBroken if it is too long."""
    if len(note) > NOTE_LENGTH:
        raise RuleBroken(
            _(
                "A note holds at most %(most)s characters; this one has %(count)s.",
                most=NOTE_LENGTH,
                count=len(note),
            )
        )
    item.note = _text(note)
    _touch(session, actor_id, item.shortlist, "shortlist.note", firm_id=item.firm_id)


def move_item(session: Session, actor_id: int, item: ShortlistItem, direction: str) -> None:
    """Swap places with the entry above (`up`) or below (`down`); at the end nothing happens."""
    if direction not in ("up", "down"):
        raise RuleBroken(_("An entry moves up or down."))
    items = item.shortlist.items
    here = items.index(item)
    there = here + (-1 if direction == "up" else 1)
    if 0 <= there < len(items):
        other = items[there]
        item.position, other.position = other.position, item.position
        _touch(session, actor_id, item.shortlist, "shortlist.move", firm_id=item.firm_id)
        session.expire(item.shortlist, ["items"])


def remove_item(session: Session, actor_id: int, item: ShortlistItem) -> None:
    """Take the firm off the list; the trail keeps that it was there."""
    shortlist = item.shortlist
    shortlist.items.remove(item)
    _touch(session, actor_id, shortlist, "shortlist.remove", firm_id=item.firm_id, note=item.note)


def note_export(session: Session, actor_id: int | None, shortlist: Shortlist, form: str) -> None:
    """Leave a trace of the download before it is handed out."""
    record(session, actor_id, "shortlist.export", "shortlist", shortlist.id, form=form)


def matched_firms(shortlist: Shortlist) -> list[int]:
    """The firms whose frozen match is shown with the list, requirements and all."""
    return [item.firm_id for item in shortlist.items if item.match]


def _text(value: str) -> str:
    """What a person typed, without what surrounds it, and without NUL, which no text holds."""
    return value.replace("\0", "").strip()


def _touch(
    session: Session, actor_id: int, shortlist: Shortlist, action: str, **detail: Any
) -> None:
    shortlist.updated_at = utcnow()
    record(session, actor_id, action, "shortlist", shortlist.id, **detail)
    session.flush()
