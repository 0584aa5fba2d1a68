"""A rule as a person types it, and what is wrong with it."""

import datetime as dt
from collections.abc import Collection, Mapping

from registry.errors import RuleBroken
from registry.feeds.text import parse_decimal, parse_whole
from registry.i18n import gettext as _
from registry.rules.content import (
    AGREEMENTS,
    BUYER,
    CATEGORY,
    COMMODITIES,
    ENTITIES,
    GATE,
    GATES,
    KINDS,
    NONE,
    READS_CODES,
    THRESHOLD,
    RuleContent,
    read_code,
)
from registry.rules.phrases import words_of

MOST_ENTRIES, LONGEST_PHRASE = 100, 120
LONGEST_SOURCE, LONGEST_REASON = 300, 500
LEAST_WEIGHT, MOST_WEIGHT = 0.1, 10.0
MOST_AMOUNT = 2_000_000_000


class WrongRule(RuleBroken):
    """A rule that cannot be as typed; `faults` says by field what must change."""

    def __init__(self, faults: Mapping[str, str]):
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)


def read_rule(typed: Mapping[str, str], categories: Collection[str]) -> RuleContent:
    """The rule of a form's fields. Raises WrongRule with all that is wrong."""
    return _Typed(typed, categories).content()


def type_rule(content: RuleContent) -> dict[str, str]:
    """The fields of a form that would be read as this rule."""
    values = content.as_json()
    typed = {name: "" if value is None else str(value) for name, value in values.items()}
    for name in ("codes", "words_en", "words_fr"):
        typed[name] = "\n".join(values[name])
    typed["codes"] = "\n".join(code.replace(":", " ").upper() for code in content.codes)
    typed["withdrawn"] = "yes" if content.withdrawn else ""
    typed["weight"] = f"{content.weight:g}" if content.weight is not None else ""
    return typed


class _Typed:
    """One form on its way into a rule; faults are gathered."""

    def __init__(self, typed: Mapping[str, str], categories: Collection[str]):
        self._typed, self._categories = typed, categories
        self._faults: dict[str, str] = {}

    def content(self) -> RuleContent:
        kind = self._choice("kind", KINDS)
        content = RuleContent(
            kind=kind,
            target=self._choice("target", self._targets(kind)),
            level=self._level() if kind == GATE else None,
            codes=self._codes() if kind in READS_CODES else (),
            words_en=self._phrases("words_en") if kind != THRESHOLD else (),
            words_fr=self._phrases("words_fr") if kind != THRESHOLD else (),
            weight=self._weight() if kind == CATEGORY else None,
            entity=self._choice("entity", ENTITIES) if kind == THRESHOLD else None,
            commodity=self._choice("commodity", COMMODITIES) if kind == THRESHOLD else None,
            amount_cad=self._amount() if kind == THRESHOLD else None,
            valid_from=self._day("valid_from"),
            valid_until=self._day("valid_until"),
            withdrawn=self._text("withdrawn") in ("yes", "True"),
            source_en=self._said("source_en", LONGEST_SOURCE),
            source_fr=self._said("source_fr", LONGEST_SOURCE),
            reason_en=self._said("reason_en", LONGEST_REASON, needed=False) or None,
            reason_fr=self._said("reason_fr", LONGEST_REASON, needed=False) or None,
        )
        self._check_whole(content)
        if self._faults:
            raise WrongRule(self._faults)
        return content

    def _check_whole(self, content: RuleContent) -> None:
        asked = (*content.codes, *content.words_en, *content.words_fr)
        names_none = {"codes", "words_en", "words_fr"}.isdisjoint(self._faults) and not asked
        if content.kind in KINDS and content.kind != THRESHOLD and names_none:
            self._faults["words_en"] = _("Give at least one code or phrase that a notice may hold.")
        first, last = content.valid_from, content.valid_until
        if first and last and last < first:
            self._faults["valid_until"] = _("The last day is before the first one.")

    def _targets(self, kind: str) -> Collection[str]:
        if kind == CATEGORY:
            return {*self._categories, NONE}
        if kind == GATE:
            return GATES
        return ENTITIES if kind == BUYER else AGREEMENTS

    def _text(self, name: str) -> str:
        return self._typed.get(name, "").replace("\0", " ").strip()

    def _choice(self, name: str, choices: Collection[str]) -> str:
        value = self._text(name)
        if value not in choices:
            self._faults[name] = _("Choose one of the list.")
        return value

    def _level(self) -> str | None:
        value, (_schemes, levels) = self._text("level"), GATES.get(self._text("target"), ((), ()))
        if value and value not in levels:
            self._faults["level"] = _("This requirement has no such level.")
        return value or None

    def _lines(self, name: str) -> list[str]:
        lines = [" ".join(line.split()) for line in self._text(name).splitlines()]
        found = list(dict.fromkeys(line for line in lines if line))
        if len(found) > MOST_ENTRIES:
            self._faults[name] = _("These are more than %(most)d lines.", most=MOST_ENTRIES)
        return found

    def _phrases(self, name: str) -> tuple[str, ...]:
        found = self._lines(name)
        for phrase in found:
            if len(phrase) > LONGEST_PHRASE or not words_of(phrase):
                self._faults[name] = _(
                    "“%(phrase)s” is no phrase that a notice may hold.", phrase=phrase[:60]
                )
        return tuple(found)

    def _codes(self) -> tuple[str, ...]:
        codes = []
        for line in self._lines("codes"):
            code = read_code(line)
            if code is None:
                self._faults["codes"] = _(
                    "“%(code)s” is not a beginning of a code such as UNSPSC 4610, GSIN N1320 or "
                    "NSC 13.",
                    code=line[:60],
                )
            else:
                codes.append(code)
        return tuple(dict.fromkeys(codes))

    def _weight(self) -> float:
        text = self._text("weight")
        value = parse_decimal(text) if text else None
        if text and (value is None or not LEAST_WEIGHT <= value <= MOST_WEIGHT):
            self._faults["weight"] = _("Give a number from 0.1 to 10.")
            return 1.0
        return float(value) if value is not None else 1.0

    def _amount(self) -> int:
        value = parse_whole(self._text("amount_cad"))
        if value is None or not 0 < value <= MOST_AMOUNT:
            self._faults["amount_cad"] = _("Give whole Canadian dollars, such as 34,700.")
            return 1
        return value

    def _day(self, name: str) -> dt.date | None:
        text = self._text(name)
        try:
            return dt.date.fromisoformat(text) if text else None
        except ValueError:
            self._faults[name] = _("Give a date as year-month-day, such as 2026-01-01.")
            return None

    def _said(self, name: str, most: int, needed: bool = True) -> str:
        text = " ".join(self._text(name).split())
        if needed and not text:
            self._faults[name] = _("Say where the rule comes from, in this language too.")
        if len(text) > most:
            self._faults[name] = _("This is longer than %(most)d characters.", most=most)
        return text
