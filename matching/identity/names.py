"""How a firm's name is read: folded, freed of legal forms, split into the names that it contains.

`parse` is the only way to make a `FirmName`; everything that compares names compares those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from anyascii import anyascii

from matching.identity import words as lexicon

_APOSTROPHES = re.compile(r"['`\u2018\u2019\u02bc]")
_ELISION = re.compile(r"\b([ld])['`\u2018\u2019\u02bc](?=[aeiouyh])")
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_DIGITS = re.compile(r"\d+")
_COOPERATIVE = re.compile(r"\bco[\s-]+op\b")
_VOWELS = frozenset("aeiouyh")
_LINKS = frozenset({"and", "et"})

# These open a French or old English name ("La Compagnie ...") and are dropped there too; shorter
# forms in front ("AG ...", "SA ...") are more likely initials.
_FORMS_THAT_MAY_LEAD = frozenset({"company", "compagnie", "cie", "corporation", "societe"})

# Quebec numbers its companies NNNN-NNNN (Registraire des entreprises).
_QUEBEC_HALF = 4
# A company number has at least this many digits; shorter ones are streets, years, models.
_COMPANY_NUMBER_DIGITS = 5
_SHORT_WORD = 5


class Role(StrEnum):
    """What a name inside a name is to the firm."""

    WHOLE = "whole"
    TRADE = "trade"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Core:
    """The identifying words of one name: canonical, in order, without legal forms.

    `sorted_key` is blind to word order; `squashed` is the name as spelled, blind to spaces (before
    twins are merged, else "AV Tech" would no longer meet "AVTECH"); `numbers` are the digit runs.
    """

    role: Role
    words: tuple[str, ...]
    sorted_key: str
    squashed: str
    initials: str
    numbers: frozenset[str]


@dataclass(frozen=True, slots=True)
class FirmName:
    """A parsed name: `whole` is the full core, `parts` the names it holds ("X o/a Y": X, Y)."""

    raw: str
    whole: Core
    parts: tuple[Core, ...]

    @property
    def is_numbered_company(self) -> bool:
        """Whether a registrar's number is (part of) the name, as in "7654321 Canada Inc."."""
        return any(is_company_number(number) for number in self.whole.numbers)


def is_company_number(number: str) -> bool:
    """Whether a run of digits is long enough to be a registrar's number."""
    return len(number) >= _COMPANY_NUMBER_DIGITS


def fold(raw: str) -> str:
    """Lower-case ASCII words separated by single blanks; "L'Été & Cie" gives "l ete and cie"."""
    text = raw.lower() if raw.isascii() else anyascii(raw.lower()).lower()
    text = _ELISION.sub(r"\1 ", text)
    text = _APOSTROPHES.sub("", text).replace("&", " and ").replace("+", " and ")
    text = _COOPERATIVE.sub("coop", text)
    return _NOT_WORD.sub(" ", text).strip()


def singular(word: str) -> str:
    """The word without its plural s.

    Endings -ss, -us, -is stay, and so do short unlisted words, often initials ("ERMS").
    """
    if len(word) < 4 or not word.endswith("s") or word[-2] in "siu":
        return word
    single = word[:-1]
    known = single in lexicon.TWINS or single in lexicon.GENERIC
    return single if known or len(word) > _SHORT_WORD else word


@lru_cache(maxsize=200_000)
def canonical(word: str) -> str:
    """One form for a word, its plural, its abbreviation and its French or English twin."""
    twin = lexicon.TWINS.get(word)
    if twin is not None:
        return twin
    single = singular(word)
    return lexicon.TWINS.get(single, single)


def parse(raw: str) -> FirmName:
    """Read a name in English or French; never raises, an empty name has an empty core."""
    tokens = _join_initials([word for word in fold(raw).split() if word not in _LINKS])
    pieces = _split_at_joiners(tokens)
    whole = _core([word for _, piece in pieces for word in piece], Role.WHOLE)
    if len(pieces) == 1:
        return FirmName(raw, whole, (whole,))
    parts = tuple(_core(piece, role) for role, piece in pieces)
    return FirmName(raw, whole, tuple(part for part in parts if part.words) or (whole,))


def _join_initials(tokens: list[str]) -> list[str]:
    """Runs of single letters become one word ("d r s" -> "drs"), halves of a number one number."""
    joined: list[str] = []
    run: list[str] = []
    for position, token in enumerate(tokens):
        if len(token) == 1 and token.isalpha() and not _is_elision(tokens, position, run):
            run.append(token)
            continue
        if run:
            joined.append("".join(run))
            run = []
        if _completes_number(joined, token):
            joined[-1] += token
        else:
            joined.append(token)
    if run:
        joined.append("".join(run))
    return joined


def _is_elision(tokens: list[str], position: int, run: list[str]) -> bool:
    """Whether a lone l or d is the French article before a vowel ("l agence"), not an initial."""
    if run or tokens[position] not in "ld" or position + 1 >= len(tokens):
        return False
    following = tokens[position + 1]
    return len(following) > 1 and following[0] in _VOWELS


def _completes_number(joined: list[str], token: str) -> bool:
    if not joined or len(token) != _QUEBEC_HALF or not token.isdigit():
        return False
    return len(joined[-1]) == _QUEBEC_HALF and joined[-1].isdigit()


def _split_at_joiners(tokens: list[str]) -> list[tuple[Role, list[str]]]:
    """Cut where one name ends and another begins; the joining words themselves vanish."""
    pieces: list[tuple[Role, list[str]]] = [(Role.TRADE, [])]
    position = 0
    while position < len(tokens):
        role, length = _joiner_at(tokens, position)
        if length and pieces[-1][1]:
            pieces.append((role, []))
            position += length
        else:
            pieces[-1][1].append(tokens[position])
            position += 1
    return [piece for piece in pieces if piece[1]]


def _by_first_word(
    *groups: tuple[Role, tuple[tuple[str, ...], ...]],
) -> dict[str, list[tuple[Role, tuple[str, ...]]]]:
    table: dict[str, list[tuple[Role, tuple[str, ...]]]] = {}
    for role, phrases in groups:
        for phrase in phrases:
            table.setdefault(phrase[0], []).append((role, phrase))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[1]))
    return table


_JOINERS = _by_first_word(
    (Role.TRADE, lexicon.TRADE_JOINERS),
    (Role.OWNER, lexicon.OWNER_JOINERS),
)
_PHRASES = _by_first_word((Role.WHOLE, lexicon.LEGAL_PHRASES))


def _joiner_at(tokens: list[str], position: int) -> tuple[Role, int]:
    for role, phrase in _JOINERS.get(tokens[position], ()):
        if tuple(tokens[position : position + len(phrase)]) == phrase:
            return role, len(phrase)
    return Role.TRADE, 0


def _core(tokens: list[str], role: Role) -> Core:
    kept = _without_forms(tokens)
    words = tuple(canonical(word) for word in kept)
    return Core(
        role=role,
        words=words,
        sorted_key=" ".join(sorted(words)),
        squashed="".join(kept),
        initials="".join(word[0] for word in kept),
        numbers=frozenset(
            digits.lstrip("0") or "0" for word in kept for digits in _DIGITS.findall(word)
        ),
    )


def _without_forms(tokens: list[str]) -> list[str]:
    """The tokens that are neither legal form nor little word; all of them if none is left."""
    kept: list[str] = []
    position = 0
    while position < len(tokens):
        length = _legal_phrase_at(tokens, position)
        if length:
            position += length
            continue
        token = tokens[position]
        if not _is_form(token, position) and token not in lexicon.STOP_WORDS:
            kept.append(token)
        position += 1
    return kept or tokens


def _legal_phrase_at(tokens: list[str], position: int) -> int:
    if position == 0:
        return 0
    for _, phrase in _PHRASES.get(tokens[position], ()):
        if tuple(tokens[position : position + len(phrase)]) == phrase:
            return len(phrase)
    return 0


def _is_form(token: str, position: int) -> bool:
    if position == 0:
        return token in _FORMS_THAT_MAY_LEAD
    return token in lexicon.LEGAL_FORMS
