"""The firms of an index as arrays: their terms, their products and services, their codes."""

import datetime as dt
import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.facts import Holding
from matching.index.ragged import Ints, Ragged

Floats = NDArray[np.float32]

# How much a word counts where it stands: what is sold weighs more than what is said of the firm,
# and whom a firm names weighs least. Found on the development needs (docs/matching.md).
FIELD_WEIGHTS = {
    "offer": 3.0,
    "offer_description": 1.0,
    "industry": 2.0,
    "name": 1.0,
    "profile": 0.5,
    "statement": 0.5,
    "mention": 0.25,
}
SERVICE = 0.5  # a service weighs half: supply classes are goods
ACTIVITIES = ("manufacturer", "service", "distributor", "retailer", "association", "government")
UNKNOWN_ACTIVITY = UNKNOWN_EMPLOYEES = -1
UNKNOWN_DAY = 0  # day 1 is the first of year 1


@dataclass(frozen=True)
class Segment:
    """N firms with I offers over V terms. Firms and offers are known by their place."""

    keys: Ints  # N: the registry's numbers
    firms: sparse.csr_matrix  # N x V, float32, rows of length one
    postings: sparse.csr_matrix  # V x N: the same, by term
    offers: Ragged  # N rows: places of offers, one after the other
    offer_terms: sparse.csr_matrix  # I x V, float32, rows of length one
    offer_name_terms: sparse.csr_matrix  # I x V: the same of their names alone
    offer_names: Ragged  # I rows: names as words in alphabetical order, as RapidFuzz compares them
    declared: Ragged  # N rows: class numbers
    won: Ragged  # N rows: class numbers of contracts won, rising
    won_contracts: NDArray[np.int32]  # of each entry of `won`: how many
    won_on: NDArray[np.int32]  # of each entry of `won`: day of the latest, or UNKNOWN_DAY
    industries: Ragged  # N rows: industry codes as integers, the primary one first
    industry_label: NDArray[np.int32]  # of each entry of `industries`: its place in the labels
    industry_labels: Ragged  # texts: codes with their titles
    offer_labels: Ragged  # I rows: texts, names as the firm wrote them
    activity: NDArray[np.int8]  # N: place in ACTIVITIES, or UNKNOWN_ACTIVITY
    employees: NDArray[np.int32]  # N, or UNKNOWN_EMPLOYEES
    holdings: Ragged  # N rows: JSON of certificates and clearances; empty for none
    pairs: Ints  # P: codes of two terms that stand one after the other, rising
    paired: Ragged  # P rows: places of the firms in whose texts they do

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def industry_names(self) -> list[str]:
        """The texts of `industry_labels`: few, and shown again and again."""
        return [self.industry_labels.text(number) for number in range(len(self.industry_labels))]

    def activity_of(self, place: int) -> str | None:
        """The firm's main activity; None if it was not stated."""
        number = int(self.activity[place])
        return None if number == UNKNOWN_ACTIVITY else ACTIVITIES[number]

    def holdings_of(self, place: int) -> tuple[Holding, ...]:
        """What the firm holds, as far as it was stated."""
        content = self.holdings.text(place)
        if not content:
            return ()
        return tuple(
            Holding(scheme, level, _date(expiry)) for scheme, level, expiry in json.loads(content)
        )


def _date(day: str | None) -> dt.date | None:
    return dt.date.fromisoformat(day) if day else None


def rarity(firms: sparse.csr_matrix) -> Floats:
    """log(1 + (N - n + 0.5) / (n + 0.5)) for a term that n of N firms use (Robertson, 2009)."""
    used = np.bincount(firms.indices, minlength=firms.shape[1])
    total = firms.shape[0]
    return np.asarray(np.log(1 + (total - used + 0.5) / (used + 0.5)), np.float32)


def unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Rows scaled to length one; an empty row stays empty."""
    squares = np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()
    scale = np.where(squares > 0, 1 / np.sqrt(np.where(squares > 0, squares, 1)), 0)
    lengths = np.diff(matrix.indptr)
    data = (matrix.data * np.repeat(scale, lengths)).astype(np.float32)
    return sparse.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def weighted(counts: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
    """log(1 + count) x idf, rows of length one."""
    scaled = counts.copy()
    scaled.data = np.log1p(scaled.data) * idf[scaled.indices]
    return unit_rows(scaled)
