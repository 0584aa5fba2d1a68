"""What a list of firms can be narrowed by: read from the address, counted, said in words."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from werkzeug.datastructures import MultiDict

from registry import terms
from registry.finding.columns import UNSTATED, Bits, Columns
from registry.finding.places import Place, find_place
from registry.i18n import gettext as _
from registry.i18n import mark
from registry.visibility.table import Field, Purpose, Reader, may_see

FIT, DISTANCE = "fit", "distance"
STRICT = "strict"
MOST_CHOSEN = 40  # values in one address: more is no person's choice
MOST_SHOWN = (
    13  # choices of one facet, those that most firms have; what is chosen comes in any case
)
ADDS = "adds"


@dataclass(frozen=True)
class Facet:
    """One question with its choices; `field` is what the answer tells of a firm."""

    name: str
    title: str
    choices: Mapping[str, str]  # words of each; one without words is shown as it is
    field: Field = Field.IDENTITY
    open_ended: bool = False  # choices without words may be met: schemes of certificates


_UNSTATED = {UNSTATED: mark("not stated")}
FACETS = (
    Facet("province", mark("Province or territory"), {**terms.PROVINCES, **_UNSTATED}),
    Facet("activity", mark("What it mainly does"), {**terms.ACTIVITIES, **_UNSTATED}),
    Facet(
        "size",
        mark("Employees"),
        {
            "small": mark("fewer than 100"),
            "medium": mark("100 to 499"),
            "large": mark("500 or more"),
            **_UNSTATED,
        },
    ),
    Facet(
        "ownership",
        mark("Ownership"),
        {"canadian": mark("Canadian"), "foreign": mark("foreign"), **_UNSTATED},
        Field.OWNERSHIP,
    ),
    Facet("indigenous", mark("Indigenous business"), {"yes": mark("registered"), **_UNSTATED}),
    Facet(
        "certificate",
        mark("Certificate in force"),
        {scheme: terms.SCHEMES[scheme] for scheme in ("Explosives licence",)},
        Field.CERTIFICATE,
        open_ended=True,
    ),
    Facet(
        "clearance",
        mark("Clearance in force"),
        {scheme: terms.SCHEMES[scheme] for scheme in sorted(terms.CLEARANCE_SCHEMES)},
        Field.CLEARANCE,
    ),
    Facet(
        "evidence",
        mark("Evidence of production"),
        {
            "delivered": mark("shown by delivery"),
            "site-verified": mark("site-verified"),
            "documented": mark("documented"),
            "declared": mark("declared"),
            "described": mark("described by its source only"),
        },
        Field.LINE,
    ),
    Facet(
        "age",
        mark("Newest statement"),
        {
            "year": mark("within a year"),
            "two": mark("one to two years old"),
            "older": mark("older than two years"),
            **_UNSTATED,
        },
    ),
)
# Where a category asks for dates: of the firms whose figures the reader may know, and no others.
BY_DATE = Facet(ADDS, mark("Capacity by date"), {"some": mark("adds some by the month chosen")})


@dataclass(frozen=True)
class Filters:
    """What a person chose; all of it stands in the address."""

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    near: Place | None = None
    unknown_place: str = ""
    order: str = FIT
    strict: bool = False

    @property
    def narrows(self) -> bool:
        return bool(self.chosen)

    def args(self, **others: str | None) -> dict[str, list[str]]:
        """The values of an address that gives this back."""
        values = {name: list(choices) for name, choices in self.chosen.items()}
        if self.near:
            values["near"] = [self.near.key]
        if self.order == DISTANCE:
            values["order"] = [DISTANCE]
        if self.strict:
            values["words"] = [STRICT]
        return values | {name: [value] for name, value in others.items() if value}

    def without(self, name: str, choice: str) -> "Filters":
        left = tuple(one for one in self.chosen.get(name, ()) if one != choice)
        chosen = {**self.chosen, name: left}
        return replace(self, chosen={key: some for key, some in chosen.items() if some})

    def with_choice(self, name: str, choice: str) -> "Filters":
        return replace(self, chosen={**self.chosen, name: (*self.chosen.get(name, ()), choice)})


def facets_for(reader: Reader, by_date: bool = False) -> list[Facet]:
    """Those whose answers may narrow what the reader sees; the others do not exist for them."""
    every = (*FACETS, BY_DATE) if by_date else FACETS
    return [one for one in every if may_see(reader, one.field, Purpose.MATCH)]


def filters_from(args: MultiDict[str, str], facets: Iterable[Facet]) -> Filters:
    """What an address asks for; a choice that no facet of this reader has is passed over."""
    chosen: dict[str, tuple[str, ...]] = {}
    for facet in facets:
        asked = dict.fromkeys(value[:60] for value in args.getlist(facet.name)[:MOST_CHOSEN])
        if known := tuple(one for one in asked if facet.open_ended or one in facet.choices):
            chosen[facet.name] = known
    typed = args.get("near", "").strip()[:80]
    near = find_place(typed) if typed else None
    order = DISTANCE if near and args.get("order") == DISTANCE else FIT
    return Filters(chosen, near, "" if near else typed, order, args.get("words") == STRICT)


def kept(columns: Columns, filters: Filters, extra: Mapping[str, Bits], but: str = "") -> Bits:
    """N: the firms that meet every facet chosen, any choice within each; `but` leaves one out."""
    mask = np.ones(len(columns.keys), np.bool_)
    for name, choices in filters.chosen.items():
        if name != but:
            rows = [
                row for choice in choices if (row := _row(columns, extra, name, choice)) is not None
            ]
            mask &= np.logical_or.reduce(rows) if rows else np.zeros_like(mask)
    return mask


def _row(columns: Columns, extra: Mapping[str, Bits], name: str, choice: str) -> Bits | None:
    if name in extra:
        return extra[name]
    return columns.facets.get(name, {}).get(choice)


@dataclass(frozen=True)
class Choice:
    value: str
    words: str
    firms: int
    chosen: bool


@dataclass(frozen=True)
class Counted:
    """A facet with the firms of each choice, among all results that its own choice leaves open."""

    name: str
    title: str
    choices: list[Choice]
    chosen: bool


def count_facets(
    columns: Columns,
    results: Bits,
    filters: Filters,
    facets: Sequence[Facet],
    extra: Mapping[str, Bits],
) -> list[Counted]:
    """Every facet with a choice to make, in order."""
    whole = results & kept(columns, filters, extra)
    counts = columns.count(whole)
    counted = []
    for facet in facets:
        name, mine = facet.name, filters.chosen.get(facet.name, ())
        mask = results & kept(columns, filters, extra, but=name) if mine else whole
        if name in extra:
            firms = {"some": int(np.count_nonzero(mask & extra[name]))}
        else:
            firms = (columns.count(mask) if mine else counts).get(name, {})
        if shown := _worth_showing(facet, firms, mine):
            choices = [Choice(one, words_of(facet, one), firms[one], one in mine) for one in shown]
            counted.append(Counted(name, _(facet.title), choices, bool(mine)))
    return counted


def _worth_showing(facet: Facet, firms: Mapping[str, int], mine: Collection[str]) -> list[str]:
    """The choices that a page offers, of those with firms or chosen, in their order."""
    order = list(facet.choices)
    some = [choice for choice, number in firms.items() if number or choice in mine]
    if facet.open_ended or facet.name == "province":
        some.sort(key=lambda one: (one == UNSTATED, -firms[one], one))
    else:
        some.sort(key=lambda one: order.index(one) if one in order else len(order))
    return [one for place, one in enumerate(some) if place < MOST_SHOWN or one in mine]


def words_of(facet: Facet, value: str) -> str:
    return _(facet.choices[value]) if value in facet.choices else value


def chosen_in_words(filters: Filters, facets: Iterable[Facet]) -> list[tuple[str, str, Filters]]:
    """(facet, choice, the filters without it) of everything chosen, for chips."""
    return [
        (_(facet.title), words_of(facet, value), filters.without(facet.name, value))
        for facet in facets
        for value in filters.chosen.get(facet.name, ())
    ]
