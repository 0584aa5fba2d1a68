"""What is known of each supply class: its words, and what the firms that declare it look like.

Everything here is learnt when the index is built, from the registry's own declarations, and is
linear in a firm's terms, so that it can be explained term by term. A registry in which nobody
declares anything still has the words.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from matching.facts import SupplyClass
from matching.index.segment import Floats, Segment, unit_rows, weighted
from matching.index.vocabulary import Vocabulary

Doubles = NDArray[np.float64]
Passages = Iterable[tuple[str, float]]

TITLE, KEYWORD, GROUP_TITLE = 3.0, 1.0, 2.0  # counts of a word in a class's own description
SAME_GROUP = 0.3  # how far a class's words lean to those of its two-digit group
MOST_TERMS = 400  # terms kept for each class in a learnt model
MOST_TEACHERS = 6_000  # declaring firms learnt from: the solution costs their cube
# Ridge: how loosely a declaring firm, and a class's own description, bind the model.
FIRM_RIDGE, DESCRIPTION_RIDGE, GROUP_RIDGE = 8.0, 0.5, 3.0
DESCRIPTION_LABEL = 1.5  # how much a class's own description counts as a declaration
NEAR_FOR_FIRM, NEAR_FOR_DESCRIPTION = 0.2, 0.5  # how far a declaration spreads to near classes
INDUSTRY_PRIOR = 3.0  # firms' worth of the wider industry behind each narrower one


@dataclass(frozen=True)
class ClassModels:
    """K classes over V terms; each matrix is K x V, float32, unless it says otherwise."""

    codes: tuple[str, ...]
    words: sparse.csr_matrix  # the English description, leaning to the group: what is searched
    described: sparse.csr_matrix  # both languages, title and keywords: what a text is read by
    likeness: sparse.csr_matrix  # ridge regression on declarations
    group_likeness: sparse.csr_matrix  # the same on those of the two-digit group
    centre: sparse.csr_matrix  # mean of the firms that declare the class, rows of length one
    industry_codes: NDArray[np.int32]  # J, sorted
    industry: NDArray[np.float32]  # J x K: share of declaring firms of the industry, smoothed

    def number_of(self, code: str) -> int | None:
        return self.codes.index(code) if code in self.codes else None

    def widened(self, width: int) -> "ClassModels":
        """The same models over more terms, of which they know nothing."""

        def wide(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
            flat = (matrix.data, matrix.indices, matrix.indptr)
            return sparse.csr_matrix(flat, shape=(matrix.shape[0], width))

        return replace(
            self,
            words=wide(self.words),
            described=wide(self.described),
            likeness=wide(self.likeness),
            group_likeness=wide(self.group_likeness),
            centre=wide(self.centre),
        )


def learn_classes(
    classes: Sequence[SupplyClass], segment: Segment, vocabulary: Vocabulary, idf: Floats
) -> ClassModels:
    """The models of all classes, from their descriptions and from who declares them."""
    width = len(idf)
    words = _words(classes, vocabulary, idf)
    groups = _groups(classes)
    teachers = _teachers(segment)
    features = segment.firms[teachers].astype(np.float64)
    labels = _labels(segment, teachers, len(classes))
    group_labels = np.minimum(labels @ groups.T, 1.0)
    near = (words @ words.T).toarray().astype(np.float64)
    np.fill_diagonal(near, 0.0)
    codes, industry = _learn_industries(segment, teachers, labels)
    return ClassModels(
        codes=tuple(entry.code for entry in classes),
        words=words,
        described=_described(classes, vocabulary, idf),
        likeness=_likeness(features, labels, words, near),
        group_likeness=_ridge(features, group_labels, GROUP_RIDGE)[np.argmax(groups, axis=0)]
        if len(teachers)
        else _nothing(len(classes), width),
        centre=unit_rows(_pruned(sparse.csr_matrix(labels.T) @ features)),
        industry_codes=codes,
        industry=industry,
    )


def _counts(
    classes: Sequence[SupplyClass],
    vocabulary: Vocabulary,
    width: int,
    passages: Callable[[SupplyClass], Passages],
) -> sparse.csr_matrix:
    """Weighted counts (K x width) of the words of each class's passages."""
    rows: list[int] = []
    columns: list[int] = []
    weights: list[float] = []
    for number, entry in enumerate(classes):
        for passage, weight in passages(entry):
            met = [term for term in vocabulary.numbers(passage) if term < width]
            rows += [number] * len(met)
            columns += met
            weights += [weight] * len(met)
    places = (rows, columns)
    counts = sparse.coo_matrix(
        (np.asarray(weights, np.float32), places), shape=(len(classes), width)
    )
    return counts.tocsr()


def _words(
    classes: Sequence[SupplyClass], vocabulary: Vocabulary, idf: Floats
) -> sparse.csr_matrix:
    """A class's English words as a query, leaning to the mean of its group.

    English, because nearly all firms describe themselves in it; a French need reaches these words
    through the class that it is read as.
    """

    def passages(entry: SupplyClass) -> Passages:
        yield entry.title_en, TITLE
        yield from ((keyword, KEYWORD) for keyword in entry.keywords_en)
        yield entry.group_title_en, GROUP_TITLE

    own = weighted(_counts(classes, vocabulary, len(idf), passages), idf)
    groups = sparse.csr_matrix(_groups(classes))
    lean = unit_rows((groups.T @ unit_rows(groups @ own)).tocsr())
    return unit_rows((own + SAME_GROUP * lean).tocsr())


def _described(
    classes: Sequence[SupplyClass], vocabulary: Vocabulary, idf: Floats
) -> sparse.csr_matrix:
    def passages(entry: SupplyClass) -> Passages:
        yield entry.title_en, TITLE
        yield entry.title_fr, TITLE
        yield from ((keyword, KEYWORD) for keyword in (*entry.keywords_en, *entry.keywords_fr))

    return weighted(_counts(classes, vocabulary, len(idf), passages), idf)


def _groups(classes: Sequence[SupplyClass]) -> Doubles:
    """Which class is in which two-digit group: G x K of ones and zeros."""
    names = sorted({entry.group for entry in classes})
    members = np.zeros((len(names), len(classes)))
    for number, entry in enumerate(classes):
        members[names.index(entry.group), number] = 1.0
    return members


def _teachers(segment: Segment) -> NDArray[np.int64]:
    """Places of firms that declare a class; evenly drawn if they are too many."""
    places = np.flatnonzero(np.diff(segment.declared.ptr))
    if len(places) > MOST_TEACHERS:
        places = places[np.linspace(0, len(places) - 1, MOST_TEACHERS).astype(np.int64)]
    return places


def _labels(segment: Segment, teachers: NDArray[np.int64], classes: int) -> Doubles:
    """T x K: one where the firm declares the class."""
    labels = np.zeros((len(teachers), classes))
    rows = np.repeat(np.arange(len(teachers)), segment.declared.lengths(teachers))
    labels[rows, segment.declared.values[segment.declared.places(teachers)]] = 1.0
    return labels


def _likeness(
    firms: sparse.csr_matrix, labels: Doubles, words: sparse.csr_matrix, near: Doubles
) -> sparse.csr_matrix:
    """Ridge regression of declarations on terms, in its dual form.

    Each class's description takes part as one more firm that declares it, so that a class nobody
    declares is still learnt, from its words and from the firms of the classes near to it.
    """
    examples = sparse.vstack([firms, words.astype(np.float64)]).tocsr()
    kernel = (examples @ examples.T).toarray()
    ridge = np.r_[
        np.full(firms.shape[0], FIRM_RIDGE), np.full(words.shape[0], DESCRIPTION_RIDGE)
    ]
    described = DESCRIPTION_LABEL * (np.eye(len(near)) + NEAR_FOR_DESCRIPTION * near)
    targets = np.vstack([labels + NEAR_FOR_FIRM * (labels @ near), described])
    dual = linalg.solve(kernel + np.diag(ridge), targets, assume_a="pos")
    return _primal(examples, dual)


def _ridge(firms: sparse.csr_matrix, labels: Doubles, ridge: float) -> sparse.csr_matrix:
    kernel = (firms @ firms.T).toarray() + ridge * np.eye(firms.shape[0])
    return _primal(firms, linalg.solve(kernel, labels, assume_a="pos"))


def _primal(examples: sparse.csr_matrix, dual: Doubles, at_once: int = 64) -> sparse.csr_matrix:
    """Term weights (K x V) of dual weights (T x K), a few classes at once to bound memory."""
    blocks = [
        _pruned(sparse.csr_matrix((examples.T @ dual[:, start : start + at_once]).T))
        for start in range(0, dual.shape[1], at_once)
    ]
    return sparse.vstack(blocks).tocsr().astype(np.float32)


def _pruned(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Each row's MOST_TERMS largest weights, by size."""
    rows = []
    for number in range(matrix.shape[0]):
        row = matrix[number].tocsr()
        if row.nnz > MOST_TERMS:
            keep = np.sort(np.argpartition(-np.abs(row.data), MOST_TERMS)[:MOST_TERMS])
            row = sparse.csr_matrix(
                (row.data[keep], row.indices[keep], [0, MOST_TERMS]), shape=row.shape
            )
        rows.append(row)
    return sparse.vstack(rows).tocsr().astype(np.float32)


def _nothing(classes: int, width: int) -> sparse.csr_matrix:
    return sparse.csr_matrix((classes, width), dtype=np.float32)


def _learn_industries(
    segment: Segment, teachers: NDArray[np.int64], labels: Doubles
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """For each industry met, the share of its declaring firms that declare each class.

    A six-digit industry with few such firms leans on its four-digit one, and that on its
    three-digit one (NAICS is a tree), each counting as INDUSTRY_PRIOR firms.
    """
    codes = np.unique(segment.industries.values).astype(np.int32)
    if not len(teachers) or not len(codes):
        return codes, np.zeros((len(codes), labels.shape[1]), np.float32)
    rows = np.repeat(np.arange(len(teachers)), segment.industries.lengths(teachers))
    own = segment.industries.values[segment.industries.places(teachers)]
    share = np.tile(labels.mean(axis=0), (len(codes), 1))
    for digits in (3, 4, 6):
        whole = _shortened(codes, digits)
        level, place = np.unique(whole, return_inverse=True)
        members = sparse.csr_matrix(
            (np.ones(len(own)), (np.searchsorted(level, _shortened(own, digits)), rows)),
            shape=(len(level), len(teachers)),
        )
        members.data[:] = 1.0
        counts = np.asarray(members.sum(axis=1)).ravel()[place][:, None]
        declared = (members @ labels)[place]
        share = (declared + INDUSTRY_PRIOR * share) / (counts + INDUSTRY_PRIOR)
    return codes, share.astype(np.float32)


def _shortened(codes: NDArray[np.int32], digits: int) -> NDArray[np.int32]:
    """Six-digit codes cut to their first digits; a code given shorter stays as it is."""
    cut = codes // 10 ** (6 - digits)
    return np.where(codes >= 100_000, cut, codes).astype(np.int32)
