"""Fitted numbers of the name comparison; made by `python benchmarks/identity.py --data DIR --fit`.

Points are on the scale of the score, 0 to 100. Nothing here names a firm.
"""

from __future__ import annotations

VERSION = "identity-1"

BASE_POINTS = 1.58

# Points for a feature's value of 1, by name of `evidence.FEATURES`.
WEIGHTS: dict[str, float] = {
    "rare_word": 11.56,
    "coverage": 28.38,
    "lead": 12.42,
    "letters": 23.42,
    "inside": 10.27,
    "word_set": 14.23,
    "numbers_agree": 15.83,
    "own_words": -2.78,
    "own_rarest": -3.04,
    "extra_words": -0.21,
    "own_trade": -2.49,
    "short_name": -7.35,
    "common_words_only": -5.13,
}

# From this score on names are linked without a person. Chosen on cross-validated scores: 99.5 % of
# such links are right among 4,000 names; kept above the 99 % mark for the sake of larger pools.
SAME_FROM = 80.0
# From here a person would say yes at least two times in five, by the calibration. On a registry of
# 50,000 firms a lower mark asks about thousands of names that merely share a word.
ASK_FROM = 70.0

# (score, share of right links), non-decreasing: isotonic regression over the nearest names of both
# development sets, cross-validated for the vendor aliases. Exact namesakes of other firms are left
# out, since nobody judged whether they are other firms.
CALIBRATION: tuple[tuple[float, float], ...] = (
    (29.7, 0.026),
    (47.8, 0.037),
    (54.3, 0.074),
    (59.3, 0.164),
    (62.0, 0.201),
    (66.0, 0.290),
    (69.6, 0.423),
    (71.6, 0.508),
    (73.5, 0.571),
    (75.3, 0.619),
    (76.8, 0.746),
    (78.4, 0.767),
    (80.1, 0.815),
    (82.7, 0.852),
    (84.1, 0.873),
    (85.3, 0.910),
    (86.8, 0.930),
    (89.3, 0.944),
    (91.2, 0.947),
    (94.0, 0.953),
    (98.7, 0.963),
    (100.0, 0.989),
)
