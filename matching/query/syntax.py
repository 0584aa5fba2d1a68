"""The grammar of a search: words, "phrases", -exclusions and prefixes of supply codes."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from matching.text import join_quantities

MOST_CLAUSES = 24
_OPENING, _CLOSING = '"“„«', '"”“»'
_MINUS = "-−–"  # of keyboards, and what typography makes of it
_TOKEN = re.compile(
    rf"(?P<without>[{_MINUS}])?"
    rf"(?:[{_OPENING}](?P<phrase>[^{_OPENING}{_CLOSING}]*)(?P<end>[{_CLOSING}])?"
    rf"|(?P<word>[^\s{_OPENING}{_CLOSING}]+))"
)
_PREFIX = re.compile(r"(\d{1,4})(\*+)")
_CODE = re.compile(r"\d{4}")


class Kind(StrEnum):
    WORD = "word"
    PHRASE = "phrase"
    CODE = "code"  # its text is the first digits of supply codes


class Fault(StrEnum):
    """What is wrong with a search; the registry says it in words."""

    OPEN_QUOTE = "open quote"
    EMPTY_PHRASE = "empty phrase"
    STAR = "star"
    ONLY_WITHOUT = "only without"
    TOO_LONG = "too long"


class QueryFaulty(ValueError):
    """A search that cannot be read; `where` is the piece that is wrong."""

    def __init__(self, fault: Fault, where: str):
        super().__init__(f"{fault}: {where}")
        self.fault, self.where = fault, where


@dataclass(frozen=True)
class Clause:
    kind: Kind
    text: str


@dataclass(frozen=True)
class Query:
    """What must be there, in the order typed, and what must not."""

    wanted: tuple[Clause, ...]
    unwanted: tuple[Clause, ...] = ()

    def texts(self, *kinds: Kind) -> list[str]:
        """The wanted texts of some kinds, in their order."""
        return [clause.text for clause in self.wanted if clause.kind in kinds]

    @property
    def words(self) -> str:
        """What is wanted as words alone: what a ranking goes by."""
        return " ".join(self.texts(Kind.WORD, Kind.PHRASE))

    @property
    def is_plain(self) -> bool:
        """Nothing but words: the search means what it meant before there was a grammar."""
        return not self.unwanted and all(clause.kind is Kind.WORD for clause in self.wanted)


def parse_query(text: str, codes: Collection[str] = ()) -> Query:
    """Read a search. Four digits are a supply code if they are one of `codes`, else a word.

    Quotation marks of both languages hold a phrase; a minus before a piece excludes it; a star
    after one to four digits stands for all supply codes that begin so. Raises QueryFaulty.
    """
    wanted: list[Clause] = []
    unwanted: list[Clause] = []
    for token in _TOKEN.finditer(join_quantities(text)):  # a quantity with its unit is one word
        clause = _clause(token, codes)
        if clause is not None:
            (unwanted if token["without"] else wanted).append(clause)
    if len(wanted) + len(unwanted) > MOST_CLAUSES:
        raise QueryFaulty(Fault.TOO_LONG, text[:40])
    if unwanted and not wanted:
        raise QueryFaulty(Fault.ONLY_WITHOUT, text[:40])
    return Query(tuple(wanted), tuple(unwanted))


def _clause(token: re.Match[str], codes: Collection[str]) -> Clause | None:
    if token["phrase"] is not None:
        return _phrase(token)
    word = token["word"]
    if not any(letter.isalnum() for letter in word):
        if "*" in word:
            raise QueryFaulty(Fault.STAR, word)
        return None  # a dash or a sign between words
    if prefix := _PREFIX.fullmatch(word):
        return Clause(Kind.CODE, prefix[1])
    if "*" in word:
        raise QueryFaulty(Fault.STAR, word)
    if _CODE.fullmatch(word) and word in codes:
        return Clause(Kind.CODE, word)
    return Clause(Kind.WORD, word)


def _phrase(token: re.Match[str]) -> Clause:
    phrase = " ".join(token["phrase"].split())
    if not token["end"]:
        raise QueryFaulty(Fault.OPEN_QUOTE, token[0][:40])
    if not any(letter.isalnum() for letter in phrase):
        raise QueryFaulty(Fault.EMPTY_PHRASE, token[0])
    return Clause(Kind.PHRASE, phrase)
