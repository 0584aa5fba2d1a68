"""Suppliers gathered as flat columns: read as a stream, in several processes if they are many."""

import json
from array import array
from collections.abc import Iterable, Sequence

import numpy as np
from scipy import sparse

from matching.facts import Supplier
from matching.index.phrases import find_pairs
from matching.index.ragged import Ints, Ragged
from matching.index.segment import (
    ACTIVITIES,
    FIELD_WEIGHTS,
    SERVICE,
    UNKNOWN_ACTIVITY,
    UNKNOWN_DAY,
    UNKNOWN_EMPLOYEES,
    Floats,
    Segment,
    rarity,
    weighted,
)
from matching.index.vocabulary import Vocabulary


def is_industry(code: str) -> bool:
    """Whether a code is a number that the column of industries can hold."""
    return code.isascii() and code.isdigit() and len(code) < 10


def _holdings_json(supplier: Supplier) -> str:
    if not supplier.holdings:
        return ""
    rows = [
        (held.scheme, held.level, held.expires_on.isoformat() if held.expires_on else None)
        for held in supplier.holdings
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


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

    def extend(self, other: "_Counts", number: Ints) -> None:
        """Take the rows of another, whose terms have these numbers here."""
        self.terms.frombytes(number[np.asarray(other.terms, np.int32)].astype(np.int32).tobytes())
        self.passages.extend(other.passages)
        self.weights.extend(other.weights)
        self.lengths.extend(other.lengths)

    def pairs(self) -> tuple[Ints, Ragged]:
        """Pairs of terms that stand one after the other, and the rows in which they do."""
        flat = (np.asarray(each, np.int32) for each in (self.terms, self.passages, self.lengths))
        return find_pairs(*flat)

    def matrix(self, width: int) -> sparse.csr_matrix:
        """Rows x `width`; a word met twice in a row adds up."""
        ptr = np.concatenate(([0], np.cumsum(np.asarray(self.lengths, np.int64))))
        weights = np.repeat(np.asarray(self.weights, np.float32), np.asarray(self.passages))
        flat = (weights, np.asarray(self.terms, np.int32), ptr)
        counts = sparse.csr_matrix(flat, shape=(len(self.lengths), width))
        counts.sum_duplicates()
        return counts


class Reading:
    """Suppliers gathered one by one, with the vocabulary that they were met in.

    Readings of consecutive suppliers can be made in processes of their own and joined: the result
    is the same as of one reading, number by number.
    """

    def __init__(self, vocabulary: Vocabulary, codes: Sequence[str]) -> None:
        self.vocabulary = vocabulary
        self.class_numbers = {code: number for number, code in enumerate(codes)}
        self.keys = array("q")
        self.firms, self.offers, self.names = _Counts(), _Counts(), _Counts()
        self.offer_counts = array("i")  # of each firm
        self.offer_names: list[str] = []
        self.offer_labels: list[str] = []
        self.declared: list[list[int]] = []
        self.won: list[list[int]] = []
        self.won_contracts, self.won_on = array("i"), array("i")
        self.industries: list[list[int]] = []
        self.industry_label = array("i")
        self.industry_labels: dict[str, int] = {}
        self.activity, self.employees = array("b"), array("i")
        self.holdings: list[str] = []

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, supplier: Supplier) -> None:
        numbers, named, weight = self.vocabulary.numbers, self.vocabulary.named, FIELD_WEIGHTS
        passages: list[tuple[list[int], float]] = []
        for offer in supplier.offers:
            (name, in_order), description = named(offer.name), numbers(offer.description)
            own = [(name, weight["offer"]), (description, weight["offer_description"])]
            self.offers.add(own)
            self.names.add([(name, 1.0)])
            self.offer_names.append(in_order)
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
        self.offer_counts.append(len(supplier.offers))
        self._add_codes(supplier)
        self._add_industries(supplier)
        employees = supplier.employees
        self.employees.append(UNKNOWN_EMPLOYEES if employees is None else employees)
        self.holdings.append(_holdings_json(supplier))

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

    def extend(self, other: "Reading") -> None:
        """Take the suppliers of another reading, which come after those of this one."""
        number = self.vocabulary.absorb(other.vocabulary)
        for own, others in (
            (self.firms, other.firms),
            (self.offers, other.offers),
            (self.names, other.names),
        ):
            own.extend(others, number)
        label = [
            self.industry_labels.setdefault(text, len(self.industry_labels))
            for text in other.industry_labels
        ]
        self.industry_label.extend(label[place] for place in other.industry_label)
        for column in (
            "keys", "offer_counts", "offer_names", "offer_labels", "declared", "won",
            "won_contracts", "won_on", "industries", "activity", "employees", "holdings",
        ):  # fmt: skip
            getattr(self, column).extend(getattr(other, column))

    def segment(self, idf: Floats | None = None) -> tuple[Segment, Floats]:
        """The arrays of the suppliers, and the term weights (V) that they were made with.

        `idf` is given for a few firms that join an index: they are weighed by its statistics, and
        a term new to it weighs as much as its rarest.
        """
        width = len(self.vocabulary)
        pairs, paired = self.firms.pairs()  # before SciPy orders the very same terms by number
        counts = self.firms.matrix(width)
        if idf is None:
            idf = rarity(counts)
        elif len(idf) < width:
            rarest = idf.max() if len(idf) else 1.0
            idf = np.concatenate((idf, np.full(width - len(idf), rarest, np.float32)))
        firms = weighted(counts, idf)
        offers = np.concatenate(([0], np.cumsum(np.asarray(self.offer_counts, np.int64))))
        segment = Segment(
            keys=np.asarray(self.keys, np.int64),
            firms=firms,
            postings=firms.T.tocsr(),
            offers=Ragged(offers, np.arange(offers[-1])),
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
            pairs=pairs,
            paired=paired,
        )
        return segment, idf
