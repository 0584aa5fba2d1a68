"""A notice as a need that the engine can rank."""

from collections.abc import Sequence
from textwrap import shorten

from matching import Need, Requirement
from registry.tenders.models import Tender

# The beginning of a description says what is wanted; further on it speaks of terms and dates.
DESCRIPTION_LENGTH = 1_200


def need_of_tender(tender: Tender, requirements: Sequence[Requirement] = ()) -> Need:
    """Its titles, words of its codes, classes, the beginning of its text, what it requires."""
    return Need(
        key=tender.reference,
        title_en=tender.title_en or "",
        title_fr=tender.title_fr or "",
        description_en=_beginning(tender.description_en),
        description_fr=_beginning(tender.description_fr),
        synonyms_en=tuple(dict.fromkeys((*tender.gsin_en, *tender.unspsc_en))),
        synonyms_fr=tuple(dict.fromkeys((*tender.gsin_fr, *tender.unspsc_fr))),
        class_codes=tuple(tender.class_codes),
        requirements=tuple(requirements),
    )


def _beginning(text: str | None) -> str:
    return shorten(text or "", DESCRIPTION_LENGTH, placeholder="")
