"""Named, versioned weights: how many points each feature can give."""

import json
from dataclasses import dataclass
from importlib.resources import files

from matching.features.codes import AWARDED, DECLARED, INDUSTRY, INDUSTRY_NEAR
from matching.features.feature import Feature
from matching.features.kin import KIN, KIN_NEAR
from matching.features.offers import KEYWORD, OFFER_NAME, OFFER_TITLE
from matching.features.terms import LIKENESS, OWN_LIKENESS, WORDS
from matching.features.title import TITLE

FEATURES: dict[str, Feature] = {
    feature.key: feature
    for feature in (
        WORDS, OFFER_TITLE, OFFER_NAME, KEYWORD, TITLE,
        DECLARED, AWARDED, LIKENESS, OWN_LIKENESS,
        KIN, KIN_NEAR, INDUSTRY, INDUSTRY_NEAR,
    )
}  # fmt: skip


@dataclass(frozen=True)
class ShownFeature:
    key: str
    title: str
    about: str
    weight: float


@dataclass(frozen=True)
class Profile:
    """Points for each feature, which sum to 100. `fits_at` is the fit from which a firm counts."""

    name: str
    weights: dict[str, float]
    fits_at: float

    def shown_features(self) -> list[ShownFeature]:
        """The features with their sentences, those with most points first."""
        ordered = sorted(self.weights.items(), key=lambda item: -item[1])
        return [ShownFeature(k, FEATURES[k].title, FEATURES[k].about, w) for k, w in ordered if w]


def _packaged() -> Profile:
    """The profile that comes with Cadence.

    The weights of what is learnt and said were fitted on development declarations by
    `benchmarks/ranking.py --fit`; those of declarations and contracts were set by judgement, as
    the development data has them hidden where they would decide (docs/matching.md).
    """
    content = files("matching").joinpath("data", "profile.json").read_text(encoding="utf-8")
    return Profile(**json.loads(content))


PROFILE = _packaged()
