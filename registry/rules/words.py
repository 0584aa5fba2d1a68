"""What rules, what they found, and what a change would do are called."""

from collections.abc import Mapping, Sequence
from typing import Any

from registry import terms
from registry.i18n import gettext as _
from registry.rules.content import (
    AGREEMENT,
    AGREEMENTS,
    BUYER,
    CATEGORY,
    COMMODITIES,
    ENTITIES,
    GATE,
    NONE,
    THRESHOLD,
    RuleContent,
    code_words,
)
from registry.rules.models import Rule
from registry.web import date, dollars


def target_words(kind: str, target: str, titles: Mapping[str, str]) -> str:
    """What a rule leads to; `titles` are those of the categories."""
    if kind == CATEGORY:
        return _("none of the categories") if target == NONE else titles.get(target, target)
    if kind == GATE:
        return terms.said(terms.GATES, target)
    return terms.said(ENTITIES if kind == BUYER else AGREEMENTS, target)


def leads_to(rule: Rule | RuleContent, titles: Mapping[str, str]) -> str:
    """What a rule leads to, with the level, or the kind of buyer and what it buys."""
    name = target_words(rule.kind, rule.target, titles)
    if rule.level:
        return _("%(gate)s: %(what)s", gate=name, what=terms.said(terms.LEVELS, rule.level))
    if rule.kind == THRESHOLD:
        bought = terms.said(COMMODITIES, rule.commodity)
        buyers = terms.said(ENTITIES, rule.entity)
        return _("%(agreement)s: %(what)s, %(buyers)s", agreement=name, what=bought, buyers=buyers)
    return name


def looks_for(rule: Rule | RuleContent) -> str:
    """What a notice must hold, codes before words."""
    if rule.amount_cad is not None:
        return _("from %(amount)s", amount=dollars(rule.amount_cad))
    codes = [code_words(code) for code in rule.codes]
    words = [_("“%(words)s”", words=phrase) for phrase in (*rule.words_en, *rule.words_fr)]
    return ", ".join(dict.fromkeys((*codes, *words)))


def validity(rule: Rule | RuleContent) -> str:
    """On which days it counts."""
    first, last = rule.valid_from, rule.valid_until
    if rule.withdrawn:
        return _("withdrawn: it never counted")
    if first and last:
        return _("%(first)s to %(last)s", first=date(first), last=date(last))
    if first:
        return _("since %(day)s", day=date(first))
    return _("until %(day)s", day=date(last)) if last else _("always in force")


def reason(because: Mapping[str, Any]) -> str:
    """What one rule met in a notice: codes and words."""
    parts = []
    if because["codes"]:
        parts.append(_("it names %(codes)s", codes=", ".join(because["codes"])))
    if because["words"]:
        quoted = ", ".join(_("“%(words)s”", words=phrase) for phrase in because["words"][:3])
        parts.append(_("it says %(words)s", words=quoted))
    return "; ".join(parts)


def thresholds(found: Sequence[Mapping[str, Any]]) -> str:
    """The thresholds of an agreement for what a notice buys; unknown ones are said to be so."""
    return "; ".join(
        _("%(what)s from %(amount)s", what=terms.said(COMMODITIES, one["commodity"]),
          amount=dollars(one["amount"]))
        if one["amount"] is not None
        else _("%(what)s: threshold not on file", what=terms.said(COMMODITIES, one["commodity"]))
        for one in found
    )  # fmt: skip


def told(kind: str, value: Any) -> str:
    """What was told of a finding before or after a change: thresholds or a level."""
    if kind == AGREEMENT:
        pairs = [{"commodity": commodity, "amount": amount} for commodity, amount in value or ()]
        return thresholds(pairs) or _("no threshold")
    return terms.said(terms.LEVELS, value) if value else _("any level")
