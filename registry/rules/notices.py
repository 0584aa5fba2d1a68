"""A stored notice as the rules read it."""

import datetime as dt

from registry.db import today
from registry.rules.content import GSIN, NSC, UNSPSC
from registry.rules.reading import Notice
from registry.tenders.models import Tender

# What `notice_of` reads of a row; its other columns need not be loaded.
COLUMNS = (
    Tender.id, Tender.reference, Tender.digest, Tender.title_en, Tender.title_fr,
    Tender.description_en, Tender.description_fr, Tender.published_on, Tender.as_of,
    Tender.closes_at, Tender.kinds, Tender.gsin_codes, Tender.unspsc_codes, Tender.class_codes,
    Tender.agreements_en, Tender.agreements_fr, Tender.buyer_en, Tender.buyer_fr,
)  # fmt: skip


def day_of(tender: Tender) -> dt.date:
    """The day whose rules a notice is read by: of publication, or the nearest that is stated."""
    closing = tender.closes_at.date() if tender.closes_at else None
    return tender.published_on or tender.as_of or closing or today()


def notice_of(tender: Tender) -> Notice:
    """The notice without what no rule looks at."""
    return Notice(
        day=day_of(tender),
        titles={"en": tender.title_en or "", "fr": tender.title_fr or ""},
        texts={"en": tender.description_en or "", "fr": tender.description_fr or ""},
        agreements={"en": "; ".join(tender.agreements_en), "fr": "; ".join(tender.agreements_fr)},
        buyers={"en": tender.buyer_en or "", "fr": tender.buyer_fr or ""},
        codes={
            UNSPSC: tender.unspsc_codes,
            GSIN: tender.gsin_codes,
            NSC: tender.class_codes,
        },
        kinds=tender.kinds,
    )
