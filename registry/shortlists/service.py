"""Rules about shortlists: each firm once, its match frozen when added, nothing once locked."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from registry.accounts.models import User
from registry.audit.service import changed, record
from registry.db import utcnow
from registry.errors import Conflict, NotFound, RuleBroken
from registry.firms.models import Firm
from registry.firms.service import get_firm
from registry.i18n import gettext as _
from registry.shortlists.access import allow, keep_open, readable_by, role_in
from registry.shortlists.models import (
    EDITOR,
    OWNER,
    READER,
    REASONS,
    REJECTED,
    STATUSES,
    TEXT_LENGTH,
    Shortlist,
    ShortlistItem,
)

TITLE_LENGTH = 200
NOTE_LENGTH = 4000
MOST_TAGS, TAG_LENGTH = 10, 40


class AlreadyListed(Conflict):
    """The firm is on the list; nothing was changed."""


def list_shortlists(session: Session, person_id: int) -> list[Shortlist]:
    """The lists that a person owns or shares, the last changed first; a fixed number of queries."""
    person = session.get(User, person_id)
    if person is None:
        return []
    query = (
        select(Shortlist)
        .where(readable_by(person))
        .options(
            selectinload(Shortlist.items),
            selectinload(Shortlist.owner),
            selectinload(Shortlist.people),
            selectinload(Shortlist.panel),
        )
        .order_by(Shortlist.updated_at.desc(), Shortlist.id.desc())
    )
    return list(session.scalars(query))


def list_changeable(session: Session, person_id: int) -> list[Shortlist]:
    """Those of the person's lists to which they may add a firm now."""
    return [
        one
        for one in list_shortlists(session, person_id)
        if not one.locked and role_in(session, one, person_id) in (OWNER, EDITOR)
    ]


def get_shortlist(
    session: Session, shortlist_id: int, person_id: int | None, least: str = READER
) -> Shortlist:
    """The list with its firms. `person_id` None is the operator at the command line.

    Raises NotFound, also for a list that is not shared with the person: that it exists is its
    owner's to tell; NotAllowed where their role in it is narrower than `least`.
    """
    items = selectinload(Shortlist.items)
    firm = items.selectinload(ShortlistItem.firm)
    found = session.get(
        Shortlist,
        shortlist_id,
        options=[
            firm.selectinload(Firm.names),
            firm.selectinload(Firm.sites),
            items.selectinload(ShortlistItem.evaluations),
        ],
        populate_existing=True,
    )
    if found is None:
        raise NotFound(_("There is no shortlist with the number %(id)s.", id=shortlist_id))
    allow(session, found, person_id, least)
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
        own = shortlist.owner_id == owner_id and not shortlist.locked
        if own and shortlist.need == dict(need):
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
    """Put a firm at the end of the list. Raises NotFound, AlreadyListed, Locked.

    Panel members who had submitted have one more firm to judge.
    """
    keep_open(shortlist)
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
    for member in shortlist.panel:
        member.submitted_at = None
    _touch(session, actor_id, shortlist, "shortlist.add", firm_id=firm_id)
    return item


def get_item(session: Session, item_id: int, person_id: int, least: str = EDITOR) -> ShortlistItem:
    """One entry of a list, to be changed. Raises NotFound, NotAllowed, Locked."""
    item = session.get(ShortlistItem, item_id)
    if item is None:
        raise NotFound(_("There is no such entry on your shortlists."))
    try:
        allow(session, item.shortlist, person_id, least)
    except NotFound as stranger:
        raise NotFound(_("There is no such entry on your shortlists.")) from stranger
    keep_open(item.shortlist)
    return item


def judge_item(
    session: Session,
    actor_id: int,
    item: ShortlistItem,
    status: str,
    reason: str | None = None,
    text: str = "",
    tags: str | None = None,
) -> None:
    """Say what is decided of a firm; `tags` are parted by commas, None leaves them.

    Raises RuleBroken for a rejection without one of the reasons, or too long a text.
    """
    rejected = status == REJECTED
    if status not in STATUSES or (rejected and reason not in REASONS):
        raise RuleBroken(_("Choose a status, and for a rejected firm one of the reasons."))
    text = _text(text)
    if rejected and reason == "other" and not text:
        raise RuleBroken(_("Say in words why the firm is rejected."))
    if len(text) > TEXT_LENGTH:
        raise RuleBroken(_("A reason holds at most %(most)s characters.", most=TEXT_LENGTH))
    before = _judgement(item)
    item.status = status
    item.reject_reason = reason if rejected else None
    item.reject_text = (text or None) if rejected else None
    if tags is not None:
        item.tags = _tags(tags)
    difference = changed(before, _judgement(item))
    if difference["before"] or difference["after"]:
        _touch(
            session, actor_id, item.shortlist, "shortlist.judge", firm_id=item.firm_id, **difference
        )


def _judgement(item: ShortlistItem) -> dict[str, Any]:
    return {
        "status": item.status,
        "reject_reason": item.reject_reason,
        "reject_text": item.reject_text,
        "tags": list(item.tags),
    }


def _tags(typed: str) -> list[str]:
    tags = list(dict.fromkeys(tag for part in typed.split(",") if (tag := _text(part))))
    if len(tags) > MOST_TAGS or any(len(tag) > TAG_LENGTH for tag in tags):
        raise RuleBroken(
            _(
                "At most %(most)s tags, each of at most %(length)s characters.",
                most=MOST_TAGS,
                length=TAG_LENGTH,
            )
        )
    return tags


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


def note_export(
    session: Session,
    actor_id: int | None,
    shortlist: Shortlist,
    form: str,
    columns: list[str] | None = None,
) -> None:
    """Leave a trace of the download before it is handed out; `columns` if only some are taken."""
    detail = {"form": form, **({"columns": columns} if columns else {})}
    record(session, actor_id, "shortlist.export", "shortlist", shortlist.id, **detail)  # type: ignore[arg-type]


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
