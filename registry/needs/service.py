"""Rules about an office's needs: who may know them, how a file of them is applied."""

from collections.abc import Sequence

from sqlalchemy import case, select
from sqlalchemy.orm import Session, joinedload

from matching import Need, Requirement
from registry.accounts.models import User
from registry.audit.service import record
from registry.bulk.reading import ADDED, CHANGED, Entry
from registry.bulk.service import claim, does_as_shown, tally
from registry.db import utcnow
from registry.errors import NotFound
from registry.feeds.text import clean
from registry.finding.dismissals import whose
from registry.i18n import gettext as _
from registry.needs.models import PRIORITIES, NeedUpload, OfficeNeed
from registry.needs.reading import make_plan
from registry.rules.content import GATES

RECENT = 10
_LARGEST_ID = 2**31 - 1


def list_needs(session: Session, person: User) -> list[OfficeNeed]:
    """The needs of the person's office: open ones first, by priority, what is due soonest first."""
    urgency = case(
        {word: place for place, word in enumerate(PRIORITIES)}, value=OfficeNeed.priority
    )
    query = (
        select(OfficeNeed)
        .where(OfficeNeed.whose == whose(person))
        .options(joinedload(OfficeNeed.category))
        .order_by(
            OfficeNeed.closed, urgency, OfficeNeed.by_date.is_(None), OfficeNeed.by_date,
            OfficeNeed.id,
        )
    )  # fmt: skip
    return list(session.scalars(query))


def needs_of_category(session: Session, person: User, code: str) -> list[OfficeNeed]:
    """Those of the person's office that say how many of a category by when, the soonest first."""
    query = (
        select(OfficeNeed)
        .where(
            OfficeNeed.whose == whose(person),
            OfficeNeed.category_code == code,
            OfficeNeed.quantity.is_not(None),
            OfficeNeed.by_date.is_not(None),
            ~OfficeNeed.closed,
        )
        .order_by(OfficeNeed.by_date, OfficeNeed.id)
    )
    return list(session.scalars(query))


def get_need(session: Session, person: User, need_id: int) -> OfficeNeed:
    """A need of the person's office. Raises NotFound, also for that of another office."""
    found = find_need(session, need_id)
    if found is None or found.whose != whose(person):
        raise NotFound(_("There is no such need of your office."))
    return found


def find_need(session: Session, need_id: int) -> OfficeNeed | None:
    """The need of that number, whoever asks: whether they may know it has been asked before."""
    return session.get(OfficeNeed, need_id) if 0 < need_id <= _LARGEST_ID else None


def need_of(stated: OfficeNeed) -> Need:
    """A stated need as one that the engine can rank: its words, its classes, what it requires."""
    category = stated.category
    codes = [*stated.class_codes, *(category.class_codes if category else ())]
    return Need(
        key=stated.reference,
        title_en=stated.title_en or "",
        title_fr=stated.title_fr or "",
        description_en=stated.description_en or "",
        description_fr=stated.description_fr or "",
        synonyms_en=tuple(category.synonyms_en) if category else (),
        synonyms_fr=tuple(category.synonyms_fr) if category else (),
        class_codes=tuple(dict.fromkeys(codes)),
        requirements=tuple(_requirements(stated)),
    )


def _requirements(stated: OfficeNeed) -> list[Requirement]:
    """Those that it says a supplier must meet, as firms are held against those of a notice."""
    asked = {
        "facility clearance": stated.clearance == "FSC",
        "organization screening": stated.clearance == "DOS",
        "controlled goods": stated.controlled_goods,
        "cyber certification": stated.cyber_certification,
        "Indigenous set-aside": stated.indigenous_set_aside,
    }
    return [Requirement(name, GATES[name][0]) for name, wanted in asked.items() if wanted]


def upload_file(session: Session, person: User, file_name: str, content: bytes) -> NeedUpload:
    """Keep the file with its dry run; nothing else changes. Raises FileRefused."""
    plan = [entry.as_json() for entry in make_plan(session, whose(person), content)]
    upload = NeedUpload(
        whose=whose(person),
        uploaded_by=person.id,
        file_name=clean(file_name)[-255:] or _("file without a name"),
        content=content,
        plan=plan,
    )
    session.add(upload)
    session.flush()
    record(session, person.id, "need.upload", "need upload", upload.id, counts=tally(plan))
    return upload


def get_upload(session: Session, person: User, upload_id: int) -> NeedUpload:
    """One file of the person's office. Raises NotFound."""
    upload = session.get(NeedUpload, upload_id)
    if upload is None or upload.whose != whose(person):
        raise NotFound(_("There is no such file of your office. Upload it again."))
    return upload


def recent_uploads(session: Session, person: User) -> list[NeedUpload]:
    query = (
        select(NeedUpload)
        .where(NeedUpload.whose == whose(person))
        .order_by(NeedUpload.id.desc())
        .limit(RECENT)
    )
    return list(session.scalars(query))


def apply_upload(session: Session, person: User, upload: NeedUpload) -> bool:
    """Do what the dry run showed; refused rows are left out.

    False, with the dry run made anew and nothing applied, if the needs have changed since. Raises
    Conflict for a file that was applied already.
    """
    claim(session, upload)
    entries = make_plan(session, upload.whose, upload.content)
    if not does_as_shown(session, upload, entries):
        return False
    keep_needs(session, person, entries)
    counts = tally(upload.plan)
    record(session, person.id, "need.apply", "need upload", upload.id, counts=counts)
    session.flush()
    return True


def keep_needs(session: Session, person: User, entries: Sequence[Entry]) -> None:
    """Add and change the needs of a plan, each with its trace. Flushes."""
    for entry in entries:
        if entry.action not in (ADDED, CHANGED):
            continue
        stated = session.get_one(OfficeNeed, entry.line_id) if entry.line_id else None
        if stated is None:
            stated = OfficeNeed(whose=whose(person), stated_by_id=person.id, **entry.data)
            session.add(stated)
        else:
            for name, value in entry.data.items():
                setattr(stated, name, value)
            stated.stated_by_id, stated.stated_at = person.id, utcnow()
        session.flush()
        action = "need.change" if entry.line_id else "need.add"
        names = sorted(entry.changes)
        record(
            session, person.id, action, "need", stated.id, reference=stated.reference, columns=names
        )
