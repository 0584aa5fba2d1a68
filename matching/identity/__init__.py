"""Are these two names one firm, and is this firm already here?"""

from matching.identity.compare import Comparison, Part, Zone, compare
from matching.identity.index import NameIndex
from matching.identity.names import FirmName, parse
from matching.identity.rarity import Rarity
from matching.identity.records import (
    Answer,
    Candidate,
    Decisions,
    Method,
    Place,
    Query,
    Record,
    Verdict,
    name_reference,
)

__all__ = [
    "Answer",
    "Candidate",
    "Comparison",
    "Decisions",
    "FirmName",
    "Method",
    "NameIndex",
    "Part",
    "Place",
    "Query",
    "Rarity",
    "Record",
    "Verdict",
    "Zone",
    "compare",
    "name_reference",
    "parse",
]
