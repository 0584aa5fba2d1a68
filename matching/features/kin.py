"""Do the firms most like it declare the class?"""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from matching.asked import Asked
from matching.features.feature import (
    Candidates,
    Evidence,
    Feature,
    Kind,
    Measured,
    message,
    shaped,
)
from matching.index.classes import ClassModels
from matching.index.model import Part
from matching.index.ragged import Ints
from matching.index.segment import Floats


def _kin_feature(
    key: str,
    title: str,
    about: str,
    take: Callable[[ClassModels], sparse.csr_matrix],
    *,
    full: float,
    power: float,
) -> Feature:
    """The share of a firm's nearest declaring firms, nearer ones counting more, that declare it."""

    def measure(asked: Asked, candidates: Candidates) -> Measured:
        classes = candidates.part.statistics.classes
        if not len(classes.teachers) or not asked.classes:
            return Measured.nothing(candidates)
        declares = asked.mixed(take(classes))
        kin = candidates.part.kin
        near = kin.teachers[candidates.firms]
        share = (declares[near] * kin.weights[candidates.firms]).sum(axis=1)

        def reasons(rows: Ints) -> list[Evidence]:
            said = (declares[near[rows]] > 0).sum(axis=1).tolist()
            return [(f"{count}/{near.shape[1]}",) for count in said]

        return Measured(shaped(share, full, power), reasons)

    def by_class(part: Part, firms: Ints) -> Floats:
        declares = take(part.statistics.classes).T.tocsr()
        if not declares.shape[0]:
            return np.zeros((len(firms), declares.shape[1]), np.float32)
        near, weights = part.kin.teachers[firms], part.kin.weights[firms]
        ptr = np.arange(len(firms) + 1) * near.shape[1]
        shape = (len(firms), declares.shape[0])
        said = sparse.csr_matrix((weights.ravel(), near.ravel(), ptr), shape=shape)
        return shaped((said @ declares).toarray(), full, power)

    return Feature(key, Kind.LIKENESS, title, about, measure, by_class)


KIN = _kin_feature(
    "kin",
    message("Its nearest like declare it"),
    message(
        "How many of the declaring firms most like it declare this class; near ones count more."
    ),
    lambda classes: classes.taught,
    full=0.8,
    power=1.0,
)
KIN_NEAR = _kin_feature(
    "kin_near",
    message("Its nearest like declare near classes"),
    message("The same for supply classes near to this one."),
    lambda classes: classes.taught_near,
    full=0.65,
    power=0.5,
)
