"""Importing profiles of Canadian Company Capabilities."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from registry.capabilities.models import Capability, ClassDeclaration
from registry.capabilities.service import STATED_BY_FIRM
from registry.feeds.importing import ensure_source
from registry.feeds.models import ImportRun, Source
from registry.firms.models import Firm, FirmChange, FirmName, Identifier, Statement
from registry.intake.importing import import_firms

FULL = {
    "ccc_id": "000000000007",
    "name": "Zorvex Forge",
    "legal_name": "Zorvex Forge & Fils Ltée",
    "operating_name": "ZORVEX FORGE",
    "alternate_name": ["Zorvex", "zorvex forge"],
    "website": "zorvex.example",
    "exporting": "Yes",
    "primary_activity": "Manufacturer / Processor / Producer",
    "employees": "1,200",
    "year_established": "1979",
    "indigenous_firm": "Registered somewhere",
    "country_of_ownership": "Foreign",
    "company_profile": "Nous forgeons des anneaux pour l'industrie et la marine.",
    "technology_profile": "We heat the steel and press it.",
    "market_interests": ["Defence", "Marine"],
    "naics_primary": "332113 - Forging",
    "naics_alternate": ["332710 - Machine Shops", "nonsense"],
    "quality_certification": ["ISO 9001", "ISO 9001"],
    "plant_size": "22,000",
    "mailing": {"province": "Quebec", "city": "VAL-D'OR", "postal_prefix": "J9P"},
    "location": {"province": "Ontario", "city": "NORTH BAY", "postal_prefix": "P1A"},
    "items": [
        {"kind": "product", "name": "RINGS, STEEL", "desc": ""},
        {"kind": "service", "name": "Machining", "desc": "We turn and mill parts for the navy."},
        {"kind": "mystery", "name": "x", "desc": ""},
    ],
    "fsc": [{"code": "1005", "title": "Guns"}, {"code": "0000", "title": "?"}],
    "nsn": [{"nsn": "1005211234567", "name": "Spring"}, {"nsn": "12", "name": ""}],
    "cage_code": "L0A1B",
    "something_new": {"is": "tolerated"},
}


@pytest.fixture
def load(session, write_json_lines, with_report):
    def run(*records, batch_rows=1000):
        path = write_json_lines(records)
        return with_report(import_firms, session, path, "ccc", None, lambda _: None, batch_rows)

    return run


def test_every_column_finds_its_place(load, session, firm_called):
    tally, report = load(FULL)
    assert (tally.new, report.refused, report.warned) == (1, 0, 4)
    firm = firm_called("Zorvex Forge")
    assert {(name.kind, name.name) for name in firm.names} == {
        ("legal", "Zorvex Forge & Fils Ltée"),
        ("operating", "ZORVEX FORGE"),
        ("alternate", "Zorvex"),
    }
    assert (firm.website, firm.activity) == ("http://zorvex.example", "manufacturer")
    assert (firm.employees, firm.founded_year, firm.exports) == (1200, 1979, True)
    assert firm.profile_en is None and firm.profile_fr.startswith("Nous forgeons")
    assert firm.ownership.owner_country == "Foreign" and firm.ownership.canadian_control is None
    assert [(s.kind, s.city, s.province, s.floor_area_m2) for s in firm.sites] == [
        ("office", "North Bay", "ON", None),
        ("mailing", "Val-d'Or", "QC", None),
    ]
    assert [(i.code, i.primary) for i in firm.industries] == [("332113", True), ("332710", False)]
    assert [(c.scheme, c.evidence, c.expires_on) for c in firm.certificates] == [
        ("ISO 9001", "declared", None)
    ]
    assert {(i.scheme, i.value, i.well_formed) for i in firm.identifiers} == {
        ("ccc", "000000000007", True),
        ("ncage", "L0A1B", True),
    }
    told = {s.kind: (s.text_en, s.text_fr) for s in session.scalars(select(Statement))}
    assert told["technology"] == ("We heat the steel and press it.", None)
    assert told["nsn"] == ("1005-21-123-4567 Spring", None)
    offers = {c.kind: (c.name_en, c.name_fr) for c in session.scalars(select(Capability))}
    # Capitals do not tell: the firm's profile is French.
    assert offers == {"product": (None, "RINGS, STEEL"), "service": ("Machining", None)}
    assert session.scalars(select(ClassDeclaration.class_code)).all() == ["1005"]
    source = session.scalars(select(Source)).one()
    assert (source.code, source.as_of) == ("ccc-2017", dt.date(2017, 12, 31))
    assert firm.as_of == firm.sites[0].as_of == source.as_of


def test_what_was_dropped_is_in_the_report(load, read_report):
    load(FULL)
    found = {(row["Severity"], row["Column"], row["Value"]) for row in read_report()}
    assert found == {
        ("warning", "naics_alternate", "nonsense"),
        ("warning", "items[3]", "{'kind': 'mystery', 'name': 'x', 'desc': ''}"),
        ("warning", "fsc[2].code", "0000"),
        ("warning", "nsn[2].nsn", "12"),
    }


def test_the_same_file_again_changes_nothing(load, session, profiles, everything):
    load(*profiles(25), batch_rows=10)
    before = everything()
    tally, report = load(*profiles(25), batch_rows=7)
    assert (tally.new, tally.changed, tally.unchanged, report.refused) == (0, 0, 25, 0)
    assert everything() == before


def test_a_changed_record_replaces_only_what_changed(load, session, profiles, firm_called):
    load(*profiles(3))
    firm = firm_called("Zorvex Forge 2")
    other = Source(code="self", title_en="Firm", title_fr="Entreprise")
    session.add(other)
    session.flush()
    session.add(FirmName(firm_id=firm.id, kind="alternate", name="Z2", source_id=other.id))
    session.add(FirmName(firm_id=firm.id, kind="legal", name="Z2 Ltd", source_id=other.id))
    for identifier in firm.identifiers:
        identifier.verified_by = "Codification bureau"
    session.commit()
    site, moment = firm.sites[0].id, firm.updated_at

    records = profiles(3)
    records[1] |= {
        "alternate_name": ["Ring Works"],
        "legal_name": "Z2 Ltd",
        "items": [{"kind": "product", "name": "Forged gear", "desc": ""}],
        "employees": "12",
    }
    tally, _report = load(*records)
    assert (tally.new, tally.changed, tally.unchanged) == (0, 1, 2)
    firm = firm_called("Zorvex Forge 2")
    assert (firm.employees, firm.sites[0].id) == (12, site) and firm.updated_at > moment
    assert sorted((name.kind, name.name) for name in firm.names) == [
        ("alternate", "Ring Works"),
        ("alternate", "Z2"),
        ("legal", "Z2 Ltd"),
        ("operating", "Zorvex Forge 2"),
    ]
    assert [i.verified_by for i in firm.identifiers] == ["Codification bureau"]
    offers = select(Capability.name_en).where(Capability.firm_id == firm.id)
    assert session.scalars(offers).all() == ["Forged gear"]
    changes = session.scalars(select(FirmChange.firm_id).order_by(FirmChange.seq)).all()
    assert len(changes) == 4 and changes[-1] == firm.id


def test_a_fact_that_the_source_no_longer_states_is_gone(load, session, profile, firm_called):
    load(profile(1, cage_code="L0A1B", country_of_ownership="Canada"))
    load(profile(1))
    firm = firm_called("Zorvex Forge 1")
    assert firm.ownership is None and [i.scheme for i in firm.identifiers] == ["ccc"]


def test_a_shared_identifier_stays_with_the_first(load, session, profiles, read_report):
    records = profiles(4, cage_code="L0A1B")
    tally, report = load(*records, batch_rows=2)
    assert (tally.new, report.warned) == (4, 3)
    holders = select(Identifier.firm_id).where(Identifier.scheme == "ncage")
    assert session.scalars(holders).all() == [session.scalar(select(func.min(Firm.id)))]
    assert [row["Line"] for row in read_report()] == ["2", "3", "4"]
    assert all("already has this identifier" in row["Reason"] for row in read_report())


def test_a_malformed_identifier_is_kept_and_marked(load, session, profile, read_report):
    load(profile(1, cage_code="LOB32"))
    stored = session.scalars(select(Identifier).where(Identifier.scheme == "ncage")).one()
    assert (stored.value, stored.well_formed) == ("LOB32", False)
    assert read_report()[0]["Column"] == "cage_code"


def test_one_key_twice_in_a_file(load, session, profile, read_report):
    tally, report = load(profile(1), profile(2), profile(1), profile(1, employees="3"))
    assert (tally.new, tally.unchanged, report.refused) == (2, 1, 1)
    (row,) = read_report()
    assert row["Line"] == "4" and "Line 1 has the same key" in row["Reason"]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"ccc_id": None}, "ccc_id"),
        ({"name": "  "}, "name"),
        ({"name": 7}, "name"),
        ({"items": {"kind": "product"}}, "items"),
        ({"items": [1]}, "items"),
        ({"items": [{"kind": "product", "name": [1], "desc": ""}]}, "items[1].name"),
        ({"mailing": "Ottawa"}, "mailing"),
        ({"alternate_name": ["a", 1]}, "alternate_name"),
    ],
)
def test_a_value_of_another_kind_refuses_the_row(load, profile, read_report, change, column):
    tally, report = load(profile(1), profile(2) | change, profile(3))
    assert (tally.new, report.refused) == (2, 1)
    assert [(row["Line"], row["Column"]) for row in read_report()] == [("2", column)]


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"employees": "99999999999"}, ("employees", None)),
        ({"employees": "many"}, ("employees", None)),
        ({"year_established": "79"}, ("founded_year", None)),
        ({"exporting": "Perhaps"}, ("exports", None)),
        ({"primary_activity": "Piracy"}, ("activity", None)),
        ({"website": "javascript:alert(1)"}, ("website", None)),
        ({"indigenous_firm": "x" * 500}, ("indigenous", "x" * 199 + "…")),
    ],
)
def test_an_odd_value_is_dropped_with_a_warning(load, profile, firm_called, change, kept):
    tally, report = load(profile(1) | change)
    assert (tally.new, report.refused, report.warned) == (1, 0, 1)
    assert getattr(firm_called("Zorvex Forge 1"), kept[0]) == kept[1]


def test_a_run_is_recorded_once(load, session, profiles):
    load(*profiles(3))
    load(*profiles(3))
    run = session.scalars(select(ImportRun)).one()
    assert run.finished_at is not None
    assert run.counts == {"new": 3, "changed": 0, "unchanged": 0, "refused": 0, "warned": 0}
    load(*profiles(4))
    assert session.scalar(select(func.count(ImportRun.id))) == 2


def test_a_firm_that_states_its_record_itself_is_left_alone(load, session, firm_called):
    load(FULL)
    firm = firm_called("Zorvex Forge")
    firm.source_id = ensure_source(session, STATED_BY_FIRM).id  # as publishing its record does
    session.commit()
    offers = select(func.count()).select_from(Capability)
    before = session.scalar(offers)
    more = [*FULL["items"], {"kind": "product", "name": "SHAFTS", "desc": ""}]
    tally, _report = load({**FULL, "website": "elsewhere.example", "items": more})
    assert tally.changed == 1  # the feed's new version is known, so that it is read once
    assert firm_called("Zorvex Forge").website == "http://zorvex.example"
    assert session.scalar(offers) == before
