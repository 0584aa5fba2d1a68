"""A firm's record as one document: read from the tables, and written back when it is published."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from registry.capabilities.fields import Figure
from registry.capabilities.lines import LineSchema, typed
from registry.capabilities.models import Capability, ClassDeclaration, ProductionLine
from registry.capabilities.service import (
    STATED_BY_FIRM,
    get_line,
    list_lines,
    remove_line,
    save_line,
)
from registry.errors import Conflict
from registry.feeds.importing import ensure_source
from registry.firms.identifiers import check_identifier
from registry.firms.models import (
    Certificate,
    Contact,
    ExportControls,
    Firm,
    FirmName,
    Identifier,
    IdentifierType,
    NameKind,
    Ownership,
    Site,
)
from registry.i18n import gettext as _
from registry.registration.forms import plain
from registry.registration.models import EvidenceFile
from registry.registration.sections import CLASSES, SECTIONS, Asked, Piece, blank, empty_record

Record = dict[str, Any]

# Field of the document: what it is in the tables.
NAMES = {
    "legal_name_en": (NameKind.LEGAL, "en"),
    "legal_name_fr": (NameKind.LEGAL, "fr"),
    "operating_name_en": (NameKind.OPERATING, "en"),
    "operating_name_fr": (NameKind.OPERATING, "fr"),
}
IDENTIFIERS = {
    "business_number": IdentifierType.BUSINESS_NUMBER,
    "ncage": IdentifierType.NCAGE,
    "corporation_number": IdentifierType.CORPORATION_NUMBER,
    "uei": IdentifierType.UEI,
}
FIRM_COLUMNS = (
    "website",
    "activity",
    "employees",
    "founded_year",
    "indigenous",
    "profile_en",
    "profile_fr",
)
LISTED_BY = ("operating_name_en", "legal_name_en", "operating_name_fr", "legal_name_fr")
TABLES: dict[str, type[Any]] = {
    "sites": Site,
    "capabilities": Capability,
    "certificates": Certificate,
    "contacts": Contact,
}
# A certificate of which one of these changed is another certificate: what vouched for it is gone.
VOUCHED_FOR = ("scheme", "level", "number", "body", "issued_on", "expires_on")


def listed_name(identity: Piece) -> str | None:
    """The name that lists fall back on; None if the record states none."""
    return next((identity[name] for name in LISTED_BY if identity.get(name)), None)


# From the tables


def read_record(session: Session, firm: Firm) -> Record:
    """The document that the tables hold now; the key of a listed piece is its row's number."""
    record = empty_record()
    record["identity"] = _read_identity(firm)
    record["ownership"] = _read_columns(firm.ownership, "ownership")
    record["exports"] = {
        **_read_columns(firm.export_controls, "exports"),
        "exports": firm.exports,
    }
    for name, model in TABLES.items():
        rows = session.scalars(
            select(model).where(model.firm_id == firm.id).order_by(model.id)
        ).all()
        record[name] = [_read_item(name, row) for row in rows]
    files = _files_of(session, [int(item["key"]) for item in record["certificates"]])
    for item in record["certificates"]:
        item["files"] = files[int(item["key"])]
    record["lines"] = [_read_line(line) for line in list_lines(session, firm.id)]
    codes = select(ClassDeclaration.class_code).where(ClassDeclaration.firm_id == firm.id)
    record[CLASSES] = list(session.scalars(codes.order_by(ClassDeclaration.class_code)))
    return record


def _read_identity(firm: Firm) -> Piece:
    identity = blank(SECTIONS["identity"])
    for field in NAMES:
        row = _name_row(firm, field)
        identity[field] = row.name if row else None
    if listed_name(identity) is None:
        identity["legal_name_en"] = firm.name
    for field, scheme in IDENTIFIERS.items():
        found = _identifier_row(firm, scheme)
        identity[field] = found.value if found else None
    return identity | {name: getattr(firm, name) for name in FIRM_COLUMNS}


def _name_row(firm: Firm, field: str) -> FirmName | None:
    """The first row of this kind in this language; a name without a language is used in both."""
    kind, language = NAMES[field]
    rows = sorted(firm.names, key=lambda row: row.id)
    return next(
        (row for row in rows if row.kind == kind and row.language in (language, None)), None
    )


def _identifier_row(firm: Firm, scheme: str) -> Identifier | None:
    rows = sorted(firm.identifiers, key=lambda row: row.id)
    return next((row for row in rows if row.scheme == scheme), None)


def _read_columns(row: Any, section: str) -> Piece:
    """The fields of a section that are columns of a row; nothing is stated without a row."""
    return {
        each.name: _read_value(each, getattr(row, each.name, None)) if row is not None else None
        for each in SECTIONS[section].asked
    }


def _read_value(asked: Asked, value: Any) -> Any:
    """A column as a document holds it: degrees are a float there and typed with few decimals."""
    if isinstance(value, float) and isinstance(asked.kind, Figure):
        value = Decimal(str(round(value, asked.kind.places)))
    return plain(value)


def _read_item(section: str, row: Any) -> Piece:
    piece = _read_columns(row, section)
    if "site_id" in piece:
        piece["site_id"] = as_key(row.site_id)
    return {"key": str(row.id), **piece}


def _read_line(line: ProductionLine) -> Piece:
    piece = {name: plain(value) for name, value in typed(line).items()}
    piece["inputs"] = [
        {name: plain(value) for name, value in row.items()} for row in piece["inputs"]
    ]
    return {"key": str(line.id), **piece, "site_id": as_key(line.site_id)}


def as_key(row_id: int | None) -> str | None:
    return None if row_id is None else str(row_id)


def _files_of(session: Session, certificate_ids: list[int]) -> dict[int, list[int]]:
    files: dict[int, list[int]] = defaultdict(list)
    query = (
        select(EvidenceFile.certificate_id, EvidenceFile.id)
        .where(EvidenceFile.certificate_id.in_(certificate_ids))
        .order_by(EvidenceFile.id)
    )
    for certificate_id, file_id in session.execute(query):
        files[certificate_id or 0].append(file_id)
    return files


# Into the tables


def new_firm(session: Session, record: Record, as_of: dt.date) -> Firm:
    """The firm that a first record describes, without its facts."""
    source = ensure_source(session, STATED_BY_FIRM)
    name = listed_name(record["identity"]) or ""
    firm = Firm(name=name, source_id=source.id, as_of=as_of)
    session.add(firm)
    session.flush()
    return firm


def write_record(
    session: Session,
    actor_id: int,
    firm: Firm,
    began_with: Record,
    record: Record,
    as_of: dt.date,
) -> None:
    """Bring the firm's tables to what the record states; every fact is the firm's, of `as_of`.

    Rows that came in after the record was begun are not touched. Raises Conflict for an identifier
    that another firm has.
    """
    source = ensure_source(session, STATED_BY_FIRM)
    fact = {"source_id": source.id, "as_of": as_of}
    _write_identity(session, firm, record["identity"], fact)
    firm.ownership = _written(firm.ownership, Ownership, record["ownership"], "ownership", fact)
    firm.export_controls = _written(
        firm.export_controls, ExportControls, record["exports"], "exports", fact
    )
    firm.exports = record["exports"].get("exports")
    session.flush()
    sites: dict[str, int] = {}
    for name in TABLES:
        rows = _write_items(session, firm, name, began_with[name], record[name], sites, fact)
        if name == "sites":
            sites = rows
        if name == "certificates":
            _attach_files(session, record[name], rows)
    _write_lines(session, actor_id, firm, began_with["lines"], record["lines"], sites)
    _write_classes(session, firm, began_with[CLASSES], record[CLASSES], fact)
    session.flush()
    # Lists that were loaded before their rows were written hold what was.
    session.expire(firm, ["names", "identifiers", "sites", "certificates", "contacts"])


def _write_identity(session: Session, firm: Firm, identity: Piece, fact: Piece) -> None:
    firm.name = listed_name(identity) or firm.name
    for name in FIRM_COLUMNS:
        setattr(firm, name, identity.get(name))
    firm.source_id, firm.as_of = fact["source_id"], fact["as_of"]
    for kind in (NameKind.LEGAL, NameKind.OPERATING):
        _write_names(session, firm, kind, identity, fact)
    for field, scheme in IDENTIFIERS.items():
        _write_identifier(session, firm, scheme, identity.get(field), fact)


def _write_names(
    session: Session, firm: Firm, kind: NameKind, identity: Piece, fact: Piece
) -> None:
    """One row for each language, or one for both where they are the same."""
    fields = {language: field for field, (of, language) in NAMES.items() if of == kind}
    stated = {language: identity.get(field) for language, field in fields.items()}
    wanted: dict[str, str | None] = {name: language for language, name in stated.items() if name}
    if stated["en"] and stated["en"] == stated["fr"]:
        wanted = {stated["en"]: None}
    shown = {row.id: row for field in fields.values() if (row := _name_row(firm, field))}
    kept = {row.name: row for row in firm.names if row.kind == kind}
    for row in shown.values():
        if row.name not in wanted:
            firm.names.remove(row)
    session.flush()
    for name, language in wanted.items():
        if row := kept.get(name):
            row.language, row.source_id, row.as_of = language, fact["source_id"], fact["as_of"]
        else:
            firm.names.append(FirmName(kind=kind, language=language, name=name, **fact))
    session.flush()


def _write_identifier(
    session: Session, firm: Firm, scheme: IdentifierType, typed: str | None, fact: Piece
) -> None:
    """Replace the firm's identifier of a scheme; one that stays keeps its verification."""
    row = _identifier_row(firm, scheme)
    if not typed:
        if row:
            firm.identifiers.remove(row)
        return
    checked = check_identifier(scheme, typed)
    if row and row.value == checked.value:
        return
    taken = session.scalars(
        select(Identifier).where(Identifier.scheme == scheme, Identifier.value == checked.value)
    ).first()
    if taken and taken.firm_id != firm.id:
        raise Conflict(
            _(
                "Another firm of the registry, number %(firm)s, has the identifier %(value)s. "
                "Merge the two, or return the record with this reason.",
                firm=taken.firm_id,
                value=checked.value,
            )
        )
    if row:
        firm.identifiers.remove(row)
        session.flush()
    if taken is None:
        firm.identifiers.append(
            Identifier(scheme=scheme, value=checked.value, well_formed=checked.well_formed, **fact)
        )


def _written(row: Any, model: type[Any], piece: Piece, section: str, fact: Piece) -> Any:
    """The firm's one row of a table with what the piece states; None while it states nothing."""
    columns = [each.name for each in SECTIONS[section].asked if hasattr(model, each.name)]
    values = {name: piece.get(name) for name in columns}
    if row is None:
        stated = any(value is not None for value in values.values())
        return model(**values, **fact) if stated else None
    for name, value in {**values, **fact}.items():
        setattr(row, name, value)
    return row


def _write_items(
    session: Session,
    firm: Firm,
    section: str,
    before: list[Piece],
    after: list[Piece],
    sites: Mapping[str, int],
    fact: Piece,
) -> dict[str, int]:
    """Bring the rows of one table to the listed pieces; the numbers of the rows by key."""
    model = TABLES[section]
    rows = {
        str(row.id): row for row in session.scalars(select(model).where(model.firm_id == firm.id))
    }
    for key in {item["key"] for item in before} - {item["key"] for item in after}:
        if key in rows:
            session.delete(rows[key])
    written = {}
    for item in after:
        values = _columns(section, item, sites)
        row = rows.get(item["key"])
        if row is None:
            row = model(firm_id=firm.id, **values, **fact)
            session.add(row)
        else:
            if section == "certificates" and _is_another(row, values):
                row.evidence = "declared"
            for name, value in {**values, **fact}.items():
                setattr(row, name, value)
        written[item["key"]] = row
    session.flush()
    return {key: row.id for key, row in written.items()}


def _columns(section: str, item: Piece, sites: Mapping[str, int]) -> dict[str, Any]:
    values = {each.name: each.kind.deserialize(item[each.name]) for each in SECTIONS[section].asked}
    if key := values.get("site_id"):
        values["site_id"] = sites.get(key)
    return values


def _is_another(row: Certificate, values: Mapping[str, Any]) -> bool:
    return any(getattr(row, name) != values[name] for name in VOUCHED_FOR)


def _attach_files(session: Session, certificates: list[Piece], rows: Mapping[str, int]) -> None:
    """Let each file say which certificate it vouches for; one that none names any more, none."""
    named = {
        file_id: rows[item["key"]] for item in certificates for file_id in item.get("files", ())
    }
    there = or_(EvidenceFile.certificate_id.in_(rows.values()), EvidenceFile.id.in_(named))
    for file in session.scalars(select(EvidenceFile).where(there)):
        file.certificate_id = named.get(file.id)


def _write_lines(
    session: Session,
    actor_id: int,
    firm: Firm,
    before: list[Piece],
    after: list[Piece],
    sites: Mapping[str, int],
) -> None:
    """Bring the lines to what the record states, by the rules of lines."""
    there = {str(line.id) for line in list_lines(session, firm.id)}
    for key in ({item["key"] for item in before} - {item["key"] for item in after}) & there:
        remove_line(session, actor_id, get_line(session, firm.id, int(key)))
    for item in after:
        site = item.get("site_id")
        stated = {name: value for name, value in item.items() if name != "key"}
        data = LineSchema().load({**stated, "site_id": sites.get(site) if site else None})
        line_id = int(item["key"]) if item["key"] in there else None
        save_line(session, actor_id, firm.id, data, line_id)


def _write_classes(
    session: Session, firm: Firm, before: list[str], after: list[str], fact: Piece
) -> None:
    rows = {
        row.class_code: row
        for row in session.scalars(
            select(ClassDeclaration).where(ClassDeclaration.firm_id == firm.id)
        )
    }
    for code in set(before) - set(after):
        if code in rows:
            session.delete(rows[code])
    for code in after:
        if code not in rows:
            session.add(ClassDeclaration(firm_id=firm.id, class_code=code, **fact))
