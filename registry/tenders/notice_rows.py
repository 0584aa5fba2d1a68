"""A row of a CanadaBuys notice, of a tender or of an award, cell by cell.

What the files do that others do not: a heading holds its name in both languages, most columns come
twice, cells hold line breaks, several values stand as `*A` and `*B` on lines of their own, and each
amendment is a row. What is wrong with a cell is said with its heading.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from registry.feeds.problems import Fault, Problems, RowRefused
from registry.feeds.reader import Row
from registry.feeds.text import clean, fold_words
from registry.i18n import gettext as _

LONGEST_REFERENCE = 80
_AMENDMENT = re.compile(r"([A-Z]{0,2})(\d{1,6})")
_STARRED = re.compile(r"(?:^|\n)[ \t]*\*")
# Goods of the GSIN are the NATO supply classes with an N before and letters after: N1005A.
_GSIN_GOODS = re.compile(r"N(\d{4})[A-Z]*(?![0-9A-Z])", re.IGNORECASE)
# Where a text names a class: as the first digits of a stock number, or by its own name.
_NAMED_CLASS = re.compile(
    r"(?<![\d-])(\d{4})-\d{2}-\d{3}-\d{4}(?![\d-])|\b(?:NSC|FSC|CNO)\s*(?:[:#]|code)?\s*(\d{4})(?!\d)"
)


@lru_cache(maxsize=20_000)  # buyers, regions and codes are the same few, again and again
def split_values(text: str) -> tuple[str, ...]:
    """The values of a cell: `*A` and `*B` on lines of their own, or one value without a star."""
    parts = _STARRED.split(text) if _STARRED.match(text) else [text]
    cleaned = (" ".join(clean(part).split()) for part in parts)
    return tuple(dict.fromkeys(part for part in cleaned if part))


def amendment_rank(amendment: str, dated: dt.date | None) -> tuple[int, dt.date, str]:
    """Amendments in their order: by number, then by day; a letter decides only between equals.

    `000`, the notice itself, is the lowest. T01 and S01 count as first amendments.
    """
    parts = _AMENDMENT.fullmatch(amendment)
    return int(parts[2]) if parts else -1, dated or dt.date.min, amendment


def named_classes(gsin_codes: Iterable[str], *texts: str | None) -> list[str]:
    """Supply classes that codes name, goods of the GSIN, and then texts; known or not."""
    found = [match[1] for code in gsin_codes for match in _GSIN_GOODS.finditer(code)]
    for match in _NAMED_CLASS.finditer("\n".join(filter(None, texts))):
        found.append(match[1] or match[2])
    return list(dict.fromkeys(found))


class NoticeRow:
    """One row on its way into facts. `classes` are the supply classes that the registry knows."""

    def __init__(self, row: Row, problems: Problems, classes: Collection[str]):
        self._row, self._problems, self._classes = row, problems, classes

    def _reference(self) -> str:
        reference = self._text("reference")
        if not reference or len(reference) > LONGEST_REFERENCE:
            raise self._refusal("reference", _("The reference is missing or too long."))
        return reference

    def _text(self, column: str) -> str:
        text = self._row.values.get(column)
        return clean(text) if text else ""

    def _values(self, column: str) -> list[str]:
        text = self._row.values.get(column)
        return list(split_values(text)) if text else []

    def _refusal(self, column: str, reason: str) -> RowRefused:
        advice = _("Correct the cell and import again.")
        value = self._row.values.get(column, "")
        return RowRefused(Fault(self._row.heading(column), value, reason, advice))

    def _warn(self, column: str, value: str, reason: str) -> None:
        advice = _("The notice was kept without it.")
        self._problems.warn(self._row.line, Fault(self._row.heading(column), value, reason, advice))

    def _amendment(self) -> str:
        text = self._text("amendment").upper() or "000"
        if not _AMENDMENT.fullmatch(text):
            raise self._refusal("amendment", _("This is not the number of an amendment."))
        return text

    def _short(self, column: str, most: int) -> str | None:
        text = " ".join(self._text(column).split())
        if len(text) > most:
            reason = _("The text is longer than %(limit)d characters and was cut.", limit=most)
            advice = _("The notice was kept with the beginning of it.")
            fault = Fault(self._row.heading(column), text, reason, advice)
            self._problems.warn(self._row.line, fault)
            text = text[: most - 1] + "…"
        return text or None

    def _date(self, column: str) -> dt.date | None:
        text = self._text(column)
        if not text:
            return None
        try:
            return dt.date.fromisoformat(text[:10])
        except ValueError:
            self._warn(column, text, _("This is not a date."))
            return None

    def _status(self, words: Mapping[str, str]) -> str | None:
        for column in ("status_en", "status_fr"):
            text = self._text(column)
            if not text:
                continue
            if known := words.get(fold_words(text)):
                return known
            self._warn(column, text, _("The word is not one that the format knows."))
        return None

    def _class_codes(self, gsin_codes: list[str], *texts: str | None) -> list[str]:
        """Supply classes that the notice names: by its GSIN, a stock number, or as such."""
        return [code for code in named_classes(gsin_codes, *texts) if code in self._classes]
