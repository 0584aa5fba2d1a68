"""Rules as CSV, written and read back."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping

from registry.errors import RuleBroken
from registry.i18n import gettext as _
from registry.rules.content import RuleContent
from registry.rules.forms import WrongRule, read_rule, type_rule
from registry.rules.models import Rule
from registry.rules.service import Proposed
from registry.sheets import as_typed

KEY = "key"  # of a rule that is here; blank for a new one
HEADINGS = (KEY, *RuleContent.names())
MOST_ROWS, MOST_BYTES = 5_000, 5 * 1024 * 1024
_LISTS = ("codes", "words_en", "words_fr")


def rows_of(rules: list[Rule]) -> Iterator[list[str]]:
    """The headings, then a row for each rule; lists are separated by semicolons."""
    yield list(HEADINGS)
    for rule in rules:
        typed = type_rule(rule.content)
        for name in _LISTS:
            typed[name] = "; ".join(typed[name].splitlines())
        yield [rule.key, *(typed[name] for name in RuleContent.names())]


def read_sheet(content: bytes, rules: list[Rule], categories: Collection[str]) -> list[Proposed]:
    """The rules of a file. Raises RuleBroken with the line of the first that cannot be."""
    known = {rule.key: rule for rule in rules}
    found: dict[str, Proposed] = {}
    for line, row in enumerate(_rows(content), start=2):
        key = row.get(KEY) or None
        if key is not None and (key not in known or key in found):
            raise RuleBroken(
                _("Line %(line)d: “%(key)s” is no rule that is here, or comes twice. "
                  "Leave the key of a new rule blank.", line=line, key=key[:80])
            )  # fmt: skip
        try:
            proposed = Proposed(key, read_rule(row, categories))
        except WrongRule as wrong:
            field, why = next(iter(wrong.faults.items()))
            raise RuleBroken(
                _("Line %(line)d, %(field)s: %(why)s", line=line, field=field, why=why)
            ) from wrong
        if key is not None and proposed.content.kind != known[key].kind:
            raise RuleBroken(_("Line %(line)d: a rule cannot become one of another kind.",
                               line=line))  # fmt: skip
        found[key or f"line {line}"] = proposed
    return list(found.values())


def _rows(content: bytes) -> list[Mapping[str, str]]:
    if len(content) > MOST_BYTES:
        raise RuleBroken(_("The file is larger than %(most)s MiB.", most=MOST_BYTES // 2**20))
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        rows = [
            {name: as_typed(cell) for name, cell in row.items() if isinstance(cell, str) and name}
            for row in reader
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RuleBroken(_("This is not a CSV file in UTF-8.")) from error
    if not rows or not {"kind", "target"} <= set(rows[0]) or len(rows) > MOST_ROWS:
        raise RuleBroken(
            _("The file holds no rules, or too many. Begin with one that was exported here.")
        )
    for row in rows:
        for name in _LISTS:
            row[name] = row.get(name, "").replace(";", "\n")
    return list(rows)
