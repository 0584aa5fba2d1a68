"""Loading the taxonomies from files, and reading them."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any

from marshmallow import Schema, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.audit.service import record
from registry.errors import NotFound, RuleBroken
from registry.i18n import gettext as _
from registry.taxonomy.models import (
    ShortfallCategory,
    SupplyClass,
    SupplyGroup,
    TaxonomyVersion,
)
from registry.taxonomy.schemas import CategorySchema, ClassSchema, GroupSchema

CATEGORY_CODE = re.compile(r"[A-Z0-9]{3}-[0-9]{2}")


def read_groups(text: str) -> list[dict[str, Any]]:
    """Rows of a groups file: code, title_en, title_fr."""
    return [dict(row) for row in csv.DictReader(io.StringIO(text), restkey="…")]


def read_classes(text: str) -> list[dict[str, Any]]:
    """Rows of a classes file; keywords are separated by semicolons."""
    rows = []
    for row in csv.DictReader(io.StringIO(text), restkey="…"):
        keywords = {
            name: [word.strip() for word in row[name].split(";") if word.strip()]
            for name in ("keywords_en", "keywords_fr")
        }
        rows.append({**row, **keywords, "group_code": row["code"][:2]})
    return rows


def read_categories(text: str) -> list[dict[str, Any]]:
    """Entries of a categories file. Raises RuleBroken for a code that is not of the form AAA-00."""
    entries = json.loads(text)
    for entry in entries:
        if not CATEGORY_CODE.fullmatch(entry["code"]):
            raise RuleBroken(
                _("“%(code)s” is not a category code such as AMM-01.", code=entry["code"])
            )
        entry["class_codes"] = entry.pop("nsc_classes")
    return list(entries)


Reader = Callable[[str], list[dict[str, Any]]]
KINDS: dict[str, tuple[str, type[Any], Reader, type[Schema]]] = {
    "groups": ("nsc_groups.csv", SupplyGroup, read_groups, GroupSchema),
    "classes": ("nsc_classes.csv", SupplyClass, read_classes, ClassSchema),
    "categories": (
        "shortfall_categories.json", ShortfallCategory, read_categories, CategorySchema,
    ),
}  # fmt: skip


AFTER_LOADING: list[Callable[[Session], Any]] = []


def after_loading(follow: Callable[[Session], Any]) -> None:
    """Have `follow` called in the transaction that loads categories, for what is made of them."""
    AFTER_LOADING.append(follow)


def load_packaged_taxonomies(session: Session) -> list[TaxonomyVersion]:
    """Load the files that come with Cadence, each once: a later edit is never undone."""
    loaded = []
    for kind, (file_name, *_rest) in KINDS.items():
        content = files("registry.taxonomy").joinpath("data", file_name).read_bytes()
        was_loaded = select(TaxonomyVersion.id).where(
            TaxonomyVersion.kind == kind, TaxonomyVersion.file_sha256 == _digest(content)
        )
        if session.scalars(was_loaded.limit(1)).first() is None and (
            version := load_taxonomy(session, None, kind, file_name, content)
        ):
            loaded.append(version)
    return loaded


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def load_taxonomy(
    session: Session, actor_id: int | None, kind: str, file_name: str, content: bytes
) -> TaxonomyVersion | None:
    """Make `content` the current version of one taxonomy; None if it already was.

    An entry that the new file leaves out is retired, not deleted: firms and matches cite it.
    Raises RuleBroken if the content is not such a file or names an unknown class or group.
    """
    digest = _digest(content)
    newest = session.scalars(
        select(TaxonomyVersion)
        .where(TaxonomyVersion.kind == kind)
        .order_by(TaxonomyVersion.id.desc())
        .limit(1)
    ).first()
    if newest and newest.file_sha256 == digest:
        return None
    model = KINDS[kind][1]
    rows = _read_or_refuse(kind, file_name, content)
    _check_references(session, kind, file_name, rows)
    version = TaxonomyVersion(kind=kind, file_name=file_name, file_sha256=digest, entries=len(rows))
    session.add(version)
    session.flush()
    _replace(session, model, rows, version.id)
    record(session, actor_id, "taxonomy.load", kind, version.id, sha256=digest, entries=len(rows))
    session.flush()
    if kind == "categories":
        for follow in AFTER_LOADING:
            follow(session)
    return version


def _read_or_refuse(kind: str, file_name: str, content: bytes) -> list[dict[str, Any]]:
    _file, _model, read, schema = KINDS[kind]
    try:
        rows = schema(many=True).load(read(content.decode("utf-8-sig")))
    except ValidationError as error:
        number, faults = min(error.normalized_messages().items())
        field, why = next(iter(faults.items()))
        raise RuleBroken(
            _(
                "%(file)s, entry %(number)d, %(field)s: %(why)s",
                file=file_name,
                number=number + 1,
                field=field,
                why=why,
            )
        ) from error
    except _UNREADABLE as error:
        raise RuleBroken(
            _(
                "%(file)s is not a taxonomy file of this kind: %(why)s. "
                "Compare it with the file that comes with Cadence.",
                file=file_name,
                why=str(error),
            )
        ) from error
    codes = [row["code"] for row in rows]
    if not codes or len(set(codes)) != len(codes):
        raise RuleBroken(_("%(file)s is empty or repeats a code.", file=file_name))
    return list(rows)


# What the readers meet in a file of another kind, from undecodable bytes to a missing column.
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error)


def _check_references(
    session: Session, kind: str, file_name: str, rows: list[dict[str, Any]]
) -> None:
    """Classes are of known groups, and categories cite known classes; retired ones will do."""
    if kind == "groups":
        return
    model = SupplyGroup if kind == "classes" else SupplyClass
    known = set(session.scalars(select(model.code)))
    for row in rows:
        cited = [row["group_code"]] if kind == "classes" else row["class_codes"]
        if unknown := [code for code in cited if code not in known]:
            raise RuleBroken(
                _(
                    "%(file)s: %(code)s names %(unknown)s, which is not a known code.",
                    file=file_name,
                    code=row["code"],
                    unknown=", ".join(unknown),
                )
            )


def _replace(session: Session, model: type[Any], rows: list[dict[str, Any]], version: int) -> None:
    known = {entry.code: entry for entry in session.scalars(select(model))}
    for row in rows:
        entry = known.pop(row["code"], None) or model(code=row["code"])
        for name, value in row.items():
            setattr(entry, name, value)
        entry.version_id, entry.retired = version, False
        session.add(entry)
    for entry in known.values():
        entry.retired = True


def list_classes(session: Session) -> list[SupplyClass]:
    """The supply classes in force, by code."""
    return _in_force(session, SupplyClass)


def list_categories(session: Session) -> list[ShortfallCategory]:
    """The shortfall categories in force, by code."""
    return _in_force(session, ShortfallCategory)


def _in_force(session: Session, model: type[Any]) -> list[Any]:
    return list(session.scalars(select(model).where(~model.retired).order_by(model.code)))


def get_category(session: Session, code: str) -> ShortfallCategory:
    """The category, retired or not. Raises NotFound."""
    if found := session.get(ShortfallCategory, code):
        return found
    raise NotFound(_("There is no shortfall category “%(code)s”.", code=code))


def get_class(session: Session, code: str) -> SupplyClass:
    """The supply class, retired or not. Raises NotFound."""
    if found := session.get(SupplyClass, code):
        return found
    raise NotFound(_("There is no supply class “%(code)s”.", code=code))


def class_titles(session: Session, codes: Iterable[str]) -> dict[str, SupplyClass]:
    """The classes of these codes, in one query; unknown codes are left out."""
    wanted = set(codes)
    found = session.scalars(select(SupplyClass).where(SupplyClass.code.in_(wanted)))
    return {entry.code: entry for entry in found}
