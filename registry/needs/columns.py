"""The columns of a file of needs: what each is called, what to write, and how it is read."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask_babel import force_locale
from marshmallow import ValidationError, post_load

from registry.capabilities.fields import Choice, Code, Codes, Day, Figure, Flag, Stated, Text
from registry.capabilities.lines import CATEGORY, SUPPLY_CLASS
from registry.capabilities.rules import MOST
from registry.feeds.columns import Columns
from registry.feeds.text import fold_heading
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.needs.models import HIGH, LOW, NORMAL
from registry.taxonomy.domains import UNITS
from registry.terms import PROVINCES
from registry.validation import Schema
from registry.web import LOCALES

REFERENCE = "reference"
PRIORITY_WORDS = {HIGH: mark("High"), NORMAL: mark("Normal"), LOW: mark("Low")}
CLEARANCES = {"DOS": mark("Organization screening"), "FSC": mark("Facility clearance")}
# Markings of classified and protected texts, as they are written: in capitals.
_MARKING = re.compile(
    r"\b(?:TOP SECRET|TRÈS SECRET|SECRET|CONFIDENTIEL|CONFIDENTIAL|PROTECTED [ABC]|PROTÉGÉ [ABC]|"
    r"NATO RESTRICTED|OTAN DIFFUSION RESTREINTE|COSMIC)\b"
)
_TEXTS = ("title_en", "title_fr", "description", "source")


@dataclass(frozen=True)
class NeedField:
    """One column; `label` and `hint` are marked messages."""

    name: str
    label: str
    hint: str
    kind: Stated


FIELDS = (
    NeedField(REFERENCE, mark("Reference"),
        mark("Your own number of the need. It finds the need again; blank: its title does."),
        Text(80)),
    NeedField("title_en", mark("Title (English)"),
        mark("What is needed, in a few words. One of the two languages is enough."), Text(400)),
    NeedField("title_fr", mark("Title (French)"), mark("The same in French."), Text(400)),
    NeedField("description", mark("Description"),
        mark("What a firm must be able to make or do. Unclassified only."), Text(8_000)),
    NeedField("class_codes", mark("Supply codes"),
        mark("NATO supply classes, four digits each, with semicolons between them: 1320; 1390."),
        Codes(*SUPPLY_CLASS)),
    NeedField("category_code", mark("Shortfall category"),
        mark("The category that it belongs to, such as AMM-01. It also sets the unit."),
        Code(*CATEGORY)),
    NeedField("quantity", mark("Quantity"),
        mark("How many in all by the day; blank: not stated."), Figure(0, MOST, 3)),
    NeedField("unit", mark("Unit"), mark("Of the quantity, where no category sets it."),
        Choice(UNITS)),
    NeedField("by_date", mark("Needed by"), mark("The day, as 2027-06-30."), Day()),
    NeedField("priority", mark("Priority"), mark("High, normal or low; blank: normal."),
        Choice(PRIORITY_WORDS)),
    NeedField("region", mark("Region"),
        mark("The province or territory where it is needed, by name or letters: QC."),
        Choice(PROVINCES)),
    NeedField("clearance", mark("Clearance"),
        mark("What a supplier must hold: organization screening or facility clearance."),
        Choice(CLEARANCES)),
    NeedField("controlled_goods", mark("Controlled goods"),
        mark("Yes if a supplier must be registered in the Controlled Goods Program."), Flag()),
    NeedField("cyber_certification", mark("Cyber certification"),
        mark("Yes if a supplier must hold a level of the CPCSC."), Flag()),
    NeedField("indigenous_set_aside", mark("Indigenous set-aside"),
        mark("Yes if only Indigenous businesses may answer."), Flag()),
    NeedField("source", mark("Source"),
        mark("Where the need is stated: a document and its date, or who said it. Required."),
        Text(300)),
    NeedField("closed", mark("No longer needed"),
        mark("Yes sets the need aside: it is kept, and no longer listed first."), Flag()),
)  # fmt: skip
BY_NAME = {field.name: field for field in FIELDS}


@cache
def need_columns() -> Columns:
    """The columns with their headings in both languages."""
    spellings: dict[str, list[str]] = {field.name: [] for field in FIELDS}
    for locale in LOCALES.values():
        with force_locale(locale):
            for field in FIELDS:
                spellings[field.name].append(fold_heading(_(field.label)))
    return Columns(spellings, required=("source",), one_of=("title_en", "title_fr"))


class _NeedShape(Schema):
    @post_load
    def _whole(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """The columns of a need; then the rules between them."""
        errors: dict[str, list[str]] = {}
        title = data["title_en"] or data["title_fr"]
        if not title:
            errors["title_en"] = [_("Name it in English, in French, or in both.")]
        if not data["source"]:
            errors["source"] = [_("Say where the need is stated.")]
        if data["quantity"] == 0:
            errors["quantity"] = [_("Write how many are needed, such as 60000.")]
        for name in _TEXTS:
            if found := _MARKING.search(data[name] or ""):
                reason = _("It is marked “%(marking)s”. Only unclassified needs belong here.")
                errors.setdefault(name, []).append(reason % {"marking": found[0]})
        if errors:
            raise ValidationError(errors)
        reference = " ".join((data["reference"] or title or "").split())[:80]
        defaults = {"priority": data["priority"] or NORMAL, "closed": bool(data["closed"])}
        return {
            **data,
            **defaults,
            "reference": reference,
            "class_codes": data["class_codes"] or [],
        }


NeedSchema = _NeedShape.from_dict({field.name: field.kind for field in FIELDS}, name="NeedSchema")
