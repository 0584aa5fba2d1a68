"""Building an index from suppliers, and laying changed suppliers over it."""

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from matching.facts import Supplier, SupplyClass
from matching.index.classes import learn_classes, teachers_of, widened
from matching.index.kin import find_kin, find_kin_among
from matching.index.model import Index, Leaders, Part
from matching.index.ragged import Ints
from matching.index.reading import Reading
from matching.index.segment import Segment
from matching.index.statistics import Statistics
from matching.index.vocabulary import Vocabulary
from matching.leaders import find_leaders
from matching.profiles import PROFILE


def build_index(suppliers: Iterable[Supplier], classes: Sequence[SupplyClass]) -> Index:
    """Read suppliers as a stream, in the order of their keys, and learn the classes from them.

    Raises ValueError if the keys do not grow.
    """
    return join([read(suppliers, classes)], classes)


def read(suppliers: Iterable[Supplier], classes: Sequence[SupplyClass]) -> Reading:
    """The first half of building, for some suppliers in the order of their keys.

    A reading can be pickled, so that several processes can read a registry's parts.
    """
    vocabulary = Vocabulary()
    _meet_classes(vocabulary, classes)
    reading = Reading(vocabulary, [entry.code for entry in classes])
    for supplier in suppliers:
        reading.add(supplier)
    vocabulary.forget_passages()
    return reading


def join(readings: Iterable[Reading], classes: Sequence[SupplyClass]) -> Index:
    """The second half: the index of what was read, one reading after the other.

    Raises ValueError if the keys do not grow.
    """
    whole = read((), classes)
    for reading in readings:
        whole.extend(reading)
    segment, idf = whole.segment()
    if np.any(np.diff(segment.keys) <= 0):
        raise ValueError("suppliers must come in the order of their keys, each once")
    with ThreadPoolExecutor(1) as pool:  # two cores halve the wait: neither needs the other
        finding = pool.submit(find_kin_among, segment.firms, teachers_of(segment))
        models = learn_classes(classes, segment, whole.vocabulary, idf)
        kin = finding.result()
    statistics = Statistics.of(whole.vocabulary, idf, models, tuple(classes))
    part = Part(segment, statistics, kin, Leaders.none(), np.zeros(len(segment), np.bool_))
    return Index((replace(part, leaders=find_leaders(part, PROFILE)),))


def _meet_classes(vocabulary: Vocabulary, classes: Sequence[SupplyClass]) -> None:
    """Give the words of the classes a number even where no firm uses them."""
    for entry in classes:
        for passage in (entry.title_en, entry.title_fr, *entry.keywords_en, *entry.keywords_fr):
            vocabulary.numbers(passage)
        vocabulary.numbers(entry.group_title_en)
        vocabulary.numbers(entry.group_title_fr)


def overlay(index: Index, changed: Iterable[Supplier], removed: Collection[int]) -> Index:
    """The base of `index` with these suppliers in place of theirs; `removed` are hidden as well.

    The overlay is weighed by the base's statistics, so that its scores can be compared.
    """
    base = index.base
    suppliers = sorted(changed, key=lambda supplier: supplier.key)
    replaced = np.asarray([*removed, *(supplier.key for supplier in suppliers)], np.int64)
    hidden = np.isin(base.segment.keys, replaced)
    vocabulary = base.statistics.vocabulary.extended()
    reading = Reading(vocabulary, base.statistics.classes.codes)
    for supplier in suppliers:
        reading.add(supplier)
    segment, idf = reading.segment(base.statistics.idf)
    statistics = base.statistics.extended(vocabulary, idf)
    teachers = widened(base.segment.firms[base.statistics.classes.teachers], len(idf))
    same = _places_among_teachers(base, segment)
    kin = find_kin(segment.firms, teachers, same)
    fresh = Part(segment, statistics, kin, Leaders.none(), np.zeros(len(segment), np.bool_))
    return Index((replace(base, hidden=hidden), fresh))


def _places_among_teachers(base: Part, segment: Segment) -> Ints:
    """Where each firm of an overlay stood among those learnt from; -1 where it did not."""
    taught = base.segment.keys[base.statistics.classes.teachers]
    if not len(taught):
        return np.full(len(segment), -1)
    places = np.minimum(np.searchsorted(taught, segment.keys), len(taught) - 1)
    return np.asarray(np.where(taught[places] == segment.keys, places, -1))
