"""Who may read and change a shortlist, and with whom it is shared."""

from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from registry.accounts.models import ADMINISTRATOR, OFFICIAL, User
from registry.audit.service import record
from registry.errors import Conflict, NotAllowed, NotFound, RuleBroken
from registry.i18n import gettext as _
from registry.shortlists.models import (
    EDITOR,
    OWNER,
    READER,
    SHARED,
    PanelMember,
    Shortlist,
    ShortlistPerson,
)

_RANK = {None: -1, READER: 0, EDITOR: 1, OWNER: 2}


class Locked(Conflict):
    """The list is as it was frozen; it is unlocked first."""


def role_in(session: Session, shortlist: Shortlist, person_id: int | None) -> str | None:
    """The widest role of a person in a list, None for none; the operator (None) owns all."""
    if person_id in (None, shortlist.owner_id):
        return OWNER
    roles: list[str | None] = [one.role for one in shortlist.people if one.user_id == person_id]
    if any(one.user_id == person_id for one in shortlist.panel):
        roles.append(READER)
    if shortlist.office and (person := session.get(User, person_id)) and _office_of(person):
        roles.append(shortlist.office_role if person.office == shortlist.office else None)
    return max(roles, key=lambda role: _RANK[role], default=None)


def _office_of(person: User) -> str | None:
    """The office for which the person works, if as an official."""
    return person.office if person.has_role(OFFICIAL) else None


def readable_by(person: User) -> ColumnElement[bool]:
    """The lists that a person may open."""
    people = select(ShortlistPerson.shortlist_id).where(ShortlistPerson.user_id == person.id)
    panel = select(PanelMember.shortlist_id).where(PanelMember.user_id == person.id)
    ways = [Shortlist.owner_id == person.id, Shortlist.id.in_(people), Shortlist.id.in_(panel)]
    if office := _office_of(person):
        ways.append(Shortlist.office == office)
    return or_(*ways)


def allow(session: Session, shortlist: Shortlist, person_id: int | None, least: str) -> None:
    """Raises NotFound for a stranger, NotAllowed for one whose role is too narrow.

    Whoever changes something (`least` beyond a reader) is also told that the list is locked.
    """
    role = role_in(session, shortlist, person_id)
    if role is None:
        raise NotFound(_("There is no shortlist with the number %(id)s.", id=shortlist.id))
    if _RANK[role] < _RANK[least]:
        raise NotAllowed(_("You may read this shortlist, not change it. Ask its owner."))


def keep_open(shortlist: Shortlist) -> None:
    """Raises Locked where the list is frozen."""
    if shortlist.locked:
        raise Locked(_("This shortlist is locked. Its owner can unlock it for a new revision."))


def find_colleague(session: Session, email: str) -> User:
    """An official or administrator with an active account. Raises RuleBroken."""
    address = email.replace("\0", "").strip()
    person = session.scalars(select(User).where(User.email.ilike(address, escape="\\"))).first()
    if person is None or not person.active or not _works_here(person):
        raise RuleBroken(_("No official has an account with the address %(email)s.", email=address))
    return person


def _works_here(person: User) -> bool:
    return person.has_role(OFFICIAL) or person.has_role(ADMINISTRATOR)


def share(
    session: Session, actor_id: int, shortlist: Shortlist, email: str, role: str
) -> ShortlistPerson:
    """Let a colleague read or edit; whoever has it already gets the new role."""
    if role not in SHARED:
        raise RuleBroken(_("A colleague is an editor or a reader."))
    person = find_colleague(session, email)
    if person.id == shortlist.owner_id:
        raise RuleBroken(_("The shortlist is already theirs: they own it."))
    found = next((one for one in shortlist.people if one.user_id == person.id), None)
    if found is None:
        found = ShortlistPerson(user_id=person.id, user=person, role=role)
        shortlist.people.append(found)
    found.role = role
    _note(session, actor_id, shortlist, "shortlist.share", user_id=person.id, role=role)
    return found


def unshare(session: Session, actor_id: int, shortlist: Shortlist, user_id: int) -> None:
    """Take a colleague's access away; a second time nothing happens."""
    for one in [one for one in shortlist.people if one.user_id == user_id]:
        shortlist.people.remove(one)
        _note(session, actor_id, shortlist, "shortlist.unshare", user_id=user_id)


def share_with_office(
    session: Session, actor_id: int, shortlist: Shortlist, role: str | None
) -> None:
    """Open the list to all officials of its owner's office, or to none of them for None."""
    if role is not None and role not in SHARED:
        raise RuleBroken(_("A colleague is an editor or a reader."))
    office = shortlist.owner.office
    if role is not None and not office:
        raise RuleBroken(_("The owner’s account names no office to share with."))
    shortlist.office, shortlist.office_role = (office, role) if role else (None, None)
    _note(session, actor_id, shortlist, "shortlist.office", office=office, role=role)


def _note(
    session: Session, actor_id: int, shortlist: Shortlist, action: str, **detail: Any
) -> None:
    """Record; `office` is told as a fact, not as whom the actor acts for."""
    office = detail.pop("office", None)
    if office is not None:
        detail["shared_office"] = office
    record(session, actor_id, action, "shortlist", shortlist.id, **detail)
    session.flush()
