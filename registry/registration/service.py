"""The life of a record: begun, saved piece by piece, submitted, returned or published."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.exc import StaleDataError

from registry.accounts.models import User
from registry.audit.service import record as record_event
from registry.db import utcnow
from registry.errors import Conflict, NotFound, RuleBroken
from registry.firms.models import Firm, Listing, Membership
from registry.firms.service import acts_for, announce_changes, find_firm
from registry.i18n import gettext as _
from registry.registration.changes import Clash, combine, compare_records
from registry.registration.models import OPEN, Revision, State
from registry.registration.record import listed_name, new_firm, read_record, write_record
from registry.registration.sections import CLASSES, SECTIONS, Piece, Section, empty_record
from registry.taxonomy.models import SupplyClass

REASON_LENGTH = 2000
MOST_CLASSES = 60
CLASS_CODE = re.compile(r"[0-9]{4}")


@dataclass(frozen=True)
class Saved:
    """What saving a piece came to. With clashes nothing was stored; `theirs` is what is there."""

    piece: Piece
    clashes: list[Clash]
    theirs: Piece
    by_others: list[str]  # fields that someone else changed meanwhile, and that were kept


# Whose


def get_revision(session: Session, revision_id: int, user_id: int) -> Revision:
    """A revision that the person may work on or read as the firm.

    Raises NotFound, also for one of another firm: that it exists is theirs to tell.
    """
    revision = session.get(Revision, revision_id)
    if revision is None or not _is_theirs(session, revision, user_id):
        raise NotFound(_("There is no record with the number %(id)s.", id=revision_id))
    return revision


def _is_theirs(session: Session, revision: Revision, user_id: int) -> bool:
    if revision.firm_id is None:
        return revision.begun_by == user_id
    return acts_for(session, user_id, revision.firm_id)


def list_drafts(session: Session, user_id: int) -> list[Revision]:
    """Open records of firms that are not in the registry yet, begun by the person."""
    query = (
        select(Revision)
        .where(Revision.firm_id.is_(None), Revision.begun_by == user_id, Revision.state.in_(OPEN))
        .order_by(Revision.id)
    )
    return list(session.scalars(query))


def list_firms(session: Session, user_id: int) -> list[Firm]:
    """The firms that the person acts for; a merged one has gone into another."""
    query = (
        select(Firm)
        .join(Membership, Membership.firm_id == Firm.id)
        .where(Membership.user_id == user_id, Firm.listed != Listing.MERGED)
        .options(selectinload(Firm.names), selectinload(Firm.sites))
        .order_by(Firm.name)
    )
    return list(session.scalars(query))


def open_revision(session: Session, firm_id: int) -> Revision | None:
    """The firm's one open revision, if there is one."""
    query = select(Revision).where(Revision.firm_id == firm_id, Revision.state.in_(OPEN))
    return session.scalars(query).first()


def published_revision(session: Session, firm_id: int) -> Revision | None:
    """The version that is published now; None for a firm known from feeds alone."""
    query = select(Revision).where(Revision.firm_id == firm_id, Revision.state == State.PUBLISHED)
    return session.scalars(query).first()


def list_versions(session: Session, firm_id: int) -> list[Revision]:
    """Every version that was ever published, the newest first."""
    query = (
        select(Revision)
        .where(
            Revision.firm_id == firm_id,
            Revision.state.in_((State.PUBLISHED, State.SUPERSEDED)),
        )
        .order_by(Revision.number.desc())
    )
    return list(session.scalars(query))


# Beginning


def begin_new(session: Session, actor_id: int, name: str) -> Revision:
    """Begin the record of a firm that is not here; the same name again finds the same record.

    Raises RuleBroken for a name that is blank or too long.
    """
    name = " ".join(name.replace("\0", " ").split())
    if not name or len(name) > 300:
        raise RuleBroken(_("Write the firm’s name, in 1 to %(most)s characters.", most=300))
    for draft in list_drafts(session, actor_id):
        if (listed_name(draft.content["identity"]) or "").lower() == name.lower():
            return draft
    content = empty_record()
    content["identity"]["legal_name_en"] = name
    return _begin(session, actor_id, None, 1, empty_record(), content, None)


def begin_revision(session: Session, actor_id: int, firm_id: int) -> Revision:
    """The firm's open revision, begun from its published facts if there is none.

    Raises NotFound for a firm that the person does not act for.
    """
    firm = find_firm(session, firm_id)
    if firm is None or not acts_for(session, actor_id, firm_id):
        raise NotFound(_("There is no firm with the number %(id)s.", id=firm_id))
    if found := open_revision(session, firm_id):
        return found
    content = read_record(session, firm)
    newest = select(func.max(Revision.number)).where(Revision.firm_id == firm_id)
    number = (session.scalar(newest) or 0) + 1
    base = published_revision(session, firm_id)
    try:
        with session.begin_nested():
            return _begin(session, actor_id, firm_id, number, content, content, base)
    except IntegrityError:  # a colleague began it in this moment
        found = open_revision(session, firm_id)
        assert found
        return found


def _begin(
    session: Session,
    actor_id: int,
    firm_id: int | None,
    number: int,
    began_with: dict[str, Any],
    content: dict[str, Any],
    base: Revision | None,
) -> Revision:
    revision = Revision(
        firm_id=firm_id,
        number=number,
        state=State.DRAFT,
        content=content,
        began_with=began_with,
        base_id=base.id if base else None,
        begun_by=actor_id,
        edited_by=actor_id,
    )
    session.add(revision)
    session.flush()
    _note(session, actor_id, "revision.begin", revision)
    return revision


# Saving


def piece_of(revision: Revision, section: Section, key: str | None) -> Piece | None:
    """A section that is filled once, or one of many by its key; None if there is no such one."""
    content = revision.content[section.name]
    if not section.many:
        return dict(content)
    return next((item for item in content if item["key"] == key), None)


def new_key() -> str:
    """A key for a piece that has no row yet; rows have numbers."""
    return f"n{secrets.token_hex(4)}"


def save_piece(
    session: Session,
    actor_id: int,
    revision: Revision,
    section: Section,
    key: str | None,
    was: Mapping[str, Any] | None,
    mine: Piece,
) -> Saved:
    """Store a piece that began as `was`, together with what others did to it meanwhile.

    Where a colleague changed the same field to something else nothing is stored: a person must
    choose. Raises Conflict for a record that is not open for changes, RuleBroken for too many.
    """
    try:
        with session.begin_nested():
            return _save(session, actor_id, revision, section, key, was, mine)
    except StaleDataError:  # a colleague saved in this moment: look at what they did
        session.refresh(revision)
        return _save(session, actor_id, revision, section, key, was, mine)


def _save(
    session: Session,
    actor_id: int,
    revision: Revision,
    section: Section,
    key: str | None,
    was: Mapping[str, Any] | None,
    mine: Piece,
) -> Saved:
    _require_editable(revision)
    there = piece_of(revision, section, key)
    began = was if was else None
    if there is None:
        # New, or taken off the list by a colleague: what was typed comes (back) on it.
        there, began = {}, {}
    combined, clashes = combine(began, mine, there)
    theirs = {name: there.get(name) for name in mine}
    if clashes:
        return Saved(combined, clashes, theirs, [])
    by_others = [name for name in mine if began and theirs[name] != began.get(name)]
    content = dict(revision.content)
    if section.many:
        content[section.name] = _with_item(content[section.name], section, key, combined)
    else:
        content[section.name] = combined
    _store(session, actor_id, revision, content)
    return Saved(combined, [], theirs, by_others)


def _with_item(items: list[Piece], section: Section, key: str | None, piece: Piece) -> list[Piece]:
    assert key
    if any(item["key"] == key for item in items):
        return [{**item, **piece} if item["key"] == key else item for item in items]
    if len(items) >= section.most:
        raise RuleBroken(_("At most %(most)s entries fit in this section.", most=section.most))
    return [*items, {"key": key, **piece}]


def remove_item(
    session: Session, actor_id: int, revision: Revision, section: Section, key: str
) -> None:
    """Take one of many off the record; one that is gone already changes nothing."""
    _require_editable(revision)
    kept = [item for item in revision.content[section.name] if item["key"] != key]
    if len(kept) < len(revision.content[section.name]):
        _store(session, actor_id, revision, {**revision.content, section.name: kept})


def add_class(session: Session, actor_id: int, revision: Revision, code: str) -> SupplyClass:
    """Declare a supply class. Raises RuleBroken for a code that is not one, or one too many."""
    _require_editable(revision)
    code = code.strip()
    found = session.get(SupplyClass, code) if CLASS_CODE.fullmatch(code) else None
    if found is None or found.retired:
        raise RuleBroken(_("“%(code)s” is not a supply class, such as 1320.", code=code[:40]))
    codes = revision.content[CLASSES]
    if found.code not in codes:
        if len(codes) >= MOST_CLASSES:
            raise RuleBroken(
                _("Declare at most %(most)s supply classes: those that matter.", most=MOST_CLASSES)
            )
        content = {**revision.content, CLASSES: sorted([*codes, found.code])}
        _store(session, actor_id, revision, content)
    return found


def remove_class(session: Session, actor_id: int, revision: Revision, code: str) -> None:
    _require_editable(revision)
    codes = [each for each in revision.content[CLASSES] if each != code]
    if codes != revision.content[CLASSES]:
        _store(session, actor_id, revision, {**revision.content, CLASSES: codes})


def set_files(
    session: Session, actor_id: int, revision: Revision, key: str, files: list[int]
) -> None:
    """Which files of evidence a certificate names. Raises NotFound if it is gone."""
    _require_editable(revision)
    section = SECTIONS["certificates"]
    if piece_of(revision, section, key) is None:
        raise NotFound(_("This certificate is not on the record any more."))
    items = [
        {**item, "files": files} if item["key"] == key else item
        for item in revision.content[section.name]
    ]
    _store(session, actor_id, revision, {**revision.content, section.name: items})


def _require_editable(revision: Revision) -> None:
    if revision.editable:
        return
    if revision.state == State.SUBMITTED:
        raise Conflict(_("The record is with an administrator. Take it back to change it."))
    raise Conflict(_("This version is closed. Begin a new one from your firm’s page."))


def _store(session: Session, actor_id: int, revision: Revision, content: dict[str, Any]) -> None:
    before = revision.content
    revision.content = content
    revision.edited_by, revision.edited_at = actor_id, utcnow()
    session.flush()
    changes = [change.as_json() for change in compare_records(before, content)]
    if changes:
        _note(session, actor_id, "revision.save", revision, changes=changes)


# Handing in, and what an administrator decides


def submit(session: Session, actor_id: int, revision: Revision) -> None:
    """Hand the record to an administrator; handing it in twice changes nothing.

    Raises RuleBroken for a record without a name.
    """
    if revision.state == State.SUBMITTED:
        return
    _require_editable(revision)
    if listed_name(revision.content["identity"]) is None:
        raise RuleBroken(_("State the firm’s name before you submit."))
    revision.state, revision.reasons = State.SUBMITTED, None
    revision.submitted_by, revision.submitted_at = actor_id, utcnow()
    session.flush()
    _note(session, actor_id, "revision.submit", revision)


def take_back(session: Session, actor_id: int, revision: Revision) -> None:
    """Work on a submitted record again. Raises Conflict once it was decided."""
    if revision.editable:
        return
    if revision.state != State.SUBMITTED:
        raise Conflict(_("An administrator has decided meanwhile. See your firm’s page."))
    revision.state = State.DRAFT
    session.flush()
    _note(session, actor_id, "revision.take_back", revision)


def give_up(session: Session, actor_id: int, revision: Revision) -> None:
    """Discard an open revision; what is published stays as it is, and the trail keeps the rest."""
    if revision.state == State.WITHDRAWN:
        return
    _require_editable(revision)
    revision.state = State.WITHDRAWN
    session.flush()
    _note(session, actor_id, "revision.give_up", revision)


def return_revision(session: Session, actor_id: int, revision: Revision, reasons: str) -> None:
    """Give a submitted record back to the firm. Raises Conflict, RuleBroken without a reason."""
    _require_submitted(revision)
    revision.reasons = reason_of(reasons)
    revision.state = State.RETURNED
    revision.decided_by, revision.decided_at = actor_id, utcnow()
    session.flush()
    _note(session, actor_id, "revision.return", revision, why=revision.reasons)


def publish(session: Session, actor_id: int, revision: Revision) -> Firm:
    """Make a submitted record the firm's facts, and whoever began a new firm's record its owner.

    The version before it stays readable. Raises Conflict if it is not submitted, or if another
    firm has one of its identifiers.
    """
    _require_submitted(revision)
    assert revision.submitted_at
    as_of = revision.submitted_at.date()
    firm = revision.firm
    if firm is None:
        firm = new_firm(session, revision.content, as_of)
        revision.firm = firm
        session.add(Membership(user_id=revision.begun_by, firm_id=firm.id))
    before = read_record(session, firm)
    write_record(session, actor_id, firm, revision.began_with, revision.content, as_of)
    after = read_record(session, firm)
    if earlier := published_revision(session, firm.id):
        earlier.state = State.SUPERSEDED
        session.flush()
    revision.content, revision.state = after, State.PUBLISHED
    revision.decided_by, revision.decided_at = actor_id, utcnow()
    firm.updated_at = utcnow()
    session.flush()
    changes = [change.as_json() for change in compare_records(before, after)]
    _note(session, actor_id, "revision.publish", revision, changes=changes)
    record_event(
        session,
        actor_id,
        "firm.publish",
        "firm",
        firm.id,
        before={"version": earlier.number if earlier else None},
        after={"version": revision.number},
    )
    announce_changes(session, [firm.id])
    return firm


def reason_of(text: str) -> str:
    """A reason as it is kept. Raises RuleBroken if it is blank or too long."""
    text = text.replace("\0", "").strip()
    if not text or len(text) > REASON_LENGTH:
        raise RuleBroken(
            _(
                "Give the reason, in 1 to %(most)s characters: the firm reads it.",
                most=REASON_LENGTH,
            )
        )
    return text


def _require_submitted(revision: Revision) -> None:
    if revision.state != State.SUBMITTED:
        raise Conflict(_("This record does not wait any more: see the inbox for what does."))


def _note(session: Session, actor_id: int, action: str, revision: Revision, **detail: Any) -> None:
    record_event(
        session, actor_id, action, "revision", revision.id, firm_id=revision.firm_id, **detail
    )


# Who and when, in words


def names_of(session: Session, user_ids: set[int | None]) -> dict[int, str]:
    """What people are called, by their numbers; an account that is gone is missing."""
    query = select(User.id, User.name).where(User.id.in_(user_ids - {None}))
    return {row.id: row.name for row in session.execute(query)}
