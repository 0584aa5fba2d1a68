"""Taxonomy files: packaged ones once, edited ones as new versions, bad ones not at all."""

import csv
import io
import json
from importlib.resources import files

import pytest
from sqlalchemy import func, select

from registry.audit.models import AuditEvent
from registry.errors import NotFound, RuleBroken
from registry.taxonomy.models import (
    ShortfallCategory,
    SupplyClass,
    SupplyGroup,
    TaxonomyVersion,
)
from registry.taxonomy.service import (
    KINDS,
    get_category,
    get_class,
    list_categories,
    list_classes,
    load_packaged_taxonomies,
    load_taxonomy,
)


def packaged(kind: str) -> bytes:
    return files("registry.taxonomy").joinpath("data", KINDS[kind][0]).read_bytes()


@pytest.fixture
def categories():
    """The entries of the packaged file, to be edited."""
    return json.loads(packaged("categories"))


@pytest.fixture
def load(session):
    def run(kind, content):
        if isinstance(content, list):
            content = json.dumps(content)
        return load_taxonomy(session, None, kind, f"{kind}.edited", to_bytes(content))

    return run


def to_bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def csv_of(*rows: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def state(session) -> list:
    """Every value of every taxonomy table, and how many events there are."""
    session.rollback()
    session.expire_all()
    tables = (SupplyGroup, SupplyClass, ShortfallCategory, TaxonomyVersion)
    rows = [sorted(map(repr, session.execute(model.__table__.select()))) for model in tables]
    return [*rows, session.scalar(select(func.count(AuditEvent.id)))]


def test_packaged_files_are_whole(session):
    counts = {
        model: session.scalar(select(func.count()).select_from(model))
        for model in (SupplyGroup, SupplyClass, ShortfallCategory)
    }
    assert counts == {SupplyGroup: 78, SupplyClass: 676, ShortfallCategory: 66}
    versions = session.execute(
        select(TaxonomyVersion.kind, TaxonomyVersion.entries).order_by(TaxonomyVersion.id)
    ).all()
    assert versions == [("groups", 78), ("classes", 676), ("categories", 66)]
    shells = get_category(session, "AMM-01")
    assert (shells.unit, shells.class_codes) == ("round", ["1320"])
    assert shells.title_in("fr") == "Obus d’artillerie de 155 mm"
    assert get_class(session, "1005").group.title_in("en") == "Weapons"
    assert "fusil" in get_class(session, "1005").keywords_fr


def test_packaged_files_load_once(session):
    before = state(session)
    assert load_packaged_taxonomies(session) == []
    session.commit()
    assert state(session) == before


def test_starting_again_does_not_undo_an_edit(session, load, categories):
    categories[0]["title_en"] = "Shells of 155 mm"
    load("categories", categories)
    session.commit()
    before = state(session)
    assert load_packaged_taxonomies(session) == []
    session.commit()
    assert state(session) == before
    assert get_category(session, "AMM-01").title_en == "Shells of 155 mm"


def test_an_edited_file_makes_a_new_version(session, load, categories):
    untouched = get_category(session, "AMM-02").version_id
    categories[0]["title_fr"] = "Obus de 155 mm"
    version = load("categories", categories)
    session.commit()
    assert (version.kind, version.entries, version.file_name) == (
        "categories", 66, "categories.edited",
    )  # fmt: skip
    session.expire_all()
    assert get_category(session, "AMM-01").title_fr == "Obus de 155 mm"
    assert {entry.version_id for entry in list_categories(session)} == {version.id}
    assert untouched != version.id
    newest = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(2)
    followed, event = session.scalars(newest)
    assert (event.action, event.subject, event.subject_id) == (
        "taxonomy.load", "categories", version.id,
    )  # fmt: skip
    assert event.detail == {"sha256": version.file_sha256, "entries": 66}
    assert (followed.action, followed.detail) == ("rules.load", {"entries": 1})  # of that category


def test_the_current_file_again_changes_nothing(session, load, categories):
    categories.pop()
    load("categories", categories)
    session.commit()
    before = state(session)
    assert load("categories", categories) is None
    session.commit()
    assert state(session) == before


def test_going_back_to_an_earlier_file_is_a_new_version(session, load, categories):
    last = categories.pop()["code"]
    load("categories", categories)
    assert get_category(session, last).retired
    back = load("categories", packaged("categories"))
    assert back is not None and not get_category(session, last).retired


def test_what_a_file_omits_is_retired_and_still_cited(session, load, categories):
    omitted = categories.pop(3)
    load("categories", categories)
    session.commit()
    session.expire_all()
    entry = get_category(session, omitted["code"])
    assert entry.retired and entry.title_en == omitted["title_en"]
    listed = {category.code for category in list_categories(session)}
    assert len(listed) == 65 and omitted["code"] not in listed


def test_omitted_classes_leave_their_list_too(session, load):
    rows = list(csv.reader(io.StringIO(packaged("classes").decode())))
    load("classes", csv_of(*rows[:-1]))
    assert get_class(session, rows[-1][0]).retired
    assert rows[-1][0] not in {entry.code for entry in list_classes(session)}


def test_new_groups_and_classes(session, load):
    groups = packaged("groups").decode() + "98,Time machines,Machines à remonter le temps\n"
    load("groups", groups)
    classes = packaged("classes").decode() + "9801,Clocks,Horloges,clock; ; watch ;,horloge\n"
    load("classes", classes)
    found = get_class(session, "9801")
    assert (found.group_code, found.keywords_en, found.keywords_fr) == (
        "98", ["clock", "watch"], ["horloge"],
    )  # fmt: skip


def test_a_byte_order_mark_is_not_content(session, load):
    load("groups", b"\xef\xbb\xbf" + packaged("groups"))
    assert session.get(SupplyGroup, "10").title_en == "Weapons"


def test_a_code_that_does_not_exist(session):
    with pytest.raises(NotFound, match="XXX-99"):
        get_category(session, "XXX-99")
    with pytest.raises(NotFound, match="0000"):
        get_class(session, "0000")


HEAD = ["code", "title_en", "title_fr"]
LONG_HEAD = [*HEAD, "keywords_en", "keywords_fr"]
# A file is refused before the database is asked.
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BAD = {
    "empty": ("groups", "", "is empty or repeats"),
    "no rows": ("groups", csv_of(HEAD), "is empty or repeats"),
    "twice": ("groups", csv_of(HEAD, ["10", "A", "B"], ["10", "C", "D"]), "is empty or repeats"),
    "other columns": ("groups", csv_of(["a", "b"], ["1", "2"]), "entry 1"),
    "missing column": ("groups", csv_of(["code", "title_en"], ["10", "A"]), "title_fr"),
    "short row": ("groups", csv_of(HEAD, ["10", "A", "B"], ["11"]), "entry 2, title_en"),
    "long row": ("groups", csv_of(HEAD, ["10", "A", "B", "C"]), "entry 1"),
    "blank title": ("groups", csv_of(HEAD, ["10", "A", ""]), "entry 1, title_fr"),
    "long title": ("groups", csv_of(HEAD, ["10", "A" * 201, "B"]), "entry 1, title_en"),
    "NUL": ("groups", csv_of(HEAD, ["10", "A\0", "B"]), "entry 1, title_en"),
    "long cell": ("groups", csv_of(HEAD, ["10", "A" * 200_000, "B"]), "not a taxonomy file"),
    "bad code": ("groups", csv_of(HEAD, ["1A", "A", "B"]), "entry 1, code"),
    "not UTF-8": ("groups", "code,title_en,title_fr\n10,É,é\n".encode("cp1252"), "utf-8"),
    "binary": ("groups", bytes(range(256)), "not a taxonomy file"),
    "groups as classes": ("classes", packaged("groups"), "keywords_en"),
    "short class": ("classes", csv_of(LONG_HEAD, ["1005", "A"]), "not a taxonomy file"),
    "unknown group": ("classes", csv_of(LONG_HEAD, ["0105", "A", "B", "", ""]), "0105 names 01"),
    "no JSON": ("categories", "[{", "not a taxonomy file"),
    "no list": ("categories", '{"code": "AMM-01"}', "not a taxonomy file"),
    "a number": ("categories", "12", "not a taxonomy file"),
    "deep": ("categories", "[" * 100_000, "not a taxonomy file"),
    "empty list": ("categories", "[]", "is empty or repeats"),
    "not objects": ("categories", "[1, 2]", "not a taxonomy file"),
    "csv as JSON": ("categories", packaged("groups"), "not a taxonomy file"),
}


@sqlite_only
@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_and_changes_nothing(session, load, case):
    kind, content, message = BAD[case]
    before = state(session)
    with pytest.raises(RuleBroken, match=message):
        load(kind, content)
    session.commit()  # whatever was flushed by mistake would stay
    assert state(session) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": "AMM-1"}, "AMM-1"),
        ({"code": "amm-01"}, "amm-01"),
        ({"code": 12}, "not a taxonomy file"),
        ({"title_fr": None}, "entry 3, title_fr"),
        ({"title_fr": ""}, "entry 3, title_fr"),
        ({"synonyms_en": "one, two"}, "entry 3, synonyms_en"),
        ({"synonyms_en": [1]}, "entry 3, synonyms_en"),
        ({"colour": "red"}, "entry 3, colour"),
        ({"domain": "d" * 41}, "entry 3, domain"),
        ({"unit": "u" * 21}, "entry 3, unit"),
        ({"nsc_classes": ["1320", "0000"]}, "names 0000"),
    ],
)
def test_a_bad_category_is_refused_and_changes_nothing(session, load, categories, change, message):
    before = state(session)
    categories[0]["title_en"] = "A good change beside the bad one"
    categories[2] |= change
    with pytest.raises(RuleBroken, match=message):
        load("categories", categories)
    session.commit()
    assert state(session) == before


@sqlite_only
@pytest.mark.parametrize("name", ["title_en", "nsc_classes", "description_fr", "status"])
def test_a_category_without_a_field_is_refused(session, load, categories, name):
    del categories[2][name]
    with pytest.raises(RuleBroken, match=name):
        load("categories", categories)
