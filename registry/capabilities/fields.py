"""Values as people type them, in either language: in a form, in a cell of a file, or as JSON.

A blank is unknown, None. Every error is one message that says what to write instead.
"""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from flask_babel import force_locale
from marshmallow import ValidationError, fields

from registry.feeds.text import clean, fold_heading, parse_decimal
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.web import LOCALES

SEVERAL = "; "  # between the parts of a value that holds several
_SEPARATORS = re.compile(r"\s*[;|,\n]\s*")
_TWO_READINGS = re.compile(r"\d{1,3},\d{3}")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|\d{1,3}(?:,\d{3})+\.\d+")
_DURATION = re.compile(r"(.*\d)\s*([^\W\d_]*)\.?")
_MONTHS_IN = {
    **dict.fromkeys(("", "m", "mo", "month", "months", "mois"), 1),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years", "an", "ans", "annee", "annees"), 12),
}
_UNWRITABLE = re.compile(r"[\ud800-\udfff\ufffe\uffff]")  # no file could hold them
YES_NO = {"yes": mark("yes"), "no": mark("no")}


class Stated(fields.Field[Any]):
    """A field that may be left blank."""

    def __init__(self, **settings: Any):
        super().__init__(load_default=None, allow_none=True, **settings)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if isinstance(value, str):
            value = clean(value)
            if not value:
                return None
        return self.read(value)

    def read(self, value: Any) -> Any:
        """What a value that is not blank means. Raises ValidationError."""
        raise NotImplementedError

    def typed(self, value: Any) -> Any:
        """A stored value as a person would type it: text, a number or a date."""
        return value


class Text(Stated):
    """At most `most` characters."""

    def __init__(self, most: int):
        super().__init__()
        self.most = most

    def read(self, value: Any) -> str:
        if not isinstance(value, str | int | float | Decimal) or isinstance(value, bool):
            raise ValidationError(_("Not a valid string."))
        text = str(value)
        text = _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        if len(text) > self.most:
            raise ValidationError(
                _(
                    "Shorten the text to %(most)s characters; it has %(count)s.",
                    most=self.most,
                    count=len(text),
                )
            )
        return text


class Figure(Stated):
    """A number from `least` to `most` with at most `places` decimals, as a Decimal."""

    def __init__(self, least: int, most: int, places: int):
        super().__init__()
        self.least, self.most, self.places = least, most, places

    def read(self, value: Any) -> Any:
        number = read_number(value)
        if not self.least <= number <= self.most:
            raise ValidationError(
                _(
                    "Write a number from %(least)s to %(most)s.",
                    least=self.least,
                    most=self.most,
                )
            )
        kept = round(number, self.places)
        if kept != number:
            if self.places == 0:
                raise ValidationError(_("Write a whole number."))
            raise ValidationError(_("Write at most %(places)s decimals.", places=self.places))
        return kept


class Whole(Figure):
    """A whole number from `least` to `most`, as an int."""

    def __init__(self, least: int, most: int):
        super().__init__(least, most, places=0)

    def read(self, value: Any) -> int:
        return int(super().read(value))


class Duration(Figure):
    """Months, or years turned into months: "18", "2 years", "1,5 an"."""

    def __init__(self, most: int):
        super().__init__(0, most, places=1)

    def read(self, value: Any) -> Any:
        if isinstance(value, str) and (parts := _DURATION.fullmatch(value)):
            months = _MONTHS_IN.get(fold_heading(parts[2]))
            if months is None:
                raise ValidationError(_("Write months, such as 18, or years, such as 2 years."))
            value = read_number(parts[1]) * months
        return super().read(value)


def read_number(value: Any) -> Decimal:
    """The number that a person or a program wrote. Raises ValidationError."""
    if isinstance(value, str):
        bare = "".join(value.split())
        if _TWO_READINGS.fullmatch(bare):
            raise ValidationError(
                _(
                    "“%(text)s” can be read in two ways. "
                    "Write %(whole)s, or %(part)s for a decimal.",
                    text=value,
                    whole=bare.replace(",", ""),
                    part=bare.replace(",", "."),
                )
            )
        if _THOUSANDS.fullmatch(bare):
            bare = bare.replace(",", "")
        number = parse_decimal(bare)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(str(value))
    else:
        number = None
    if number is None or not number.is_finite():
        raise ValidationError(_("Write a number, such as 1200 or 2.5."))
    return number


class Flag(Stated):
    """Yes or no; blank is unknown, which is neither."""

    def read(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and (word := code_of(YES_NO, value)):
            return word == "yes"
        raise ValidationError(_("Write yes or no, or leave it blank if you do not know."))

    def typed(self, value: Any) -> Any:
        return None if value is None else _("yes") if value else _("no")


class Choice(Stated):
    """One of some words: the stored one, or what it is called in either language."""

    def __init__(self, words: Mapping[str, str], **settings: Any):
        super().__init__()
        self.words = words

    def read(self, value: Any) -> str:
        if isinstance(value, str) and (code := code_of(self.words, value)):
            return code
        named = ", ".join(_(label) for label in self.words.values())
        raise ValidationError(_("Write one of: %(words)s.", words=named))

    def typed(self, value: Any) -> Any:
        return None if value is None else _(self.words[value])


class Choices(Choice):
    """Several of some words, in a list or in one text between semicolons."""

    def read(self, value: Any) -> Any:
        parts = _SEPARATORS.split(value) if isinstance(value, str) else value
        if not isinstance(parts, list | tuple):
            raise ValidationError(_("Write the choices with semicolons between them."))
        chosen = {super(Choices, self).read(part) for part in parts if part != ""}
        return [word for word in self.words if word in chosen] or None

    def typed(self, value: Any) -> Any:
        return SEVERAL.join(_(self.words[word]) for word in value) if value else None


class Code(Stated):
    """A code at the head of a text: "AMM-01", or "AMM-01 155 mm artillery shells"."""

    def __init__(self, pattern: str, example: str):
        super().__init__()
        self.pattern, self.example = re.compile(pattern), example

    def read(self, value: Any) -> Any:
        code = str(value).split()[0].upper() if str(value).split() else ""
        if not self.pattern.fullmatch(code):
            raise ValidationError(_("Write a code such as %(example)s.", example=self.example))
        return code


class Codes(Code):
    """Several codes, in a list or in one text."""

    def __init__(self, pattern: str, example: str):
        super().__init__(pattern, example)

    def read(self, value: Any) -> Any:
        parts = _SEPARATORS.split(value) if isinstance(value, str) else value
        if not isinstance(parts, list | tuple):
            raise ValidationError(_("Write a code such as %(example)s.", example=self.example))
        return sorted({super(Codes, self).read(part) for part in parts if part != ""})

    def typed(self, value: Any) -> Any:
        return SEVERAL.join(value) if value else None


class Day(Stated):
    """A date, written year first in both languages."""

    def read(self, value: Any) -> dt.date:
        if isinstance(value, dt.date):
            return value
        try:
            day = dt.date.fromisoformat(str(value))
        except ValueError:
            day = None
        if day is None or not 1900 <= day.year <= 2200:
            raise ValidationError(_("Write the date as year-month-day, such as 2026-11-25."))
        return day


class Country(Stated):
    """A country by its two letters (ISO 3166-1) or its name in either language."""

    def read(self, value: Any) -> str:
        code = _countries().get(fold_heading(str(value)))
        if code is None:
            raise ValidationError(
                _("Write a country by its name or its two letters, such as CA or Canada.")
            )
        return code


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Folded name or letters -> letters."""
    found = {}
    for locale in LOCALES.values():
        for code, name in Locale.parse(locale).territories.items():
            if re.fullmatch("[A-Z]{2}", code):
                found[fold_heading(name)] = code
                found[code.lower()] = code
    return found


def country_name(code: str, language: str) -> str:
    """The country of two letters in the reader's words."""
    return str(Locale.parse(LOCALES[language]).territories.get(code, code))


class RowNumber(Stated):
    """The number of a row of the registry, alone or at the head of its name: "3 Kingston plant"."""

    def read(self, value: Any) -> int:
        number = read_number(value.split()[0] if isinstance(value, str) else value)
        if number != int(number) or not 0 < number < 2**31:
            raise ValidationError(_("Write a whole number."))
        return int(number)


def code_of(words: Mapping[str, str], text: str) -> str | None:
    """Which of the words is meant: the stored one, or its label in either language."""
    if text in words:
        return text
    wanted = fold_heading(text)
    for locale in LOCALES.values():
        with force_locale(locale):
            for code, label in words.items():
                if wanted in (fold_heading(code), fold_heading(_(label))):
                    return code
    return None
