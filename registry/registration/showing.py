"""A record as pages show it: sections of entries, each field in words with whom it is shown to."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from registry import terms
from registry.i18n import gettext as _
from registry.registration import forms
from registry.registration.changes import Change, compare_records
from registry.registration.sections import CLASSES, SECTIONS, Piece, Section, item_title
from registry.taxonomy.service import class_titles
from registry.visibility.table import Field, Reader, may_see


class Audience(StrEnum):
    """Whom a stated field is shown to beside the firm itself, read off the visibility table."""

    EVERYONE = "everyone"
    OFFICIALS = "officials"
    ADMINISTRATORS = "administrators"


def audience_of(field: Field) -> Audience:
    """The widest group that may see the field."""
    if may_see(Reader.VISITOR, field):
        return Audience.EVERYONE
    return Audience.OFFICIALS if may_see(Reader.OFFICIAL, field) else Audience.ADMINISTRATORS


@dataclass(frozen=True)
class ShownField:
    label: str
    words: str
    audience: Audience


@dataclass(frozen=True)
class ShownItem:
    """One entry; the title is empty for a section that is filled once."""

    title: str
    fields: list[ShownField]


@dataclass(frozen=True)
class ShownSection:
    name: str
    title: str
    items: list[ShownItem]


def shown_record(session: Session, record: Mapping[str, Any], language: str) -> list[ShownSection]:
    """Everything that a record states, in words; what it does not state is left to the advice."""
    sites = site_titles(record, language)
    shown = []
    for section in SECTIONS.values():
        pieces = record[section.name] if section.many else [record[section.name]]
        items = [_shown_item(section, piece, sites, language) for piece in pieces]
        if section.name == "capabilities" and record[CLASSES]:
            items.append(_shown_classes(session, record[CLASSES], language))
        shown.append(
            ShownSection(section.name, _(section.title), [item for item in items if item.fields])
        )
    return shown


def site_titles(record: Mapping[str, Any], language: str) -> dict[str, str]:
    """What the record's sites are called, by their keys."""
    section = SECTIONS["sites"]
    return {site["key"]: item_title(section, site, language) for site in record["sites"]}


def _shown_item(
    section: Section, piece: Piece, sites: Mapping[str, str], language: str
) -> ShownItem:
    fields = [
        ShownField(
            _(each.label),
            forms.said(section, each.name, piece[each.name], sites),
            audience_in(piece, each.seen),
        )
        for each in section.asked
        if piece.get(each.name) not in (None, [])
    ]
    fields += [
        ShownField(
            _(
                "Input: %(name)s",
                name=row.get(f"name_{language}") or row.get("name_en") or row.get("name_fr"),
            ),
            "; ".join(
                f"{_(each.label)}: {forms.said(section, each.name, row[each.name], sites)}"
                for each in section.inputs
                if row.get(each.name) is not None and not each.name.startswith("name_")
            ),
            audience_of(Field.LINE_INPUTS),
        )
        for row in piece.get(forms.INPUTS) or ()
    ]
    return ShownItem(item_title(section, piece, language) if section.many else "", fields)


def audience_in(piece: Piece, field: Field) -> Audience:
    """A clearance is seen by fewer than a quality certificate."""
    if field is Field.CERTIFICATE and piece.get("scheme") in terms.CLEARANCE_SCHEMES:
        field = Field.CLEARANCE
    return audience_of(field)


def _shown_classes(session: Session, codes: list[str], language: str) -> ShownItem:
    titles = class_titles(session, codes)
    audience = audience_of(Field.CAPABILITY)
    return ShownItem(
        _("Supply classes declared"),
        [
            ShownField(code, titles[code].title_in(language) if code in titles else "", audience)
            for code in codes
        ],
    )


@dataclass(frozen=True)
class ShownDifference:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ShownChange:
    section: str
    kind: str
    title: str
    fields: list[ShownDifference]


def shown_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], language: str
) -> list[ShownChange]:
    """What differs between two records, field by field, in words."""
    sites = site_titles(before, language) | site_titles(after, language)
    return [_shown_change(change, sites, language) for change in compare_records(before, after)]


def _shown_change(change: Change, sites: Mapping[str, str], language: str) -> ShownChange:
    section = SECTIONS.get(change.section)
    if section is None:  # declared classes
        return ShownChange(_("Supply classes declared"), change.kind, change.key or "", [])
    title = item_title(section, dict(change.piece), language) if section.many else ""
    labels = {each.name: _(each.label) for each in section.asked} | {
        forms.INPUTS: _("Inputs"),
        "files": _("Files of evidence"),
    }
    return ShownChange(
        _(section.title),
        change.kind,
        title,
        [
            ShownDifference(
                labels[each.name],
                *(_side(section, each.name, value, sites) for value in (each.before, each.after)),
            )
            for each in change.fields
            if each.name in labels
        ],
    )


def _side(section: Section, name: str, value: Any, sites: Mapping[str, str]) -> str:
    if name == "files":
        return str(len(value or ()))
    return forms.said(section, name, value, sites)
