"""What feeds can hold, and how each is read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from registry.demand.awards import AWARDS, HISTORY
from registry.demand.importing import import_awards
from registry.demand.ocds import SOURCE as OCDS_AWARDS
from registry.feeds.importing import SourceNote, Tally
from registry.feeds.reader import Feed
from registry.i18n import mark
from registry.tenders.canadabuys import SOURCE as TENDERS
from registry.tenders.importing import import_tenders
from registry.tenders.ocds import SOURCE as OCDS_TENDERS

Import = Callable[[Session, Feed, str, Any, Callable[[int], None]], Tally]


@dataclass(frozen=True)
class FeedKind:
    """`label` is a marked message; `matches` says that tenders are matched after a change."""

    label: str
    source: SourceNote
    format_name: str
    read: Import
    matches: bool = False


FEED_KINDS = {
    "tenders": FeedKind(
        mark("Tenders (CanadaBuys)"), TENDERS, "canadabuys", import_tenders, matches=True
    ),
    "awards": FeedKind(mark("Awards (CanadaBuys)"), AWARDS, "canadabuys", import_awards),
    "history": FeedKind(
        mark("Contract history (CanadaBuys)"), HISTORY, "canadabuys-history", import_awards
    ),
    "ocds-tenders": FeedKind(
        mark("Tenders (OCDS)"), OCDS_TENDERS, "ocds", import_tenders, matches=True
    ),
    "ocds-awards": FeedKind(mark("Awards (OCDS)"), OCDS_AWARDS, "ocds", import_awards),
}
