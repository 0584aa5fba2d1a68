"""Pairs needs with suppliers, and says why. Knows no web and no database."""

from matching.asked import compile_need
from matching.build import build_index, overlay
from matching.engine import Answer, NeedEmpty, count_fitting, match_of, order, rank
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
from matching.index.store import IndexUnusable, open_index, save_index
from matching.nearest import infer_classes, nearest_texts
from matching.profiles import FEATURES, PROFILE, Profile
from matching.result import Gate, GateState, Lift, Match, Part

ENGINE = "1.1"  # changes when an index made before could no longer be ranked with

__all__ = [
    "ENGINE",
    "FEATURES",
    "PROFILE",
    "Answer",
    "Gate",
    "GateState",
    "Holding",
    "Index",
    "IndexUnusable",
    "Lift",
    "Match",
    "Need",
    "NeedEmpty",
    "Offer",
    "Part",
    "Profile",
    "Requirement",
    "Supplier",
    "SupplyClass",
    "Win",
    "build_index",
    "compile_need",
    "count_fitting",
    "infer_classes",
    "match_of",
    "nearest_texts",
    "open_index",
    "order",
    "overlay",
    "rank",
    "save_index",
]
