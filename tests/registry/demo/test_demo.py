"""The demonstration: plainly fictional, whole, true to every rule, and loaded once."""

import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from importlib.resources import files

import pytest
from flask_security import verify_password
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from registry import schema
from registry.accounts.factors import set_up_code
from registry.accounts.models import OFFICIAL, ROLES, TWO_FACTOR_ROLES, User
from registry.accounts.service import make_user
from registry.app import create_app
from registry.capabilities.models import EVIDENCE_LEVELS, ProductionLine
from registry.config import Settings
from registry.db import db
from registry.demo.service import (
    DEMO_PASSWORD,
    SOURCE,
    current_code,
    demo_accounts,
    load_demo,
)
from registry.firms.identifiers import industry_code, postal_code
from registry.firms.models import Activity, Firm, FirmChange, Membership, NameKind, Site
from registry.portfolio.models import Plan
from registry.portfolio.service import document_of
from registry.taxonomy.domains import DOMAINS, UNITS
from registry.taxonomy.models import ShortfallCategory, SupplyClass
from registry.terms import PROVINCES

FICTIONAL = re.compile(r"\((fictional|fictif|fictive)\)$")
ENTRIES = json.loads(files("registry.demo").joinpath("data", "firms.json").read_text("utf-8"))
LATITUDES, LONGITUDES = (41.6, 83.2), (-141.1, -52.6)  # of Canada

sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def loaded(app, session):
    assert load_demo(session) == len(ENTRIES)
    session.commit()
    return session


@pytest.fixture(scope="module")
def demo(sqlite_template, tmp_path_factory):
    """Loaded once for the tests that only read; what the rows say does not depend on the store."""
    home = tmp_path_factory.mktemp("demo")
    url = f"sqlite:///{shutil.copy(sqlite_template, home / 'cadence.sqlite')}"
    with create_app(Settings(home, url, "t" * 32, testing=True)).app_context():
        load_demo(db.session)
        db.session.commit()
        db.session.close()
        db.engine.dispose()
    engine = create_engine(url)
    with Session(engine) as session:
        yield session
    engine.dispose()


def everything(session) -> dict[str, list[str]]:
    """Every value of every table."""
    session.rollback()
    return {
        table.name: sorted(map(repr, session.execute(table.select())))
        for table in schema.metadata.sorted_tables
    }


def the(entries, part):
    """(firm's key, one of its parts), of all firms."""
    return [(entry["key"], item) for entry in entries for item in entry[part]]


def test_loading_twice_changes_nothing(loaded):
    before = everything(loaded)
    assert load_demo(loaded) == 0
    loaded.commit()
    assert everything(loaded) == before


@sqlite_only
def test_a_firm_that_is_missing_comes_back_alone(loaded):
    firm = loaded.query(Firm).filter(Firm.name.startswith("Abegweit")).one()
    others = set(loaded.scalars(select(Firm.id))) - {firm.id}
    loaded.delete(firm)
    loaded.commit()
    assert load_demo(loaded) == 1
    assert others < set(loaded.scalars(select(Firm.id)))


def test_the_index_is_told_of_each_firm(demo):
    told = demo.scalars(select(FirmChange.firm_id)).all()
    assert sorted(told) == sorted(demo.scalars(select(Firm.id)))


def test_it_is_large_enough_and_everything_has_the_demo_as_its_source(demo):
    assert demo.scalar(select(func.count(Firm.id))) == len(ENTRIES) >= 60
    sources = schema.metadata.tables["sources"]
    assert demo.execute(select(sources.c.code)).scalars().all() == [SOURCE]
    assert {firm.listed for firm in demo.scalars(select(Firm))} == {"listed"}


def test_every_domain_and_category_row_is_covered(demo):
    """By firms with a line or a declared class that its categories ask for."""
    categories = demo.scalars(select(ShortfallCategory)).all()
    domain_of = {category.code: category.domain for category in categories}
    lines = Counter(domain_of[line["category"]] for _key, line in the(ENTRIES, "lines"))
    assert set(lines) == set(DOMAINS)
    wanted = {code: category.domain for category in categories for code in category.class_codes}
    declared = Counter(wanted.get(code) for entry in ENTRIES for code in entry["classes"])
    assert set(DOMAINS) <= set(declared)


def test_codes_exist(demo):
    classes = set(demo.scalars(select(SupplyClass.code)))
    assert {code for _key, code in the(ENTRIES, "classes")} <= classes
    assert {award["class_code"] for _key, award in the(ENTRIES, "awards")} <= classes | {None}
    for key, industry in the(ENTRIES, "industries"):
        assert industry_code(industry["code"]) == industry["code"], key


def test_lines_use_their_categorys_unit_and_their_rates_grow(demo):
    lines = demo.scalars(select(ProductionLine)).all()
    assert len(lines) >= 60
    for line in lines:
        assert line.unit == line.category.unit and line.unit in UNITS, line.product_en
        assert line.evidence in EVIDENCE_LEVELS
        steps = (
            line.current_rate_per_month, line.rated_rate_per_month, line.surge_rate_per_month,
        )  # fmt: skip
        known = [step for step in steps if step is not None]
        assert known == sorted(known) and all(step >= 0 for step in known)
        assert line.site is None or line.site.firm_id == line.firm_id
    assert any(line.current_rate_per_month is None for line in lines)  # unknown is shown too


def test_every_name_says_that_it_is_fictional():
    names = [name["name"] for _key, name in the(ENTRIES, "names")]
    assert all(FICTIONAL.search(name) for name in names)
    assert len(names) == len({(key, n["kind"], n["name"]) for key, n in the(ENTRIES, "names")})
    assert all(name["kind"] in set(NameKind) for _key, name in the(ENTRIES, "names"))
    for entry in ENTRIES:
        languages = {n["language"] for n in entry["names"] if n["kind"] == "operating"}
        assert languages >= {"en", "fr"}, entry["key"]


def test_names_are_spelled_as_fictional_in_their_own_language():
    for key, name in the(ENTRIES, "names"):
        english = name["name"].endswith("(fictional)")
        assert english == (name["language"] == "en"), key


def test_addresses_lead_nowhere():
    websites = [entry["website"] for entry in ENTRIES if entry["website"]]
    assert websites
    assert all(re.fullmatch(r"https://[a-z0-9-]+\.example", site) for site in websites)
    assert all(account.email.endswith(".example") for account in demo_accounts())


def test_keys_are_plain_and_unique():
    keys = [entry["key"] for entry in ENTRIES]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch(r"[a-z0-9-]+", key) for key in keys)


def test_both_languages_are_given():
    for entry in ENTRIES:
        assert entry["profile_en"] and entry["profile_fr"], entry["key"]
    for part in ("capabilities", "sites", "statements"):
        for key, item in the(ENTRIES, part):
            english = {n: item[n] for n in item if n.endswith("_en")}
            for name, value in english.items():
                assert bool(value) == bool(item[name[:-3] + "_fr"]), (key, name)
    assert all(line["product_en"] and line["product_fr"] for _key, line in the(ENTRIES, "lines"))


def test_places_are_in_canada(demo):
    sites = demo.scalars(select(Site)).all()
    for site in sites:
        assert site.province in PROVINCES
        assert site.postal_code is None or postal_code(site.postal_code) == site.postal_code
        if site.latitude is not None:
            assert LATITUDES[0] < site.latitude < LATITUDES[1], site.city
            assert LONGITUDES[0] < site.longitude < LONGITUDES[1], site.city
    assert {site.province for site in sites} >= {"QC", "ON", "NS", "BC", "AB"}
    assert all(firm.sites for firm in demo.scalars(select(Firm)))


def test_values_are_those_that_the_registry_knows():
    assert {entry["activity"] for entry in ENTRIES} <= {*Activity, None}
    evidence = {
        item["evidence"] for part in ("lines", "certificates") for _key, item in the(ENTRIES, part)
    }
    assert evidence <= set(EVIDENCE_LEVELS)
    for key, certificate in the(ENTRIES, "certificates"):
        dates = [certificate[name] for name in ("issued_on", "expires_on") if certificate[name]]
        assert dates == sorted(dates), key


def test_lists_fall_back_on_the_english_operating_name(demo):
    firm = demo.query(Firm).filter(Firm.name.startswith("Boreal Acoustics")).one()
    assert firm.name == firm.name_in("en") == "Boreal Acoustics (fictional)"
    assert firm.name_in("fr") == "Acoustique Boréale (fictive)"


def test_there_is_a_sign_in_for_every_role(loaded):
    assert {account.role for account in demo_accounts()} == set(ROLES)
    for account in demo_accounts():
        user = loaded.query(User).filter_by(email=account.email).one()
        assert verify_password(DEMO_PASSWORD, user.password)
        assert not verify_password(DEMO_PASSWORD + "x", user.password)
        assert DEMO_PASSWORD not in user.password
        assert [role.name for role in user.roles] == [account.role]
        assert user.active and user.language == account.language


@sqlite_only
def test_people_sign_in_through_the_page(app, loaded):
    for account in demo_accounts():
        # As the context of `app` would stay signed in.
        other = create_app(replace(app.config["SETTINGS"], demonstration=True))
        client = other.test_client()
        page = client.get("/en/sign-in").get_data(as_text=True)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
        for password, status in (("wrong", 200), (DEMO_PASSWORD, 302)):
            answer = client.post(
                "/en/sign-in",
                data={"email": account.email, "password": password, "csrf_token": token},
            )
            assert answer.status_code == status, account.email
        if account.role in TWO_FACTOR_ROLES:
            shown = re.search(r"<b class=\"num\">(\d{6})</b>", client.get(answer.location).text)
            client.post(answer.location, data={"code": shown[1], "csrf_token": token})
        assert client.get("/en/account").status_code == 200
        with other.app_context():
            db.engine.dispose()


@sqlite_only
def test_codes_are_shown_in_the_demonstration_alone(app, loaded):
    official = loaded.query(User).filter_by(email="official@cadence.example").one()
    assert re.fullmatch(r"\d{6}", current_code(loaded, official.fs_uniquifier))
    someone = make_user(loaded, "real@firm.example", "Real", None, (OFFICIAL,), "en")
    set_up_code(someone)
    assert current_code(loaded, someone.fs_uniquifier) is None
    assert current_code(loaded, None) is None
    secrets = {user.tf_totp_secret for user in loaded.query(User) if user.tf_totp_secret}
    assert len(secrets) == 5  # each its own


def test_the_firm_accounts_act_for_their_firm(demo):
    members = demo.scalars(select(Membership).order_by(Membership.id)).all()
    people = [demo.get(User, member.user_id).email for member in members]
    assert people == ["firm@cadence.example", "editor@cadence.example"]
    assert [member.role for member in members] == ["owner", "editor"]
    for member in members:
        assert demo.get(Firm, member.firm_id).name.startswith("Northline")


@sqlite_only
def test_a_password_that_was_changed_is_kept(loaded):
    user = loaded.query(User).filter_by(email="official@cadence.example").one()
    user.password = "changed"
    loaded.commit()
    load_demo(loaded)
    loaded.commit()
    loaded.refresh(user)
    assert user.password == "changed"


def test_a_plan_waits_to_be_solved_and_is_made_once(loaded):
    load_demo(loaded)
    plan = loaded.scalars(select(Plan)).one()
    document = document_of(loaded, plan)
    assert [one["name"] for one in document["scenarios"]] == ["Base", "Base −12"]
    assert {need["category"] for one in document["scenarios"] for need in one["needs"]} == {
        "AMM-01"
    }
