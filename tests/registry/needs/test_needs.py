"""An office's own needs: read from a file, shown before they are kept, its own affair."""

import csv
import datetime as dt
import io

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from registry.accounts.models import OFFICIAL, Role, User
from registry.audit.models import AuditEvent
from registry.errors import Conflict, NotFound
from registry.feeds.cli import ROWS_REFUSED
from registry.needs import template
from registry.needs.models import OfficeNeed
from registry.needs.service import (
    apply_upload,
    get_need,
    list_needs,
    need_of,
    needs_of_category,
    upload_file,
)

pytestmark = pytest.mark.usefixtures("app")
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ROW = {
    "reference": "N-1",
    "title_en": "Shells",
    "title_fr": "Obus",
    "description": "Filled and fuzed.",
    "class_codes": "1320; 1390",
    "category_code": "AMM-01",
    "quantity": "60 000",
    "by_date": "2028-06-30",
    "priority": "élevée",
    "region": "Québec",
    "clearance": "FSC",
    "controlled_goods": "oui",
    "source": "Fictional note 7",
}


def as_csv(*rows, columns=ROW):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.fixture
def official(session):
    role = session.scalars(select(Role).where(Role.name == OFFICIAL)).first()
    role = role or Role(name=OFFICIAL)

    def add(name="ann", office="Fictional Office"):
        person = User(
            email=f"{name}@cadence.example", name=name, password="-", active=True,
            fs_uniquifier=name, language="en", office=office, roles=[role],
        )  # fmt: skip
        session.add(person)
        session.commit()
        return person

    return add


def test_a_need_is_shown_kept_changed_and_found_again(session, official):
    person, colleague = official(), official("bea", " fictional office")
    upload = upload_file(session, person, "needs.csv", as_csv(ROW))
    assert [entry["action"] for entry in upload.plan] == ["added"]
    assert not list_needs(session, person)
    assert apply_upload(session, person, upload)
    session.commit()
    (kept,) = list_needs(session, colleague)
    assert (kept.quantity, kept.unit, kept.priority, kept.region) == (60_000, "round", "high", "QC")
    assert (kept.by_date, kept.class_codes) == (dt.date(2028, 6, 30), ["1320", "1390"])
    assert needs_of_category(session, person, "AMM-01") == [kept]
    need = need_of(kept)
    assert {gate.name for gate in need.requirements} == {"facility clearance", "controlled goods"}
    assert need.class_codes[:2] == ("1320", "1390") and need.synonyms_fr
    with pytest.raises(Conflict):
        apply_upload(session, person, upload)
    # The template has it as it is: sent back, it changes nothing, in either form.
    for content in (template.to_csv([kept]), template.to_xlsx([kept])):
        again = upload_file(session, colleague, "again", content)
        assert [entry["action"] for entry in again.plan] == ["unchanged"], again.plan
    # A column that is left out stays as it is.
    less = {"reference": "N-1", "title_en": "Shells", "quantity": "70000", "source": "Note 8"}
    change = upload_file(session, colleague, "less.csv", as_csv(less, columns=less))
    assert set(change.plan[0]["changes"]) == {"quantity", "source"}
    assert apply_upload(session, colleague, change)
    assert (kept.quantity, kept.title_fr, kept.stated_by_id) == (70_000, "Obus", colleague.id)
    actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert [one for one in actions if one.startswith("need.")][:3] == [
        "need.upload", "need.add", "need.apply",
    ]  # fmt: skip


@sqlite_only
def test_another_office_neither_sees_nor_changes_it(session, official):
    person, stranger, alone = official(), official("cy", "Other"), official("dan", None)
    apply_upload(session, person, upload_file(session, person, "needs.csv", as_csv(ROW)))
    (kept,) = list_needs(session, person)
    for other in (stranger, alone):
        assert not list_needs(session, other) and not needs_of_category(session, other, "AMM-01")
        with pytest.raises(NotFound):
            get_need(session, other, kept.id)
        upload = upload_file(session, other, "needs.csv", as_csv(ROW))
        assert upload.plan[0]["action"] == "added"


REFUSED = [
    ({"title_en": "", "title_fr": ""}, "title_en"),
    ({"source": ""}, "source"),
    ({"quantity": "0"}, "quantity"),
    ({"category_code": "ZZZ-99"}, "category_code"),
    ({"unit": "kg"}, "unit"),
    ({"category_code": "", "unit": ""}, "unit"),
    ({"class_codes": "0001"}, "class_codes"),
    ({"by_date": "30/06/2028"}, "by_date"),
    ({"priority": "urgent"}, "priority"),
    ({"description": "As in PROTECTED B annex"}, "description"),
]


@sqlite_only
def test_bad_rows_are_reported_and_the_others_kept(
    session, official, run_cadence, tmp_path, read_report, everything
):
    official()
    columns = {**ROW, "unit": ""}
    bad = [{**columns, "reference": f"B-{n}", **change} for n, (change, _c) in enumerate(REFUSED)]
    path = tmp_path / "needs.csv"
    path.write_bytes(as_csv(columns, *bad, {**columns, "title_en": "Again"}, columns=columns))
    arguments = ("import", "needs", path, "--owner", "ann@cadence.example")
    done = run_cadence(*arguments, "--report", tmp_path / "report.csv")
    assert done.exit_code == ROWS_REFUSED
    assert f"New: 1. Changed: 0. Unchanged: 0. Refused: {len(bad) + 1}." in done.output
    told = [(row["Line"], row["Column"]) for row in read_report()]
    expected = [(str(line), column) for line, (_change, column) in enumerate(REFUSED, start=3)]
    assert told == [*expected, (str(len(REFUSED) + 3), "reference")]
    assert session.scalars(select(OfficeNeed.title_en)).all() == ["Shells"]
    before = everything()
    done = run_cadence(*arguments)
    assert "New: 0. Changed: 0. Unchanged: 1." in done.output and everything() == before
    done = run_cadence("import", "needs", path, "--owner", "nobody@cadence.example")
    assert done.exit_code == 2


@sqlite_only
def test_the_template_offers_what_may_be_chosen(official):
    book = load_workbook(io.BytesIO(template.to_xlsx([])))
    sheet = book.worksheets[0]
    offered = [rule.formula1 for rule in sheet.data_validations.dataValidation]
    assert any("High" in words for words in offered) and len(offered) >= 5
    assert sheet.max_row == 1 and book.worksheets[1].max_row == sheet.max_column
