"""What a notice says that a supplier must hold: sentences that name a programme or a standard.

Only what is stated is a requirement. A sentence that says "no" or "not" states none, so that "not
subject to the Controlled Goods Program" puts up no gate; a doubtful sentence is better left to the
person who reads the notice than turned into one.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from json import loads

from matching import Requirement
from registry.feeds.text import fold_words

_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n+")
_NEGATION = re.compile(
    r"\b(?:no|not|none|without|nor|neither|n/a|aucune?s?|sans|ni)\b|\bne\b|\bn'|\bpas\b"
)
LONGEST_QUOTE = 300


@dataclass(frozen=True)
class Stated:
    """A requirement, and the sentence of the notice that states it."""

    requirement: Requirement
    quote: str
    language: str  # of the sentence


@cache
def _known() -> dict[str, tuple[Requirement, re.Pattern[str]]]:
    """Which phrases state which requirement: data, in data/requirements.json."""
    content = files("registry.tenders").joinpath("data", "requirements.json").read_text("utf-8")
    return {
        name: (
            Requirement(name, tuple(rule["any_of"])),
            re.compile(r"\b(?:" + "|".join(map(re.escape, rule["phrases"])) + r")"),
        )
        for name, rule in loads(content).items()
    }


def stated_requirements(
    text_en: str | None, text_fr: str | None, language: str = "en"
) -> list[Stated]:
    """The requirements that a description states in either language, in the order of the data.

    Each is quoted once, in the reader's language if it is stated there.
    """
    texts = {"en": text_en, "fr": text_fr}
    sentences = [
        (sentence, fold_words(sentence), twin)
        for twin in sorted(texts, key=lambda twin: twin != language)
        for sentence in _SENTENCE_END.split(texts[twin] or "")
    ]
    found = []
    for requirement, phrases in _known().values():
        for sentence, folded, twin in sentences:
            if phrases.search(folded) and not _NEGATION.search(folded):
                quote = " ".join(sentence.split())[:LONGEST_QUOTE]
                found.append(Stated(requirement, quote, twin))
                break
    return found
