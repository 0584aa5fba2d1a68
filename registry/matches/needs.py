"""From what a person points at (a category, a class, words, a tender) to a need to rank."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from json import loads
from textwrap import shorten
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import matching
from matching import Need, Query, Requirement
from registry.errors import NotFound, RuleBroken
from registry.i18n import gettext as _
from registry.i18n import language_spoken
from registry.needs.models import OfficeNeed
from registry.needs.service import find_need, need_of
from registry.rules.service import need_of_notice, read_notice
from registry.taxonomy.models import ShortfallCategory, SupplyClass
from registry.taxonomy.service import get_category, get_class
from registry.tenders.models import Tender
from registry.tenders.service import get_tender

# How a need is referred to, in forms, in stored shortlists and in addresses: one key, one value.
CATEGORY, CLASS, TEXT, TENDER, OWN = "category", "class", "text", "tender", "need"
REFERENCES = (CATEGORY, CLASS, TEXT, TENDER, OWN)
LONGEST_TEXT = 400
MOST_MEANT = 12  # classes of a prefix that a search is read as; all of them are searched
_NUMBER = re.compile(r"[0-9]{1,9}")
TITLE_LENGTH = 120  # of a shortlist called by what was searched for


@cache
def _requirements_by_domain() -> dict[str, tuple[Requirement, ...]]:
    """Which gates stand before which domain: data, in taxonomy/data/requirements.json."""
    content = files("registry.taxonomy").joinpath("data", "requirements.json").read_text("utf-8")
    table: dict[str, tuple[Requirement, ...]] = {}
    for name, rule in loads(content).items():
        for domain in rule["domains"]:
            requirement = Requirement(
                name, tuple(rule.get("any_of", ())), tuple(rule.get("activities", ()))
            )
            table[domain] = (*table.get(domain, ()), requirement)
    return table


def need_of_category(category: ShortfallCategory) -> Need:
    """The category's words in both languages, its classes, and its domain's requirements."""
    return Need(
        key=category.code,
        title_en=category.title_en,
        title_fr=category.title_fr,
        description_en=category.description_en,
        description_fr=category.description_fr,
        synonyms_en=tuple(category.synonyms_en),
        synonyms_fr=tuple(category.synonyms_fr),
        class_codes=tuple(category.class_codes),
        requirements=_requirements_by_domain().get(category.domain, ()),
    )


def need_of_class(supply_class: SupplyClass) -> Need:
    return Need(
        key=supply_class.code,
        title_en=supply_class.title_en,
        title_fr=supply_class.title_fr,
        class_codes=(supply_class.code,),
    )


def need_of_text(text: str) -> Need:
    """Words in either language. Raises RuleBroken if they are too long to be a search."""
    if len(text) > LONGEST_TEXT:
        raise RuleBroken(
            _(
                "The search is too long: at most %(most)s characters. Keep the words that matter.",
                most=LONGEST_TEXT,
            )
        )
    # The language is not known, and the engine treats both alike.
    return Need(key=text, title_en=text, title_fr=text)


def need_of_query(query: Query, codes: Collection[str]) -> Need:
    """A search as a need: its words and phrases, and those of all classes that its codes name."""
    prefixes = tuple(query.texts(matching.Kind.CODE))
    meant = [code for code in codes if code.startswith(prefixes)] if prefixes else []
    need = need_of_text(query.words)
    return replace(
        need, key=" ".join((query.words, *prefixes)).strip(), class_codes=tuple(meant[:MOST_MEANT])
    )


def _need_of_search(session: Session, text: str) -> Need:
    """The need of a stored search; one that cannot be read is its words as they stand."""
    codes = list(session.scalars(select(SupplyClass.code).order_by(SupplyClass.code)))
    try:
        return need_of_query(matching.parse_query(text, codes), codes)
    except matching.QueryFaulty:
        return need_of_text(text)


def need_from_reference(session: Session, reference: Mapping[str, Any]) -> Need | None:
    """The need that a stored reference points at; None for a list without a need."""
    if code := reference.get(CATEGORY):
        return need_of_category(get_category(session, code))
    if code := reference.get(CLASS):
        return need_of_class(get_class(session, code))
    if text := reference.get(TEXT):
        return _need_of_search(session, text)
    if number := reference.get(TENDER):
        tender = _tender(session, number)
        return need_of_notice(tender, read_notice(session, tender))
    if number := reference.get(OWN):
        return need_of(_own(session, number))
    return None


def _own(session: Session, number: str) -> OfficeNeed:
    """The need of an office. Raises NotFound.

    Whoever names one in an address is asked first whether it is theirs (`opportunities`).
    """
    if found := find_need(session, int(number) if _NUMBER.fullmatch(number) else 0):
        return found
    raise NotFound(_("There is no such need of your office."))


def _tender(session: Session, number: str) -> Tender:
    """The notice that a reference names. Raises NotFound, also for what is not a number."""
    return get_tender(session, int(number) if _NUMBER.fullmatch(number) else 0)


def reference_from_form(form: Mapping[str, str]) -> dict[str, str]:
    """The reference among a form's fields; empty if there is none."""
    for name in REFERENCES:
        if value := form.get(name, "").strip():
            return {name: value[:LONGEST_TEXT]}
    return {}


def need_title(session: Session, reference: Mapping[str, Any], language: str) -> str:
    """What a new shortlist for this need is called."""
    if code := reference.get(CATEGORY):
        return get_category(session, code).title_in(language)
    if code := reference.get(CLASS):
        return f"{code} {get_class(session, code).title_in(language)}"
    if number := reference.get(TENDER):
        return _short(_tender(session, number).title_in(language))
    if number := reference.get(OWN):
        return _short(_own(session, number).title_in(language))
    return _short(reference.get(TEXT) or "") or _("Firms without a need")


def _short(title: str) -> str:
    return shorten(title, TITLE_LENGTH, placeholder=" …")


def need_sentence(session: Session, reference: Mapping[str, Any]) -> str:
    """How a need is referred to on paper."""
    if code := reference.get(CATEGORY):
        return _("shortfall category %(code)s", code=code)
    if code := reference.get(CLASS):
        return _("supply class %(code)s", code=code)
    if text := reference.get(TEXT):
        return _("the words “%(text)s”", text=text)
    if number := reference.get(TENDER):
        return _tender_sentence(session, number)
    if number := reference.get(OWN):
        return _("need %(number)s of an office", number=number)
    return _("no need stated")


def _tender_sentence(session: Session, number: str) -> str:
    """A notice as its publisher calls it: our own number of it says nothing to anyone."""
    try:
        tender = _tender(session, number)
    except NotFound:
        return _("a tender that is no longer here")
    title = _short(tender.title_in(language_spoken()))
    return _("tender %(reference)s, “%(title)s”", reference=tender.reference, title=title)
