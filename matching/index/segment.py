"""The firms of an index as arrays: their terms, their products and services, their codes."""

import datetime as dt
import json
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching import text
from matching.facts import Holding, Supplier
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

    def __len__(self) -> int:
        return len(self.keys)

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


def is_industry(code: str) -> bool:
    """Whether a code is a number that the column of industries can hold."""
    return code.isascii() and code.isdigit() and len(code) < 10


def _holdings_json(supplier: Supplier) -> str:
    if not supplier.holdings:
        return ""
    rows = [
        (holding.scheme, holding.level, _iso(holding.expires_on)) for holding in supplier.holdings
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


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
        self.offer_labels: list[str] = []
        self.declared: list[list[int]] = []
        self.won: list[list[int]] = []
        self.won_contracts, self.won_on = array("i"), array("i")
        self.industries: list[list[int]] = []
        self.industry_label = array("i")
        self.industry_labels: dict[str, int] = {}
        self.activity, self.employees = array("b"), array("i")
        self.holdings: list[str] = []

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
            self.offer_labels.append(offer.name)
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
        self._add_industries(supplier)
        employees = supplier.employees
        self.employees.append(UNKNOWN_EMPLOYEES if employees is None else employees)
        self.holdings.append(_holdings_json(supplier))

    def _sorted(self, name: str) -> str:
        """The name's words in order; catalogues give thousands of firms the same names."""
        known = self.sorted_names.get(name)
        if known is None:
            known = self.sorted_names[name] = text.sorted_words(name)
        return known

    def _add_codes(self, supplier: Supplier) -> None:
        known = self.class_numbers
        self.declared.append([known[code] for code in supplier.class_codes if code in known])
        won = {known[win.class_code]: win for win in supplier.wins if win.class_code in known}
        self.won.append(sorted(won))
        for number in self.won[-1]:
            latest = won[number].latest
            self.won_contracts.append(won[number].contracts)
            self.won_on.append(latest.toordinal() if latest else UNKNOWN_DAY)
        activity = supplier.activity
        self.activity.append(
            ACTIVITIES.index(activity) if activity in ACTIVITIES else UNKNOWN_ACTIVITY
        )

    def _add_industries(self, supplier: Supplier) -> None:
        stated = [entry for entry in supplier.industries if is_industry(entry[0])]
        self.industries.append([int(code) for code, _title in stated])
        for entry in stated:
            label = " ".join(entry)
            self.industry_label.append(
                self.industry_labels.setdefault(label, len(self.industry_labels))
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
            won_contracts=np.asarray(self.won_contracts, np.int32),
            won_on=np.asarray(self.won_on, np.int32),
            industries=Ragged.of(self.industries, np.int32),
            industry_label=np.asarray(self.industry_label, np.int32),
            industry_labels=Ragged.of_texts(self.industry_labels),
            offer_labels=Ragged.of_texts(self.offer_labels),
            activity=np.asarray(self.activity, np.int8),
            employees=np.asarray(self.employees, np.int32),
            holdings=Ragged.of_texts(self.holdings),
        )
        return segment, idf
