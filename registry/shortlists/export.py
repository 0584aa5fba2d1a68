"""A shortlist or a ranking as a file: what the screen shows, in the reader's language."""

import datetime as dt
import io
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any

from registry import terms
from registry.i18n import gettext as _
from registry.matches.evidence import Document
from registry.sheets import csv_chunks
from registry.shortlists.models import Shortlist, ShortlistItem
from registry.shortlists.words import OUTCOME_WORDS, REASON_WORDS, STATUS_WORDS
from registry.spreadsheets import Cell, Facts, write_ods, write_xlsx
from registry.visibility.table import Field, Purpose, Reader, may_see
from registry.web import number

LEAST_POINTS = 0.05  # what rounds to nothing is left out
FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "json": "application/json",
    "pdf": "application/pdf",
}


@dataclass(frozen=True)
class Column:
    """One column: a name that stays, a heading in the reader's language, and where it comes from.

    `take` is given an entry, its position on the list, and the language.
    """

    key: str
    heading: str
    take: Callable[[ShortlistItem, int, str], Cell]
    width: int


@dataclass(frozen=True)
class Pick:
    """What of a list is shown, in which order, and what of that is taken out; empty takes all."""

    status: str | None = None
    tag: str | None = None
    order: str = "position"
    items: frozenset[int] = frozenset()
    columns: frozenset[str] = frozenset()

    def of(self, shortlist: Shortlist, language: str) -> list[tuple[int, ShortlistItem]]:
        """(position on the list, entry), in the order asked for."""
        numbered = [
            (position, item)
            for position, item in enumerate(shortlist.items, start=1)
            if self.status in (None, item.status)
            and (self.tag is None or self.tag in item.tags)
            and (not self.items or item.id in self.items)
        ]
        if self.order == "fit":
            numbered.sort(key=lambda one: -(one[1].match["score"] if one[1].match else -1))
        elif self.order == "name":
            numbered.sort(key=lambda one: one[1].firm.name_in(language).casefold())
        return numbered


ALL = Pick()
ORDERS = ("position", "fit", "name")


def columns(reader: Reader, chosen: Collection[str] = ()) -> list[Column]:
    """Those chosen, or all, in order; what `reader` may not take out is blank."""
    see_gates = may_see(reader, Field.GATES, Purpose.EXPORT)
    every = [
        Column("position", _("Position"), lambda item, position, language: position, 9),
        Column("firm_id", _("Firm number"), lambda item, position, language: item.firm_id, 9),
        Column("firm", _("Firm"), lambda item, position, lang: item.firm.name_in(lang), 36),
        Column("city", _("City"), lambda item, position, language: _site(item, "city"), 18),
        Column("province", _("Province"), lambda item, position, language: _province(item), 18),
        Column("fit", _("Fit (0 to 100)"), lambda item, position, language: _fit(item), 10),
        Column(
            "reasons", _("Reasons"), lambda item, position, language: match_reasons(item.match), 60
        ),
        Column(
            "gates",
            _("Requirements"),
            lambda item, position, language: match_gates(item.match) if see_gates else None,
            40,
        ),
        Column("note", _("Note"), lambda item, position, language: item.note or None, 40),
        Column("added_on", _("Added on"), lambda item, position, lang: item.added_at.date(), 12),
        Column("version", _("Registry version"), lambda item, pos, lang: item.data_version, 24),
        Column("status", _("Status"), lambda item, pos, lang: _(STATUS_WORDS[item.status]), 14),
        Column("reason", _("Reason of rejection"), lambda item, pos, lang: _reason(item), 36),
        Column("tags", _("Tags"), lambda item, pos, lang: ", ".join(item.tags) or None, 20),
        Column(
            "consensus",
            _("Consensus"),
            lambda item, pos, lang: sum(item.consensus) if item.consensus else None,
            11,
        ),
    ]
    return [column for column in every if not chosen or column.key in chosen]


def _site(item: ShortlistItem, name: str) -> Cell:
    site = item.firm.main_site
    return getattr(site, name) if site else None


def _province(item: ShortlistItem) -> Cell:
    code = _site(item, "province")
    return terms.province_name(str(code)) if code else None


def _fit(item: ShortlistItem) -> Cell:
    return round(float(item.match["score"]), 1) if item.match else None


def _reason(item: ShortlistItem) -> Cell:
    if not item.reject_reason:
        return None
    reason = _(REASON_WORDS[item.reject_reason])
    if not item.reject_text:
        return reason
    return _("%(name)s: %(value)s", name=reason, value=item.reject_text)


def match_reasons(match: Document | None) -> Cell:
    """The parts as they add up: 'words 44.0 + supply class 28.0'."""
    if not match:
        return None
    named = ((part["title"], part["points"]) for part in match["parts"])
    parts = ((title, points) for title, points in named if abs(points) >= LEAST_POINTS)
    return " + ".join(f"{_(title)} {number(points, 1)}" for title, points in parts)


def match_gates(match: Document | None) -> Cell:
    """The requirements in words, with what each rests on."""
    if not match:
        return None
    return "; ".join(terms.gate_sentence(gate) for gate in match["gates"]) or None


def rows(
    shortlist: Shortlist, language: str, reader: Reader, pick: Pick = ALL
) -> Iterator[list[Cell]]:
    """The values of each entry that is picked."""
    takes = [column.take for column in columns(reader, pick.columns)]
    for position, item in pick.of(shortlist, language):
        yield [take(item, position, language) for take in takes]


def about(
    shortlist: Shortlist, need: str, exported_by: str, exported_at: dt.datetime, pick: Pick = ALL
) -> list[tuple[str, Cell]]:
    """What the rows are, for which need, who took them out and when: the second sheet."""
    versions = sorted({item.data_version for item in shortlist.items})
    facts: list[tuple[str, Cell]] = [
        (_("Shortlist"), shortlist.title),
        (_("Need"), need),
        (_("Shortlist number"), shortlist.id),
        (_("Made by"), shortlist.owner.email),
        (_("Exported by"), exported_by),
        (_("Exported at (UTC)"), exported_at.strftime("%Y-%m-%d %H:%M")),
        (_("Registry version"), ", ".join(versions) or _("none")),
        *_locked(shortlist),
        (_("Firms"), len(pick.of(shortlist, "en"))),
        (_("Meaning of a blank cell"), _("not stated")),
        (
            _("Meaning of the fit"),
            _("Points for each reason, added up, as they stood on the day the firm was added."),
        ),
    ]
    if pick.status or pick.tag or pick.items:
        status = _(STATUS_WORDS[pick.status]) if pick.status else None
        picked = _("%(count)s picked", count=len(pick.items)) if pick.items else None
        told = ", ".join(filter(None, (status, pick.tag, picked)))
        facts.append((_("Only firms that are"), told))
    return facts


def _locked(shortlist: Shortlist) -> list[tuple[str, Cell]]:
    """Of which locked revision the rows are, and what came of it; nothing of an open list."""
    if not shortlist.locked:
        return []
    newest = shortlist.revisions[-1]
    number, day, who = newest.number, newest.locked_at.date().isoformat(), newest.locked_by.email
    facts: list[tuple[str, Cell]] = [
        (_("Locked"), _("revision %(number)s, %(day)s, %(who)s", number=number, day=day, who=who)),
        (_("SHA-256 of the document"), newest.sha256),
    ]
    if newest.outcome and newest.outcome_on:
        outcome, day = _(OUTCOME_WORDS[newest.outcome]), newest.outcome_on.isoformat()
        facts.append((_("Outcome"), _("%(outcome)s, %(day)s", outcome=outcome, day=day)))
    return facts


def to_csv(shortlist: Shortlist, language: str, reader: Reader, pick: Pick = ALL) -> bytes:
    """The rows under their headings."""
    headings = [column.heading for column in columns(reader, pick.columns)]
    return b"".join(csv_chunks([headings, *rows(shortlist, language, reader, pick)]))


def to_xlsx(
    shortlist: Shortlist,
    language: str,
    reader: Reader,
    need: str,
    exported_by: str,
    exported_at: dt.datetime,
    pick: Pick = ALL,
) -> bytes:
    """A workbook of two sheets: the firms with typed cells, and what they are."""
    out = io.BytesIO()
    facts = about(shortlist, need, exported_by, exported_at, pick)
    chosen = columns(reader, pick.columns)
    table = rows(shortlist, language, reader, pick)
    write_table(out, "xlsx", chosen, table, facts)
    return out.getvalue()


def write_table(
    out: IO[bytes], form: str, chosen: Sequence[Column], table: Any, facts: Facts
) -> None:
    """The rows in one of the forms that are tables, and what they are where the form has room."""
    headings = [column.heading for column in chosen]
    names = (_("Firms"), _("About"))
    if form == "csv":
        for chunk in csv_chunks(chain([headings], table)):
            out.write(chunk)
    elif form == "ods":
        write_ods(out, names, headings, table, facts)
    elif form == "xlsx":
        write_xlsx(out, names, headings, table, facts, [column.width for column in chosen])
    else:
        for piece in _json(chosen, table, facts):
            out.write(piece.encode())


def _json(chosen: Sequence[Column], table: Any, facts: Facts) -> Iterator[str]:
    """Names that stay for columns, whatever the reader's language is; one firm at a time."""
    keys = [column.key for column in chosen]
    yield '{\n "about": '
    yield _indented([{"name": name, "value": value} for name, value in facts], 1)
    yield ',\n "firms": ['
    between = "\n  "
    for row in table:
        yield between + _indented(dict(zip(keys, row, strict=True)), 2)
        between = ",\n  "
    yield "\n ]\n}" if between.startswith(",") else "]\n}"


def _indented(value: Any, depth: int) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=1, default=dt.date.isoformat)
    return text.replace("\n", "\n" + " " * depth)
