"""Tenders meet the registry: categories that a notice is about, firms that fit it, and back."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session

import matching
from matching import Match, Need
from registry.db import utcnow
from registry.feeds.text import fold_words
from registry.i18n import gettext as _
from registry.matches.publication import LiveIndex, live_index
from registry.matches.service import NEAR_MISS, match_one
from registry.opportunities.models import TenderMatch
from registry.taxonomy.models import ShortfallCategory
from registry.taxonomy.service import list_categories
from registry.tenders.models import Tender
from registry.tenders.needs import need_of_tender
from registry.tenders.service import is_open

CATEGORIES_SHOWN = 6
KEPT = 50  # firms of a tender that are kept, if they fit at all
_AT_ONCE = 200
_MATCHES = cast(Table, TenderMatch.__table__)
# What a reason adds: a code says more than words, and words of a title more than others.
_SAME_CLASS, _IN_TITLE, _IN_TEXT, _NEAR_TITLE, _READ_CLASS = 4.0, 3.0, 1.0, 1.5, 0.5
_ONE_WORD = 0.7  # it names too many things to count without another reason
_LEAST = 1.0
_SHORT_WORD = 4  # a single word this short names too many things


@dataclass(frozen=True)
class LikelyCategory:
    """A shortfall category that a notice seems to be about, and why."""

    category: ShortfallCategory
    points: float
    reasons: list[str]


class Described(Protocol):
    """What is said of a need in words and codes: a notice, or what an office states."""

    class_codes: Any


def categories_of(session: Session, tender: Described, need: Need) -> list[LikelyCategory]:
    """The categories that a notice is likely about, best first; none if nothing points to one."""
    read = []
    if not tender.class_codes and not need.is_empty:
        inferred = matching.infer_classes(live_index(session).index, need)
        read = [code for code, _weight in inferred[:2]]
    texts = _Texts(tender)
    found = [_likely(category, tender, texts, read) for category in list_categories(session)]
    best = sorted(
        (one for one in found if one.points >= _LEAST),
        key=lambda one: (-one.points, one.category.code),
    )
    return best[:CATEGORIES_SHOWN]


class _Texts:
    """A notice's titles and texts as they are compared, by language."""

    def __init__(self, tender: Described):
        languages = ("en", "fr")
        self.titles = {
            twin: fold_words(getattr(tender, f"title_{twin}") or "") for twin in languages
        }
        self.texts = {
            twin: fold_words(getattr(tender, f"description_{twin}") or "") for twin in languages
        }


def _likely(
    category: ShortfallCategory, tender: Described, texts: _Texts, read: Sequence[str]
) -> LikelyCategory:
    points, reasons = 0.0, []
    if shared := [code for code in tender.class_codes if code in category.class_codes]:
        points += _SAME_CLASS
        reasons.append(_("it names supply class %(codes)s", codes=", ".join(shared)))
    said: dict[str, float] = {}
    for wording, twin in _wordings(category):
        pattern = re.compile(rf"\b{re.escape(fold_words(wording))}\b")
        if pattern.search(texts.titles[twin]):
            said[wording] = _IN_TITLE if " " in wording else _ONE_WORD
        elif pattern.search(texts.texts[twin]):
            said[wording] = _IN_TEXT if " " in wording else _ONE_WORD
    if said:
        points += max(said.values()) + 0.1 * len(said)
        quoted = ", ".join(_("“%(words)s”", words=wording) for wording in list(said)[:3])
        reasons.append(_("it says %(words)s", words=quoted))
    elif _near(category, texts):
        points += _NEAR_TITLE
        reasons.append(_("its title is near the title of the category"))
    if also := [code for code in read if code in category.class_codes]:
        points += _READ_CLASS
        reasons.append(_("its words are those of supply class %(codes)s", codes=", ".join(also)))
    return LikelyCategory(category, points, reasons)


def _wordings(category: ShortfallCategory) -> Iterator[tuple[str, str]]:
    for twin in ("en", "fr"):
        for wording in (getattr(category, f"title_{twin}"), *getattr(category, f"synonyms_{twin}")):
            if len(wording) > _SHORT_WORD:
                yield wording, twin


def _near(category: ShortfallCategory, texts: _Texts) -> bool:
    return any(
        title and matching.nearest_texts(title, [(getattr(category, f"title_{twin}"),)], limit=1)
        for twin, title in texts.titles.items()
    )


def match_open(
    session: Session, progress: Callable[[int, int], None] = lambda done, total: None
) -> int:
    """Keep the best firms of every open tender, and forget those of the others; how many tenders.

    Commits in between: done again from the start it ends in the same.
    """
    live = live_index(session)
    opened = select(Tender.id).where(is_open(utcnow()))
    session.execute(delete(_MATCHES).where(_MATCHES.c.tender_id.not_in(opened)))
    numbers = list(session.scalars(opened.order_by(Tender.id)))
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        rows = list(_best(session, live, some))
        session.execute(delete(_MATCHES).where(_MATCHES.c.tender_id.in_(some)))
        if rows:
            session.execute(insert(_MATCHES), rows)
        session.commit()
        progress(start + len(some), len(numbers))
    return len(numbers)


def _best(
    session: Session, live: LiveIndex, tender_ids: Sequence[int]
) -> Iterator[dict[str, float]]:
    tenders = session.scalars(
        select(Tender).where(Tender.id.in_(tender_ids)).execution_options(populate_existing=True)
    )
    for tender in tenders:
        best = matching.order(live.index, need_of_tender(tender), limit=KEPT)
        for rank, (firm_id, score) in enumerate(best, start=1):
            if score < NEAR_MISS:
                break
            yield {"tender_id": tender.id, "firm_id": firm_id, "rank": rank, "score": score}
        session.expunge(tender)


@dataclass(frozen=True)
class FittingTender:
    """An open tender that a firm fits, with its match there as of now."""

    tender: Tender
    match: Match


def tenders_of_firm(session: Session, firm_id: int, limit: int) -> list[FittingTender]:
    """The open tenders for which a firm is among the best, those that it fits best first."""
    live = live_index(session)
    found = session.scalars(
        select(Tender)
        .join(TenderMatch, TenderMatch.tender_id == Tender.id)
        .where(TenderMatch.firm_id == firm_id, is_open(utcnow()))
        .order_by(TenderMatch.score.desc(), Tender.closes_at, Tender.id)
        .limit(limit)
    )
    matches = ((tender, match_one(live, need_of_tender(tender), firm_id)) for tender in found)
    return [FittingTender(tender, match) for tender, match in matches if match]
