"""The rules that come with Cadence, loaded beside what administrators saved, never over it."""

import csv
import io
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.audit.service import record
from registry.db import today, utcnow
from registry.rules.content import CATEGORY, COMMODITIES, NSC, THRESHOLD, RuleContent
from registry.rules.models import Rule
from registry.taxonomy.models import ShortfallCategory
from registry.taxonomy.service import after_loading

_NOTICES = {
    "2023-6": "contracting-policy-notice-2023-6-trade-agreements.html",
    "2025-8": "2025-8.html",
}
_NOTICE_URL = "https://www.canada.ca/{}/treasury-board-secretariat/services/policy-notice/{}"
_DOUBTFUL = {
    "reason_en": "The notice gives this amount with a note, and others report a higher one.",
    "reason_fr": "L’avis donne ce montant avec une note, et d’autres en signalent un plus élevé.",
}
_SHORT_WORD = 4  # a single word this short names too many things


def load_packaged_rules(session: Session) -> int:
    """Write each packaged rule that is new or says something else than before; how many.

    A rule that an administrator saved stays as it is, whatever the package says of it.
    """
    current = {
        rule.key: rule for rule in session.scalars(select(Rule).where(Rule.replaced_at.is_(None)))
    }
    written = 0
    for key, content in _packaged(session):
        rule = current.get(key)
        if rule is None and _has_ended(content):
            continue
        if rule is None or (rule.added_by is None and rule.content != content):
            add_version(session, key, rule, content)
            written += 1
    if written:
        record(session, None, "rules.load", "rule", None, entries=written)
        session.flush()
    return written


def _has_ended(content: RuleContent) -> bool:
    return content.kind == CATEGORY and content.valid_until is not None


def add_version(
    session: Session,
    key: str,
    before: Rule | None,
    content: RuleContent,
    actor_id: int | None = None,
    why: str | None = None,
) -> Rule:
    """The next version of a rule, or its first. Raises IntegrityError if another was faster."""
    if before:
        before.replaced_at = utcnow()
        session.flush()
    rule = Rule(
        key=key,
        version=before.version + 1 if before else 1,
        **{name: getattr(content, name) for name in RuleContent.names()},
        why=why,
        added_by=actor_id,
    )
    for name in ("codes", "words_en", "words_fr"):
        setattr(rule, name, list(getattr(content, name)))
    session.add(rule)
    session.flush()
    return rule


def _packaged(session: Session) -> Iterator[tuple[str, RuleContent]]:
    for category in session.scalars(select(ShortfallCategory).order_by(ShortfallCategory.code)):
        yield f"category:{category.code}", _of_category(session, category)
    for entry in _entries():
        yield entry["key"], RuleContent.from_json(entry)
    yield from _thresholds()


def _of_category(session: Session, category: ShortfallCategory) -> RuleContent:
    """Its classes and its words point to it; one that is retired has lost its notices by now."""
    words = {
        language: tuple(
            wording
            for wording in (
                getattr(category, f"title_{language}"),
                *getattr(category, f"synonyms_{language}"),
            )
            if len(wording) > _SHORT_WORD
        )
        for language in ("en", "fr")
    }
    return RuleContent(
        kind=CATEGORY,
        target=category.code,
        codes=tuple(f"{NSC}:{code}" for code in category.class_codes),
        words_en=words["en"],
        words_fr=words["fr"],
        weight=1.0,
        valid_until=_retired_on(session, category),
        source_en="Cadence: classes and words of the shortfall category",
        source_fr="Cadence : classes et mots de la catégorie de lacunes",
    )


def _retired_on(session: Session, category: ShortfallCategory) -> Any:
    """The last day of a retired category: the day when that was first seen."""
    if not category.retired:
        return None
    ended = select(Rule.valid_until).where(
        Rule.key == f"category:{category.code}", Rule.replaced_at.is_(None)
    )
    return session.scalar(ended) or today()


@cache
def _entries() -> list[dict[str, Any]]:
    return list(json.loads(_read("rules.json")))


@cache
def _thresholds() -> tuple[tuple[str, RuleContent], ...]:
    """One rule of each amount in the table of thresholds; what it leaves blank is not known."""
    found = []
    for row in csv.DictReader(io.StringIO(_read("thresholds.csv"))):
        for commodity in COMMODITIES:
            if row[commodity]:
                parts = (row["agreement"], row["entity"], commodity, row["valid_from"])
                found.append((f"threshold:{':'.join(parts)}", _threshold(row, commodity)))
    return tuple(found)


def _threshold(row: dict[str, str], commodity: str) -> RuleContent:
    number, page = row["notice"], _NOTICES[row["notice"]]
    return RuleContent.from_json({
        "kind": THRESHOLD,
        "target": row["agreement"],
        "entity": row["entity"],
        "commodity": commodity,
        "amount_cad": int(row[commodity]),
        "valid_from": row["valid_from"],
        "valid_until": row["valid_until"],
        "source_en": f"Contracting Policy Notice {number}, {_NOTICE_URL.format('en', page)}",
        "source_fr": f"Avis sur la Politique sur les marchés {number}, "
        + _NOTICE_URL.format("en", page),
        **(_DOUBTFUL if row["note"] else {}),
    })  # fmt: skip


def _read(name: str) -> str:
    return files("registry.rules").joinpath("data", name).read_text("utf-8")


after_loading(load_packaged_rules)
