"""Reading a notice by rules: its categories, its agreements, what it requires, and by which rule.

The rules in force on the day of its publication count: that day fixes the terms on which it is
tendered and the thresholds that bind it. A later amendment moves the closing, not the terms.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.feeds.text import fold_words
from registry.rules.content import (
    AGREEMENT,
    BUYER,
    CATEGORY,
    DEPARTMENT,
    GATE,
    GATES,
    NONE,
    READS_CODES,
    THRESHOLD,
    RuleContent,
)
from registry.rules.phrases import Phrases, words_of

LANGUAGES = ("en", "fr")
# What a reason adds: a code says more than words, and words of a title more than others.
BY_CODE, IN_TITLE, IN_TEXT = 4.0, 3.0, 1.0
ONE_WORD = 0.7  # it names too many things to count without another reason
EACH_MORE = 0.1
LEAST = 1.0  # points from which a notice is about a category
COMMODITY_OF = {
    "GD": "goods", "SRV": "services", "SRVTGD": "services", "CNST": "construction",
}  # fmt: skip
LONGEST_QUOTE = 300
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n+")
_NEGATION = re.compile(
    r"\b(?:no|not|none|without|nor|neither|n/a|aucune?s?|sans|ni)\b|\bne\b|\bn'|\bpas\b"
)


@dataclass(frozen=True)
class Notice:
    """What rules read of a notice; texts by language."""

    day: dt.date
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    agreements: Mapping[str, str]
    buyers: Mapping[str, str]
    codes: Mapping[str, Sequence[str]]  # by system
    kinds: Sequence[str]


@dataclass(frozen=True)
class Finding:
    """One thing that rules found; `rule` says most for it, `detail` is JSON."""

    kind: str
    target: str
    rule: int
    points: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> Any:
        """What makes a difference to a reader besides that it was found."""
        if self.kind == AGREEMENT:
            return [[one["commodity"], one["amount"]] for one in self.detail["thresholds"]]
        return self.detail.get("level")


class RuleSet:
    """Rules by number, made ready to read notices of any day."""

    def __init__(self, rules: Mapping[int, RuleContent]):
        self.rules = dict(rules)
        self._phrases = {
            (kind, language): Phrases(
                (phrase, number)
                for number, rule in self.rules.items()
                if rule.kind == kind
                for phrase in rule.words_in(language)
            )
            for kind in (CATEGORY, AGREEMENT, BUYER, GATE)
            for language in LANGUAGES
        }
        self._by_code = [
            (code.partition(":"), number)
            for number, rule in self.rules.items()
            if rule.kind in READS_CODES
            for code in rule.codes
        ]

    def read(self, notice: Notice) -> list[Finding]:
        """All that the rules of the notice's day find, categories first, the best of them first."""
        by_code = self._coded(notice)
        return [
            *self._categories(notice, by_code),
            *self._agreements(notice),
            *self._gates(notice, by_code),
        ]

    def _counts(self, number: int, notice: Notice) -> bool:
        return self.rules[number].in_force(notice.day)

    def _coded(self, notice: Notice) -> dict[int, list[str]]:
        """Codes of the notice by the rules that name them."""
        found: dict[int, list[str]] = {}
        for (system, _separator, prefix), number in self._by_code:
            met = [code for code in notice.codes[system] if code.upper().startswith(prefix)]
            if met and self._counts(number, notice):
                named = found.setdefault(number, [])
                named += [code for code in met if code not in named]
        return found

    def _said(
        self, kind: str, notice: Notice, texts: Mapping[str, str]
    ) -> dict[int, dict[str, None]]:
        """Phrases that stand in the texts, by the rules that name them."""
        found: dict[int, dict[str, None]] = {}
        for language in LANGUAGES:
            if words := words_of(texts[language]):
                for phrase, number in self._phrases[kind, language].found_in(words):
                    if self._counts(number, notice):
                        found.setdefault(number, {})[phrase] = None
        return found

    def _categories(self, notice: Notice, by_code: Mapping[int, list[str]]) -> list[Finding]:
        titled = self._said(CATEGORY, notice, notice.titles)
        told = self._said(CATEGORY, notice, notice.texts)
        reasons: dict[str, list[dict[str, Any]]] = {}
        for number in dict.fromkeys((*by_code, *titled, *told)):
            rule = self.rules[number]
            if rule.kind == CATEGORY:
                words = dict.fromkeys(told.get(number, ()), IN_TEXT)
                words.update(dict.fromkeys(titled.get(number, ()), IN_TITLE))
                reasons.setdefault(rule.target, []).append(
                    _reason(number, rule, by_code.get(number, []), words)
                )
        return _weighed(reasons)

    def _agreements(self, notice: Notice) -> list[Finding]:
        named: dict[str, tuple[int, list[str]]] = {}
        for number, phrases in self._said(AGREEMENT, notice, notice.agreements).items():
            named.setdefault(self.rules[number].target, (number, list(phrases)))
        if not named:
            return []
        buyer, buyer_rule = self._buyer(notice)
        return [
            Finding(AGREEMENT, target, number, detail={
                "words": words, "entity": buyer, "entity_rule": buyer_rule,
                "thresholds": self._thresholds(target, buyer, notice),
            })
            for target, (number, words) in sorted(named.items())
        ]  # fmt: skip

    def _buyer(self, notice: Notice) -> tuple[str, int | None]:
        for number in self._said(BUYER, notice, notice.buyers):
            return self.rules[number].target, number
        return DEPARTMENT, None

    def _thresholds(self, agreement: str, entity: str, notice: Notice) -> list[dict[str, Any]]:
        """What the agreement's thresholds were that day, for what is bought; unknown is None."""
        wanted = dict.fromkeys(COMMODITY_OF[kind] for kind in notice.kinds if kind in COMMODITY_OF)
        stated = {
            rule.commodity: (rule.amount_cad, number)
            for number, rule in self.rules.items()
            if rule.kind == THRESHOLD
            and (rule.target, rule.entity) == (agreement, entity)
            and self._counts(number, notice)
        }
        return [
            {"commodity": commodity, "amount": amount, "rule": number}
            for commodity in wanted
            for amount, number in (stated.get(commodity, (None, None)),)
        ]

    def _gates(self, notice: Notice, by_code: Mapping[int, list[str]]) -> list[Finding]:
        raised = {
            number: {"codes": codes, "words": [], "quotes": {}}
            for number, codes in by_code.items()
            if self.rules[number].kind == GATE
        }
        for language in LANGUAGES:
            for text in (notice.titles[language], notice.texts[language]):
                self._quote(notice, language, text, raised)
        best: dict[str, tuple[int, int]] = {}
        for number in raised:
            rule = self.rules[number]
            levels = GATES[rule.target][1] if rule.target in GATES else ()
            height = levels.index(rule.level) + 1 if rule.level in levels else 0
            if rule.target not in best or height > best[rule.target][0]:
                best[rule.target] = (height, number)
        return [
            Finding(GATE, target, best[target][1], detail={
                "level": self.rules[best[target][1]].level, **raised[best[target][1]],
            })
            for target in sorted(best, key=list(GATES).index)
        ]  # fmt: skip

    def _quote(
        self, notice: Notice, language: str, text: str, raised: dict[int, dict[str, Any]]
    ) -> None:
        """Add the gates that sentences of a text raise, each with the first that does.

        A sentence that says "no" or "not" raises none: a doubtful one is better left to a person.
        """
        phrases = self._phrases[GATE, language]
        if not phrases.found_in(words_of(text)):
            return
        for sentence in _SENTENCE_END.split(text):
            for phrase, number in phrases.found_in(words_of(sentence)):
                if self._counts(number, notice) and not _NEGATION.search(fold_words(sentence)):
                    one = raised.setdefault(number, {"codes": [], "words": [], "quotes": {}})
                    quote = " ".join(sentence.split())[:LONGEST_QUOTE]
                    one["quotes"].setdefault(language, quote)
                    if phrase not in one["words"]:
                        one["words"].append(phrase)


def _reason(
    number: int, rule: RuleContent, codes: list[str], words: Mapping[str, float]
) -> dict[str, Any]:
    """What one rule found, and its points: those of a code, and of the strongest of its words."""
    points = BY_CODE if codes else 0.0
    if words:
        weights = [
            weight if len(words_of(phrase)) > 1 else ONE_WORD for phrase, weight in words.items()
        ]
        points += max(weights) + EACH_MORE * len(weights)
    points = round(points * (rule.weight or 1.0), 2)
    return {"rule": number, "points": points, "codes": codes, "words": list(words)}


def _weighed(reasons: Mapping[str, list[dict[str, Any]]]) -> list[Finding]:
    """Categories with points enough; those that have no more than "none of them" are left out."""
    found = []
    for target, because in reasons.items():
        because.sort(key=lambda one: (-one["points"], one["rule"]))
        points = round(sum(one["points"] for one in because), 2)
        if points >= LEAST:
            found.append(
                Finding(CATEGORY, target, because[0]["rule"], points, {"because": because})
            )
    none = max((one.points or 0.0 for one in found if one.target == NONE), default=0.0)
    kept = [one for one in found if one.target == NONE or (one.points or 0.0) > none]
    return sorted(kept, key=lambda one: (-(one.points or 0.0), one.target))
