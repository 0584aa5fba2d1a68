"""Pairs needs with suppliers, and says why. Knows no web and no database."""

from matching.asked import compile_need
from matching.build import build_index, join, overlay, read
from matching.engine import Answer, NeedEmpty, count_fitting, match_of, order, rank, survey
from matching.facts import (
    Holding,
    Need,
    Offer,
    Requirement,
    Supplier,
    SupplyClass,
    Win,
)
from matching.index.model import Index
from matching.index.reading import Reading
from matching.index.store import IndexUnusable, open_index, save_index
from matching.nearest import Wordings, infer_classes, nearest_texts, nearest_wordings
from matching.profiles import FEATURES, PROFILE, Profile
from matching.query.select import Selection, narrowed, select
from matching.query.syntax import (
    MOST_CLAUSES,
    Clause,
    Fault,
    Kind,
    Query,
    QueryFaulty,
    parse_query,
)
from matching.replay import ordered, replay
from matching.result import Gate, GateState, Lift, Match, Measured, Part
from matching.retrieval import RETRIEVED
from matching.text import join_quantities

ENGINE = "1.4"  # changes when an index made before could no longer be ranked with

__all__ = [
    "ENGINE",
    "FEATURES",
    "MOST_CLAUSES",
    "PROFILE",
    "RETRIEVED",
    "Answer",
    "Clause",
    "Fault",
    "Gate",
    "GateState",
    "Holding",
    "Index",
    "IndexUnusable",
    "Kind",
    "Lift",
    "Match",
    "Measured",
    "Need",
    "NeedEmpty",
    "Offer",
    "Part",
    "Profile",
    "Query",
    "QueryFaulty",
    "Reading",
    "Requirement",
    "Selection",
    "Supplier",
    "SupplyClass",
    "Win",
    "Wordings",
    "build_index",
    "compile_need",
    "count_fitting",
    "infer_classes",
    "join",
    "join_quantities",
    "match_of",
    "narrowed",
    "nearest_texts",
    "nearest_wordings",
    "open_index",
    "order",
    "ordered",
    "overlay",
    "parse_query",
    "rank",
    "read",
    "replay",
    "save_index",
    "select",
    "survey",
]
