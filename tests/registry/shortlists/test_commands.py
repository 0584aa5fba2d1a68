"""`cadence shortlist create`, `add` and `export`."""

import csv
import io
import json

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from registry.audit.models import AuditEvent
from registry.firms.service import announce_changes
from registry.matches import publication
from registry.shortlists.models import Shortlist, ShortlistItem
from registry.shortlists.service import get_shortlist

OWNER = ("--owner", "owner@cadence.example")
# What is refused before the database is asked.
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def firms(make_firm, few_classes):
    return [
        make_firm("Shells", "155 mm artillery shells"),
        make_firm("Bodies", "155 mm shell bodies"),
        make_firm("Bread", "Bread and rolls"),
    ]


@pytest.fixture
def run(run_cadence, owner, firms, monkeypatch):
    monkeypatch.setenv("CADENCE_LANG", "en")
    return lambda *arguments: run_cadence("shortlist", *arguments)


@pytest.fixture
def only_list(session):
    def read() -> Shortlist:
        session.rollback()
        (number,) = session.scalars(select(Shortlist.id)).all()
        return get_shortlist(session, number, None)

    return read


def test_create_from_a_category(run, only_list, firms, owner):
    done = run("create", *OWNER, "--category", "AMM-01", "--top", 2)
    assert done.exit_code == 0, done.output
    made = only_list()
    assert done.output.strip().endswith(f"Shortlist {made.id} holds 2 firms.")
    assert (made.owner.email, made.title, made.need) == (
        "owner@cadence.example", "155 mm artillery shells", {"category": "AMM-01"},
    )  # fmt: skip
    assert {item.firm_id for item in made.items} == {firms[0].id, firms[1].id}
    for rank, item in enumerate(made.items, start=1):
        assert (item.match["rank"], item.added_by) == (rank, owner.id)
        total = sum(part["points"] for part in item.match["parts"])
        assert item.match["score"] == pytest.approx(total, abs=0.001)
        assert item.data_version and json.dumps(item.match)


@pytest.mark.parametrize(
    ("options", "title", "need"),
    [
        (("--class", "1320"), "1320 ", {"class": "1320"}),
        (("--text", "obus de 155 mm"), "obus de 155 mm", {"text": "obus de 155 mm"}),
        (("--text", "shells", "--title", "Mine"), "Mine", {"text": "shells"}),
        (("--text", "artillery shells " * 20), "artillery shells ", None),
    ],
)
def test_create_from_other_needs(run, only_list, options, title, need):
    done = run("create", *OWNER, *options, "--top", 1)
    assert done.exit_code == 0, done.output
    assert only_list().title.startswith(title)
    assert need is None or only_list().need == need
    assert len(only_list().items) == 1


def test_create_an_empty_list(run, only_list):
    assert run("create", *OWNER, "--category", "AMM-01", "--top", 0).exit_code == 0
    assert only_list().items == []


@sqlite_only
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((*OWNER,), 2, "exactly one of"),
        ((*OWNER, "--category", "AMM-01", "--text", "x"), 2, "exactly one of"),
        (("--category", "AMM-01"), 2, "--owner"),
        (("--owner", "nobody@cadence.example", "--text", "x"), 1, "nobody@cadence.example"),
        ((*OWNER, "--category", "XXX-99"), 1, "XXX-99"),
        ((*OWNER, "--class", "0000"), 1, "0000"),
        ((*OWNER, "--text", "x" * 401), 1, "too long"),
        ((*OWNER, "--text", "x", "--title", "t" * 201), 1, "200"),
        ((*OWNER, "--text", "x", "--top", "201"), 2, "--top"),
    ],
)
def test_create_that_is_refused(run, session, arguments, code, message):
    done = run("create", *arguments)
    assert (done.exit_code, session.scalar(select(func.count(Shortlist.id)))) == (code, 0)
    assert message in done.stderr


def test_add(run, only_list, firms):
    run("create", *OWNER, "--category", "AMM-01", "--top", 0)
    number = only_list().id
    done = run("add", number, firms[2].id, firms[0].id)
    assert done.exit_code == 0, done.output
    assert f"Shortlist {number} holds 2 firms." in done.output
    assert [item.firm_id for item in only_list().items] == [firms[2].id, firms[0].id]
    shells = only_list().items[1].match
    assert shells["rank"] == 1 and shells["score"] > 0


def test_add_to_a_list_by_hand(run, session, owner, firms, only_list):
    session.add(Shortlist(owner_id=owner.id, title="By hand", need={}))
    session.commit()
    assert run("add", only_list().id, firms[0].id).exit_code == 0
    assert [item.match for item in only_list().items] == [None]


@pytest.mark.parametrize("firm", ["same", "999", "99999999999999999999", "-1", "x", ""])
def test_add_that_is_refused_adds_nothing(run, only_list, session, firms, firm):
    run("create", *OWNER, "--category", "AMM-01", "--top", 0)
    number = only_list().id
    run("add", number, firms[0].id)
    chosen = firms[0].id if firm == "same" else firm
    done = run("add", number, firms[1].id, chosen)
    assert done.exit_code in (1, 2) and "Error: " in done.stderr
    assert [item.firm_id for item in only_list().items] == [firms[0].id]


@pytest.mark.parametrize("number", [999, 0, 2**31, 2**63, 10**30])
def test_a_list_that_does_not_exist(run, firms, tmp_path, number):
    for arguments in (
        ("add", number, firms[0].id),
        ("export", number, "--out", tmp_path / "a.csv"),
    ):
        done = run(*arguments)
        assert done.exit_code in (1, 2) and "Error: " in done.stderr
    assert not (tmp_path / "a.csv").exists()


@pytest.fixture
def made(run, only_list) -> Shortlist:
    run("create", *OWNER, "--category", "AMM-01", "--top", 2)
    return only_list()


def test_export_csv(run, made, tmp_path, session):
    out = tmp_path / "list.csv"
    done = run("export", made.id, "--out", out)
    assert done.exit_code == 0, done.output
    assert f"Wrote 2 firms to {out}." in done.output
    rows = list(csv.DictReader(io.StringIO(out.read_bytes().decode("utf-8-sig"))))
    assert [row["Firm"] for row in rows] == ["Shells", "Bodies"]
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.action, event.actor_id, event.detail) == (
        "shortlist.export",
        None,
        {"form": "csv"},
    )


def test_export_xlsx_in_capitals(run, made, tmp_path):
    out = tmp_path / "LIST.XLSX"
    assert run("export", made.id, "--out", out).exit_code == 0
    book = load_workbook(out)
    assert [cell.value for cell in book.worksheets[0]["C"]] == ["Firm", "Shells", "Bodies"]
    said = [row[1] for row in book.worksheets[1].iter_rows(values_only=True)]
    assert "the command line" in said


def test_export_in_french(run_cadence, session, owner, firms, shortlist, tmp_path, monkeypatch):
    session.add(
        ShortlistItem(
            shortlist_id=shortlist.id, firm_id=firms[0].id, position=1, data_version="v",
            added_by=owner.id,
        )
    )  # fmt: skip
    session.commit()
    monkeypatch.setenv("CADENCE_LANG", "fr_CA.UTF-8")
    out = tmp_path / "liste.csv"
    done = run_cadence("shortlist", "export", shortlist.id, "--out", out)
    assert done.exit_code == 0, done.output
    row = next(csv.DictReader(io.StringIO(out.read_bytes().decode("utf-8-sig"))))
    assert row["Entreprise"] == "Shells (fr)"


def test_the_export_is_of_the_day_the_firm_was_added(
    run, made, session, firms, tmp_path, monkeypatch
):
    monkeypatch.setattr(publication, "LOOK_EVERY_SECONDS", 0.0)
    run("export", made.id, "--out", tmp_path / "before.csv")
    for firm in firms:
        firm.listed = "withdrawn"
    announce_changes(session, [firm.id for firm in firms])
    session.commit()
    run("export", made.id, "--out", tmp_path / "after.csv")
    assert (tmp_path / "before.csv").read_bytes() == (tmp_path / "after.csv").read_bytes()


@sqlite_only
@pytest.mark.parametrize("name", ["list.pdf", "list", ".csv", "no/list.csv"])
def test_places_that_will_not_do(run, made, tmp_path, session, name):
    done = run("export", made.id, "--out", tmp_path / name)
    assert done.exit_code in (1, 2) and "Error: " in done.stderr
    actions = session.scalars(select(AuditEvent.action)).all()
    assert "shortlist.export" not in actions
