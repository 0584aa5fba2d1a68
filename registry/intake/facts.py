"""What an outside file says of a firm, ready for the tables, and how those tables are compared."""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from registry.capabilities.models import Capability, ClassDeclaration
from registry.feeds.reader import Row
from registry.firms.models import (
    Certificate,
    FirmName,
    Identifier,
    Industry,
    Ownership,
    Site,
    Statement,
)

Values = dict[str, Any]
Content = tuple[Any, ...]


@dataclass(frozen=True)
class FactTable:
    """A table of facts about firms: the columns that files state, and what may be there once."""

    model: type[Any]
    columns: tuple[str, ...]
    unique: tuple[str, ...] | None = None  # beside the firm; None: no such rule

    @property
    def name(self) -> str:
        return str(self.model.__tablename__)

    def content(self, row: Any) -> Content:
        """The row's facts as a comparable value. `row` maps columns to values."""
        return tuple(row[column] for column in self.columns)

    def unique_part(self, row: Any) -> Content | None:
        return None if self.unique is None else tuple(row[column] for column in self.unique)


NAMES = FactTable(FirmName, ("kind", "language", "name"), ("kind", "name"))
IDENTIFIERS = FactTable(Identifier, ("scheme", "value", "well_formed"))
OWNERSHIPS = FactTable(
    Ownership, ("owner_country", "parent_name", "parent_country", "canadian_control"), ()
)
SITES = FactTable(
    Site,
    (
        "kind",
        "address",
        "city",
        "province",
        "postal_code",
        "latitude",
        "longitude",
        "floor_area_m2",
    ),
)
INDUSTRIES = FactTable(Industry, ("code", "title", "primary"))
STATEMENTS = FactTable(Statement, ("kind", "text_en", "text_fr"))
CERTIFICATES = FactTable(Certificate, ("scheme", "evidence"))
CAPABILITIES = FactTable(
    Capability, ("kind", "name_en", "name_fr", "description_en", "description_fr")
)
DECLARATIONS = FactTable(ClassDeclaration, ("class_code",), ("class_code",))

# Identifiers come first: a conflict there is settled before anything else is written.
FACT_TABLES = (
    IDENTIFIERS,
    NAMES,
    OWNERSHIPS,
    SITES,
    INDUSTRIES,
    STATEMENTS,
    CERTIFICATES,
    CAPABILITIES,
    DECLARATIONS,
)

FIRM_COLUMNS = (
    "name",
    "website",
    "activity",
    "employees",
    "founded_year",
    "exports",
    "indigenous",
    "profile_en",
    "profile_fr",
)


@dataclass
class FirmFacts:
    """One firm as a source describes it."""

    key: str
    row: Row
    firm: Values
    facts: dict[str, dict[Content, None]] = field(default_factory=dict)  # by table, in order

    def state(self, table: FactTable, **values: Any) -> None:
        """Add a fact, unless the same was already stated."""
        content = tuple(map(values.get, table.columns))
        self.facts.setdefault(table.name, {})[content] = None

    def of(self, table: FactTable) -> list[Values]:
        """The facts of one table, all of one shape: unstated columns are None."""
        return [dict(zip(table.columns, content, strict=True)) for content in self.contents(table)]

    def contents(self, table: FactTable) -> list[Content]:
        return list(self.facts.get(table.name, ()))

    def withdraw(self, table: FactTable, content: Content) -> None:
        """Take back a fact that cannot be kept; the digest still tells what the source said."""
        _ = self.digest
        del self.facts[table.name][content]

    @cached_property
    def digest(self) -> str:
        """Of all that would be stored, so a file column that we do not keep changes nothing."""
        facts = {name: list(contents) for name, contents in self.facts.items()}
        content = json.dumps([self.firm, facts], sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()
