"""What a rule says, as data: of which kinds rules are, and what each must state."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from registry.i18n import mark

CATEGORY, AGREEMENT, THRESHOLD, BUYER, GATE = KINDS = (
    "category", "agreement", "threshold", "buyer", "gate",
)  # fmt: skip
NONE = "none"  # instead of a category: what meets the rule is about none
READS_CODES = (CATEGORY, GATE)  # the others read a notice's words alone

KIND_WORDS = {
    CATEGORY: mark("Need to category"),
    AGREEMENT: mark("Trade agreements"),
    THRESHOLD: mark("Thresholds"),
    BUYER: mark("Kinds of buyers"),
    GATE: mark("Requirements"),
}
AGREEMENTS = {
    "CFTA": mark("Canadian Free Trade Agreement (CFTA)"),
    "CETA": mark("Canada–European Union Comprehensive Economic and Trade Agreement (CETA)"),
    "CPTPP": mark("Comprehensive and Progressive Agreement for Trans-Pacific Partnership (CPTPP)"),
    "WTO-AGP": mark("World Trade Organization Agreement on Government Procurement (WTO-AGP)"),
    "UKTCA": mark("Canada–United Kingdom Trade Continuity Agreement"),
    "CKFTA": mark("Canada–Korea Free Trade Agreement"),
    "CUFTA": mark("Canada–Ukraine Free Trade Agreement"),
    "CCFTA": mark("Canada–Chile Free Trade Agreement"),
    "CCoFTA": mark("Canada–Colombia Free Trade Agreement"),
    "CHFTA": mark("Canada–Honduras Free Trade Agreement"),
    "CPaFTA": mark("Canada–Panama Free Trade Agreement"),
    "CPFTA": mark("Canada–Peru Free Trade Agreement"),
}
DEPARTMENT, CROWN = "department", "crown"
ENTITIES = {
    DEPARTMENT: mark("departments and agencies"),
    CROWN: mark("Crown corporations"),
}
COMMODITIES = {
    "goods": mark("goods"),
    "services": mark("services"),
    "construction": mark("construction"),
}
# A gate: holdings that open it, and the levels of which each holds those before it.
GATES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "controlled goods": (("CGP",), ()),
    "facility clearance": (("FSC",), ("Confidential", "Secret", "Top Secret")),
    "organization screening": (("DOS", "FSC"), ()),
    "cyber certification": (("CPCSC",), ("1", "2", "3")),
    "quality system": (("AQAP-2110", "AQAP-2310", "AS9100D", "AS/EN 9100", "ISO 9001"), ()),
    "Indigenous set-aside": (("Indigenous business",), ()),
    "Canadian content": (("Canadian content",), ()),
}

UNSPSC, GSIN, NSC = SYSTEMS = ("unspsc", "gsin", "nsc")
_CODE = re.compile(
    r"(?:(unspsc)\s*[: ]\s*(\d{2}(?:\d{2}){0,3})|(gsin)\s*[: ]\s*([a-z]\d{0,4}[a-z]{0,4})"
    r"|(nsc)\s*[: ]\s*(\d{2}(?:\d{2})?))"
)


def read_code(text: str) -> str | None:
    """A prefix of codes as it is kept, `unspsc:461016` of "UNSPSC 46101600"; None if it is none.

    Pairs of zeros at the end of a UNSPSC code stand for all that is below.
    """
    match = _CODE.fullmatch(text.strip().lower())
    if not match:
        return None
    system, prefix = (part for part in match.groups() if part)
    if system == UNSPSC:
        while len(prefix) > 2 and prefix.endswith("00"):
            prefix = prefix[:-2]
    return f"{system}:{prefix.upper()}"


def code_words(code: str) -> str:
    """A kept prefix as people write it: UNSPSC 461016."""
    system, _separator, prefix = code.partition(":")
    return f"{system.upper()} {prefix}"


@dataclass(frozen=True)
class RuleContent:
    """What one version of a rule states; which fields depends on its kind."""

    kind: str
    target: str
    level: str | None = None
    codes: tuple[str, ...] = ()
    words_en: tuple[str, ...] = ()
    words_fr: tuple[str, ...] = ()
    weight: float | None = None
    entity: str | None = None
    commodity: str | None = None
    amount_cad: int | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    withdrawn: bool = False
    source_en: str = ""
    source_fr: str = ""
    reason_en: str | None = None
    reason_fr: str | None = None

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "RuleContent":
        """From `as_json`, or the same with dates as dates."""
        known = {name: values[name] for name in cls.names() if name in values}
        for name in ("codes", "words_en", "words_fr"):
            known[name] = tuple(known.get(name) or ())
        for name in ("valid_from", "valid_until"):
            if isinstance(day := known.get(name), str):
                known[name] = dt.date.fromisoformat(day)
        return cls(**known)

    def as_json(self) -> dict[str, Any]:
        values = asdict(self)
        for name in ("valid_from", "valid_until"):
            values[name] = values[name].isoformat() if values[name] else None
        for name in ("codes", "words_en", "words_fr"):
            values[name] = list(values[name])
        return values

    def in_force(self, day: dt.date) -> bool:
        """Whether it counts for a notice of that day."""
        if self.withdrawn:
            return False
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day <= self.valid_until)

    def words_in(self, language: str) -> tuple[str, ...]:
        return self.words_fr if language == "fr" else self.words_en
