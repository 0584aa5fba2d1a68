"""English and French words to terms: folded, stemmed, with quantities and acronyms kept apart."""

import re
import threading
from functools import lru_cache

from anyascii import anyascii
from Stemmer import Stemmer

# A quantity and its unit are one term, however they are spaced: "155 mm" and "155mm" meet.
_QUANTITY = re.compile(
    r"(\d+(?:[.,]\d+)?)[\s-]+(mm|cm|km|kg|kv|kw|mw|hp|ghz|mhz|khz|hz|vdc|vac|inch|in|po)\b"
)
_QUANTITY_TYPED = re.compile(_QUANTITY.pattern.replace(r"[\s-]+", r"(?:\s+|-)"), re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9]+(?:[.,][0-9]+[a-z]*)?")
_CAPITALS = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Z0-9]{1,3}(?![A-Za-z0-9])")
_DIGIT = re.compile(r"\d")
_LOWER = re.compile(r"[a-z]")

_STOP = """
    a an and are as at be by for from has have in into is it its of on or our that the their they
    this to was we were will with you your all any also other others more most not such etc than
    which who us can been both each may over through including include includes except nes misc
    miscellaneous item items only those
    le la les de des du un une et en au aux pour par sur dans avec ou nos notre nous vous votre vos
    est sont qui que se sa son ses leur leurs ce cette ces plus ainsi tout tous toutes toute autre
    autres divers diverses sans compris sauf
"""
STOP_WORDS = frozenset(_STOP.split())
ACRONYM = "^"  # first character of a term that matched in capitals
LONGEST_TERM = 40  # longer ones are keys, addresses or noise


class _Stemmers(threading.local):
    """One stemmer for each thread: PyStemmer's keeps state between calls."""

    def __init__(self) -> None:
        self.stem = Stemmer("english").stemWord


_stemmers = _Stemmers()

# The letters of European languages and typographic marks, folded once: anyascii itself is asked
# only for what is left, as it works letter by letter.
_PLAIN = {code: anyascii(chr(code)) for code in (*range(0x80, 0x250), *range(0x1E00, 0x1F00))} | {
    code: anyascii(chr(code)) for code in range(0x2010, 0x2060)
}
_PLAIN |= {ord("’"): " ", ord("'"): " ", ord("\u00a0"): " ", ord("\u202f"): " "}


def fold(text: str) -> str:
    """Lower case without accents or ligatures; apostrophes become spaces."""
    if text.isascii():
        return text.lower().replace("'", " ")
    folded = text.translate(_PLAIN)
    if not folded.isascii():
        folded = anyascii(folded)
    return folded.lower()


def raw_words(text: str) -> list[str]:
    """All words of a text in order, folded, quantities joined to their units."""
    folded = fold(text)
    if _DIGIT.search(folded):
        folded = _QUANTITY.sub(r"\1\2", folded)
    return _WORD.findall(folded)


def join_quantities(typed: str) -> str:
    """A text as it was typed, but for quantities, which are joined to their units: "155mm".

    "1320 in Ontario" stays: four digits before "in" are a supply code.
    """
    return _QUANTITY_TYPED.sub(
        lambda met: met[0] if len(met[1]) == 4 and met[2].lower() == "in" else met[1] + met[2],
        typed,
    )


@lru_cache(maxsize=200_000)
def term_of(word: str) -> str | None:
    """The term of a folded word; None for a stop word, a single letter or noise.

    One stemmer for both languages: measured on the development needs, it gains in English and
    loses nothing in French.
    """
    if word in STOP_WORDS or not 1 < len(word) <= LONGEST_TERM:
        return None
    if len(word) < 4 or word.isdigit():
        return word
    return str(_stemmers.stem(word))


def words(text: str) -> list[str]:
    """The words that count, as typed but folded."""
    return [word for word in raw_words(text) if term_of(word)]


def acronyms(text: str) -> list[str]:
    """Words of two to four capitals, as terms; in a text all in capitals they would mean nothing,
    unless it is nothing but one of them."""
    if not _LOWER.search(text):
        alone = text.strip()
        return [ACRONYM + alone.lower()] if _CAPITALS.fullmatch(alone) else []
    return [ACRONYM + found.lower() for found in _CAPITALS.findall(text)]


def terms(text: str) -> list[str]:
    """The terms a text is found by: its stemmed words, and its acronyms once more as such."""
    return word_terms(text) + acronyms(text)


def word_terms(text: str) -> list[str]:
    """The stemmed words of a text, in order."""
    return [term for word in raw_words(text) if (term := term_of(word))]


def sought_terms(text: str) -> list[str]:
    """The terms a need asks for.

    A phrase that is nothing but a short acronym ("AI", "C2", "EW") asks for it in capitals only:
    as a plain word it would flood the results.
    """
    stripped = text.strip()
    if _CAPITALS.fullmatch(stripped):
        return [ACRONYM + stripped.lower()]
    return word_terms(text)


def numbers(text: str) -> frozenset[str]:
    """Quantities and model numbers in a text: words that hold a digit."""
    return frozenset(word for word in words(text) if any(letter.isdigit() for letter in word))


def normalised(text: str) -> str:
    """A text as RapidFuzz compares it: its words, folded but not stemmed, in their order."""
    return " ".join(words(text))


def sorted_words(passage: str) -> str:
    """Words in alphabetical order: comparing these is RapidFuzz's token_sort_ratio, sorted once."""
    return " ".join(sorted(words(passage)))
