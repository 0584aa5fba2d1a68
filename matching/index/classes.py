"""What is known of each supply class: its words, and what the firms that declare it look like.

Everything here is learnt when the index is built, from the registry's own declarations, and is
linear in a firm's terms, so that it can be explained term by term. A registry in which nobody
declares anything still has the words.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from matching.facts import SupplyClass
from matching.index.pruning import heaviest, heaviest_of_dense
from matching.index.ragged import Ints
from matching.index.segment import Floats, Segment, unit_rows, weighted
from matching.index.vocabulary import Vocabulary

Doubles = NDArray[np.float64]
Passages = Iterable[tuple[str, float]]

TITLE, KEYWORD, GROUP_TITLE = 3.0, 1.0, 2.0  # counts of a word in a class's own description
SAME_GROUP = 0.3  # how far a class's words lean to those of its two-digit group
FRENCH = 0.25  # and to its own in French
NEAREST_FIRMS, NEAREST_FIRMS_LEAN = 30, 0.5  # how many firms its search leans to, and how far
MOST_TERMS = 400  # terms kept for each class in a learnt model
MOST_NEAR = 60  # classes near to what one firm declares that are kept
MOST_TEACHERS = 6_000  # declaring firms learnt from: the solution costs their cube
# Ridge: how loosely a declaring firm, and a class's own description, bind the model.
FIRM_RIDGE, DESCRIPTION_RIDGE, OWN_RIDGE = 8.0, 0.5, 3.0
DESCRIPTION_LABEL = 1.5  # how much a class's own description counts as a declaration
NEAR_FOR_FIRM, NEAR_FOR_DESCRIPTION = 0.2, 0.5  # how far a declaration spreads to near classes
INDUSTRY_PRIOR = 3.0  # firms' worth of the wider industry behind each narrower one


@dataclass(frozen=True)
class ClassModels:
    """K classes over V terms; each matrix is K x V, float32, unless it says otherwise."""

    codes: tuple[str, ...]
    words: sparse.csr_matrix  # the description, leaning to its group: what one offer may say
    searched: sparse.csr_matrix  # the same, leaning to the firms nearest to it: what a firm may say
    described: sparse.csr_matrix  # both languages, title and keywords: what a text is read by
    likeness: sparse.csr_matrix  # ridge on declarations, with those of near classes
    own_likeness: sparse.csr_matrix  # ridge on declarations of this very class
    teachers: Ints  # T: places of the firms learnt from
    taught: sparse.csr_matrix  # K x T: what each declares
    taught_near: sparse.csr_matrix  # K x T: how near to it each class lies
    industry_codes: NDArray[np.int32]  # J, sorted
    industry: NDArray[np.float32]  # K x J: share of declaring firms of the industry, smoothed
    industry_near: NDArray[np.float32]  # K x J: the same, for classes near to what they declare

    @cached_property
    def groups(self) -> NDArray[np.int16]:
        """K: the two-digit group of each class, as a number."""
        return np.asarray([int(code[:2]) for code in self.codes], np.int16)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {code: number for number, code in enumerate(self.codes)}

    def number_of(self, code: str) -> int | None:
        """The number of a class; None for a code that the index does not know."""
        return self._numbers.get(code)

    def widened(self, width: int) -> "ClassModels":
        """The same models over more terms, of which they know nothing."""

        return replace(
            self,
            words=widened(self.words, width),
            searched=widened(self.searched, width),
            described=widened(self.described, width),
            likeness=widened(self.likeness, width),
            own_likeness=widened(self.own_likeness, width),
        )


def widened(matrix: sparse.csr_matrix, width: int) -> sparse.csr_matrix:
    """The same rows over more columns, all of them empty."""
    flat = (matrix.data, matrix.indices, matrix.indptr)
    return sparse.csr_matrix(flat, shape=(matrix.shape[0], width))


def learn_classes(
    classes: Sequence[SupplyClass], segment: Segment, vocabulary: Vocabulary, idf: Floats
) -> ClassModels:
    """The models of all classes, from their descriptions and from who declares them."""
    words = _words(classes, vocabulary, idf)
    teachers = teachers_of(segment)
    labels = _labels(segment, teachers, len(classes))
    near = _nearness(words)
    spread = _spread(labels, near)
    with ThreadPoolExecutor(1) as pool:  # SciPy and BLAS let go of the interpreter while they work
        nearest = pool.submit(_nearest_firms, words, segment)
        likeness = _learn_likeness(segment.firms[teachers], labels, words, near)
        leaning = (words + NEAREST_FIRMS_LEAN * nearest.result()).tocsr()
    industry_codes, industry = _learn_industries(segment, teachers, labels)
    return ClassModels(
        codes=tuple(entry.code for entry in classes),
        words=words,
        searched=unit_rows(leaning),
        described=_described(classes, vocabulary, idf),
        likeness=likeness[0],
        own_likeness=likeness[1],
        teachers=teachers,
        taught=sparse.csr_matrix(labels.T, dtype=np.float32),
        taught_near=heaviest(sparse.csr_matrix(labels @ spread), MOST_NEAR).T.tocsr(),
        industry_codes=industry_codes,
        industry=np.ascontiguousarray(industry.T, np.float32),
        industry_near=np.ascontiguousarray((industry @ spread).T, np.float32),
    )


def _nearness(words: sparse.csr_matrix) -> Doubles:
    """K x K: cosines of the classes' words, 0 of each to itself."""
    near = np.asarray((words @ words.T).toarray(), np.float64)
    np.fill_diagonal(near, 0.0)
    return near


def _spread(labels: Doubles, near: Doubles) -> Doubles:
    """K x K: how much a declaration of the row's class says of the column's, columns adding to 1.

    Only classes that somebody declares say anything, and near ones far more than distant ones.
    """
    said = np.where((labels.sum(axis=0) > 0)[:, None], near**2, 0.0)
    return np.asarray(said / np.maximum(said.sum(axis=0), 1e-9))


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
    """A class's words as a query, leaning to the mean of its group and to its French words.

    English leads because nearly all firms describe themselves in it; a need in French reaches
    these words through the class that it is read as.
    """

    def english(group: float) -> sparse.csr_matrix:
        return _weighted_passages(
            classes,
            vocabulary,
            idf,
            lambda entry: (
                (entry.title_en, TITLE),
                *((keyword, KEYWORD) for keyword in entry.keywords_en),
                (entry.group_title_en, group),
            ),
        )

    french = _weighted_passages(
        classes,
        vocabulary,
        idf,
        lambda entry: (
            (entry.title_fr, TITLE),
            *((keyword, KEYWORD) for keyword in entry.keywords_fr),
            (entry.group_title_fr, GROUP_TITLE),
        ),
    )
    groups = sparse.csr_matrix(_groups(classes))
    group_words = (groups.T @ unit_rows((groups @ english(1.0)).tocsr())).tocsr()
    leaning = english(GROUP_TITLE) + SAME_GROUP * group_words + FRENCH * french
    return unit_rows(leaning.tocsr())


def _weighted_passages(
    classes: Sequence[SupplyClass],
    vocabulary: Vocabulary,
    idf: Floats,
    passages: Callable[[SupplyClass], Passages],
) -> sparse.csr_matrix:
    return weighted(_counts(classes, vocabulary, len(idf), passages), idf)


def _nearest_firms(words: sparse.csr_matrix, segment: Segment) -> sparse.csr_matrix:
    """The mean of the firms nearest to each class by its words, whatever they declare.

    Pseudo-relevance feedback (Rocchio, 1971): their words stand in for what the description omits.
    """
    near = (words @ segment.postings).tocsr()
    kept = heaviest(near, NEAREST_FIRMS)
    return unit_rows(heaviest((kept @ segment.firms).tocsr(), MOST_TERMS))


def _described(
    classes: Sequence[SupplyClass], vocabulary: Vocabulary, idf: Floats
) -> sparse.csr_matrix:
    return _weighted_passages(
        classes,
        vocabulary,
        idf,
        lambda entry: (
            (entry.title_en, TITLE),
            (entry.title_fr, TITLE),
            *((keyword, KEYWORD) for keyword in (*entry.keywords_en, *entry.keywords_fr)),
        ),
    )


def _groups(classes: Sequence[SupplyClass]) -> Doubles:
    """Which class is in which two-digit group: G x K of ones and zeros."""
    names = sorted({entry.group for entry in classes})
    members = np.zeros((len(names), len(classes)))
    for number, entry in enumerate(classes):
        members[names.index(entry.group), number] = 1.0
    return members


def teachers_of(segment: Segment) -> Ints:
    """Places of firms that declare a class; evenly drawn if they are too many."""
    places = np.flatnonzero(np.diff(segment.declared.ptr))
    if len(places) > MOST_TEACHERS:
        places = places[np.linspace(0, len(places) - 1, MOST_TEACHERS).astype(np.int64)]
    return places


def _labels(segment: Segment, teachers: Ints, classes: int) -> Doubles:
    """T x K: one where the firm declares the class."""
    labels = np.zeros((len(teachers), classes))
    rows = np.repeat(np.arange(len(teachers)), segment.declared.lengths(teachers))
    labels[rows, segment.declared.values[segment.declared.places(teachers)]] = 1.0
    return labels


def _learn_likeness(
    firms: sparse.csr_matrix,
    labels: Doubles,
    words: sparse.csr_matrix,
    near: Doubles,
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Ridge regression of declarations on terms, in its dual form: two models, each K x V.

    In the first, each class's description takes part as one more firm that declares it, and a
    declaration spreads to classes with like words; so a class that nobody declares is still
    learnt, from its words and from the firms of the classes near to it. The second knows only
    firms that declare the very class.
    """
    teachers = firms.shape[0]
    examples = sparse.vstack([firms, words]).tocsr().astype(np.float32)
    kernel = (examples @ examples.T).toarray()
    described = DESCRIPTION_LABEL * (np.eye(len(near)) + NEAR_FOR_DESCRIPTION * near)
    targets = np.vstack([labels + NEAR_FOR_FIRM * (labels @ near), described])
    ridge = np.r_[np.full(teachers, FIRM_RIDGE), np.full(len(near), DESCRIPTION_RIDGE)]
    likeness = _primal(examples, _solve(kernel, ridge, targets))
    if not teachers:
        return likeness, sparse.csr_matrix(words.shape, dtype=np.float32)
    of_firms = kernel[:teachers, :teachers]
    dual = _solve(of_firms, np.full(teachers, OWN_RIDGE), labels)
    return likeness, _primal(examples[:teachers], dual)


def _solve(kernel: Floats, ridge: Doubles, targets: Doubles) -> Floats:
    """In single precision: the ridge keeps the system far from singular."""
    loose = kernel.copy()
    loose[np.diag_indices_from(loose)] += ridge
    return np.asarray(
        linalg.solve(
            loose, targets.astype(np.float32), assume_a="pos", overwrite_a=True, overwrite_b=True
        )
    )


def _primal(examples: sparse.csr_matrix, dual: Floats, at_once: int = 64) -> sparse.csr_matrix:
    """Term weights (K x V) of dual weights (T x K), a few classes at once to bound memory."""
    used = np.flatnonzero(np.bincount(examples.indices, minlength=examples.shape[1]))
    by_term = examples[:, used].T.tocsr()
    width = examples.shape[1]
    if not dual.shape[1]:
        return sparse.csr_matrix((0, width), dtype=np.float32)
    blocks = [
        heaviest_of_dense((by_term @ dual[:, start : start + at_once]).T, MOST_TERMS, used, width)
        for start in range(0, dual.shape[1], at_once)
    ]
    return sparse.vstack(blocks).tocsr().astype(np.float32)


def _learn_industries(
    segment: Segment, teachers: Ints, labels: Doubles
) -> tuple[NDArray[np.int32], Doubles]:
    """For each industry met, the share of its declaring firms that declare each class.

    A six-digit industry with few such firms leans on its four-digit one, and that on its
    three-digit one (NAICS is a tree), each counting as INDUSTRY_PRIOR firms.
    """
    codes = np.unique(segment.industries.values).astype(np.int32)
    if not len(teachers) or not len(codes):
        return codes, np.zeros((len(codes), labels.shape[1]))
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
    return codes, share


def _shortened(codes: NDArray[np.int32], digits: int) -> NDArray[np.int32]:
    """Six-digit codes cut to their first digits; a code given shorter stays as it is."""
    cut = codes // 10 ** (6 - digits)
    return np.where(codes >= 100_000, cut, codes).astype(np.int32)
