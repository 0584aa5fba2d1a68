"""A stated need as the rules read it."""

from registry.needs.models import OfficeNeed
from registry.rules.content import GSIN, NSC, UNSPSC
from registry.rules.reading import Notice


def notice_of_need(need: OfficeNeed) -> Notice:
    """What an office states, as if it were a notice of the day on which it was stated."""
    return Notice(
        day=need.stated_at.date(),
        titles={"en": need.title_en or "", "fr": need.title_fr or ""},
        texts={"en": need.description_en or "", "fr": need.description_fr or ""},
        agreements={"en": "", "fr": ""},
        buyers={"en": "", "fr": ""},
        codes={UNSPSC: [], GSIN: [], NSC: need.class_codes},
        kinds=[],
    )
