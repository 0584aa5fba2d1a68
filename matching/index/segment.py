"""The firms of an index as arrays: their terms, their products and services, their codes."""

import datetime as dt
import json
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching import text
from matching.facts import Holding, Supplier, Win
from matching.index.ragged import Ints, Ragged
from matching.index.vocabulary import Vocabulary

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
UNKNOWN_ACTIVITY = -1


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
    won: Ragged  # N rows: class numbers of contracts won
    industries: Ragged  # N rows: industry codes as integers, the primary one first
    activity: NDArray[np.int8]  # N: place in ACTIVITIES, or UNKNOWN_ACTIVITY
    facts: Ragged  # N rows: JSON of what only explanations and gates need

    def __len__(self) -> int:
        return len(self.keys)

    def activity_of(self, place: int) -> str | None:
        """The firm's main activity; None if it was not stated."""
        number = int(self.activity[place])
        return None if number == UNKNOWN_ACTIVITY else ACTIVITIES[number]

    def supplier_facts(self, place: int) -> "SupplierFacts":
        return SupplierFacts.from_json(self.facts.text(place))


@dataclass(frozen=True)
class SupplierFacts:
    """What is read of one firm once it is shown: its own words, and what it holds."""

    offers: tuple[str, ...]
    holdings: tuple[Holding, ...]
    wins: tuple[Win, ...]
    industries: tuple[tuple[str, str], ...]
    employees: int | None

    @classmethod
    def from_json(cls, content: str) -> "SupplierFacts":
        values = json.loads(content)
        return cls(
            offers=tuple(values["offers"]),
            holdings=tuple(
                Holding(scheme, level, _date(expiry))
                for scheme, level, expiry in values["holdings"]
            ),
            wins=tuple(Win(code, count, _date(latest)) for code, count, latest in values["wins"]),
            industries=tuple((code, title) for code, title in values["industries"]),
            employees=values["employees"],
        )


def is_industry(code: str) -> bool:
    """Whether a code is a number that the column of industries can hold."""
    return code.isascii() and code.isdigit() and len(code) < 10


def _facts_json(supplier: Supplier) -> str:
    values: dict[str, Any] = {
        "offers": [offer.name for offer in supplier.offers],
        "holdings": [
            (holding.scheme, holding.level, _iso(holding.expires_on))
            for holding in supplier.holdings
        ],
        "wins": [(win.class_code, win.contracts, _iso(win.latest)) for win in supplier.wins],
        # Those that features count come first, so that a place is the same here and there.
        "industries": sorted(supplier.industries, key=lambda entry: not is_industry(entry[0])),
        "employees": supplier.employees,
    }
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _date(day: str | None) -> dt.date | None:
    return dt.date.fromisoformat(day) if day else None


class _Counts:
    """Term counts of rows, gathered flat: one entry for each word met."""

    def __init__(self) -> None:
        self.terms = array("i")
        self.passages = array("i")  # words of each passage
        self.weights = array("f")  # of each passage
        self.lengths = array("i")  # words of each row

    def add(self, passages: Iterable[tuple[list[int], float]]) -> None:
        length = 0
        for numbers, weight in passages:
            self.terms.extend(numbers)
            self.passages.append(len(numbers))
            self.weights.append(weight)
            length += len(numbers)
        self.lengths.append(length)

    def matrix(self, width: int) -> sparse.csr_matrix:
        """Rows x `width`; a word met twice in a row adds up."""
        ptr = np.concatenate(([0], np.cumsum(np.asarray(self.lengths, np.int64))))
        weights = np.repeat(np.asarray(self.weights, np.float32), np.asarray(self.passages))
        flat = (weights, np.asarray(self.terms, np.int32), ptr)
        counts = sparse.csr_matrix(flat, shape=(len(self.lengths), width))
        counts.sum_duplicates()
        return counts


def _idf(firms: sparse.csr_matrix) -> Floats:
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


def build_segment(
    suppliers: Iterable[Supplier],
    vocabulary: Vocabulary,
    class_numbers: dict[str, int],
    idf: Floats | None = None,
) -> tuple[Segment, Floats]:
    """The arrays of these suppliers, and the term weights (V) that they were made with.

    `idf` is given for a few firms that join an index: they are weighed by its statistics, and a
    term new to it weighs as much as its rarest.
    """
    columns = _Columns(vocabulary, class_numbers)
    for supplier in suppliers:
        columns.add(supplier)
    return columns.segment(idf)


class _Columns:
    """Gathers suppliers one by one, so that a registry of any size is read as a stream."""

    def __init__(self, vocabulary: Vocabulary, class_numbers: dict[str, int]) -> None:
        self.vocabulary = vocabulary
        self.class_numbers = class_numbers
        self.keys = array("q")
        self.firms, self.offers, self.names = _Counts(), _Counts(), _Counts()
        self.offer_rows: list[range] = []
        self.offer_names: list[str] = []
        self.sorted_names: dict[str, str] = {}
        self.declared: list[list[int]] = []
        self.won: list[list[int]] = []
        self.industries: list[list[int]] = []
        self.activity = array("b")
        self.facts: list[str] = []

    def add(self, supplier: Supplier) -> None:
        numbers, weight = self.vocabulary.numbers, FIELD_WEIGHTS
        first = len(self.offer_names)
        passages: list[tuple[list[int], float]] = []
        for offer in supplier.offers:
            name, description = numbers(offer.name), numbers(offer.description)
            own = [(name, weight["offer"]), (description, weight["offer_description"])]
            self.offers.add(own)
            self.names.add([(name, 1.0)])
            self.offer_names.append(self._sorted(offer.name))
            share = SERVICE if offer.service else 1.0
            passages += [(terms, share * each) for terms, each in own]
        passages += [(numbers(title), weight["industry"]) for _code, title in supplier.industries]
        passages += [(numbers(name), weight["name"]) for name in supplier.names]
        passages.append((numbers(supplier.profile), weight["profile"]))
        passages += [(numbers(said), weight["statement"]) for said in supplier.statements]
        passages += [(numbers(said), weight["mention"]) for said in supplier.mentions]
        self.firms.add(passages)
        self.keys.append(supplier.key)
        self.offer_rows.append(range(first, len(self.offer_names)))
        self._add_codes(supplier)
        self.facts.append(_facts_json(supplier))

    def _sorted(self, name: str) -> str:
        """The name's words in order; catalogues give thousands of firms the same names."""
        known = self.sorted_names.get(name)
        if known is None:
            known = self.sorted_names[name] = text.sorted_words(name)
        return known

    def _add_codes(self, supplier: Supplier) -> None:
        known = self.class_numbers
        self.declared.append([known[code] for code in supplier.class_codes if code in known])
        won = {known[win.class_code] for win in supplier.wins if win.class_code in known}
        self.won.append(sorted(won))
        self.industries.append(
            [int(code) for code, _title in supplier.industries if is_industry(code)]
        )
        activity = supplier.activity
        self.activity.append(
            ACTIVITIES.index(activity) if activity in ACTIVITIES else UNKNOWN_ACTIVITY
        )

    def segment(self, idf: Floats | None) -> tuple[Segment, Floats]:
        width = len(self.vocabulary)
        counts = self.firms.matrix(width)
        if idf is None:
            idf = _idf(counts)
        elif len(idf) < width:
            rarest = idf.max() if len(idf) else 1.0
            idf = np.concatenate((idf, np.full(width - len(idf), rarest, np.float32)))
        firms = weighted(counts, idf)
        postings = firms.T.tocsr()
        segment = Segment(
            keys=np.asarray(self.keys, np.int64),
            firms=firms,
            postings=postings,
            offers=Ragged.of(self.offer_rows, np.int64),
            offer_terms=weighted(self.offers.matrix(width), idf),
            offer_name_terms=weighted(self.names.matrix(width), idf),
            offer_names=Ragged.of_texts(self.offer_names),
            declared=Ragged.of(self.declared, np.int16),
            won=Ragged.of(self.won, np.int16),
            industries=Ragged.of(self.industries, np.int32),
            activity=np.asarray(self.activity, np.int8),
            facts=Ragged.of_texts(self.facts),
        )
        return segment, idf
