"""Named, versioned weights: how many points each feature can give."""

from dataclasses import dataclass

from matching.features.codes import AWARDED, DECLARED, INDUSTRY
from matching.features.feature import Feature
from matching.features.offers import KEYWORD, OFFER_NAME, OFFER_WORDS
from matching.features.terms import CENTRE, GROUP_LIKENESS, LIKENESS, WORDS
from matching.features.title import TITLE

FEATURES: dict[str, Feature] = {
    feature.key: feature
    for feature in (
        WORDS, OFFER_WORDS, OFFER_NAME, KEYWORD, TITLE,
        DECLARED, AWARDED, LIKENESS, GROUP_LIKENESS, CENTRE, INDUSTRY,
    )
}  # fmt: skip


@dataclass(frozen=True)
class ShownFeature:
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
        return [ShownFeature(FEATURES[k].title, FEATURES[k].about, w) for k, w in ordered if w]


PROFILE = Profile(
    name="2026-11",
    weights={
        "words": 14.0, "offer_words": 10.0, "offer_name": 8.0, "keyword": 6.0, "title": 4.0,
        "declared": 22.0, "awarded": 10.0,
        "likeness": 14.0, "group": 4.0, "centre": 4.0, "industry": 4.0,
    },
    fits_at=30.0,
)  # fmt: skip
