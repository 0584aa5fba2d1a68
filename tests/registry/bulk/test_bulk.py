"""Lines through a file: the round trip, the dry run, applying it, and files that mean harm."""

import csv
import gzip
import io
import threading
import zipfile

import openpyxl
import pytest
from flask_babel import force_locale
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.audit.models import AuditEvent
from registry.bulk.columns import ALL_COLUMNS, template_columns
from registry.bulk.models import BulkUpload
from registry.bulk.reading import MOST_BYTES, make_plan
from registry.bulk.service import apply_upload, tally, upload_file
from registry.bulk.template import headings, to_csv, to_xlsx
from registry.capabilities.lines import LineSchema
from registry.capabilities.models import UNLOCKS, ProductionLine
from registry.capabilities.service import list_lines, remove_line, save_line
from registry.errors import Conflict, RuleBroken
from registry.taxonomy.service import list_categories

LOCALES = {"en": "en_CA", "fr": "fr_CA"}
ME = 1
FULL = {
    "reference": "A1", "product_en": "155 mm shells", "product_fr": "Obus de 155 mm",
    "category_code": "AMM-01", "further_categories": ["AMM-04", "AMM-12"], "class_code": "1320",
    "rate_period": "quarter", "current_rate": "2700", "rated_rate": "5700.5",
    "rated_rate_low": "5000", "surge_rate": 9000, "months_to_rated": 9, "months_to_surge": 20.5,
    "capital_low_cad": 12_000_000, "capital_high_cad": 15_000_000,
    "smallest_order_units": 5_700, "smallest_term_months": "2 years",
    "unit_price_low_cad": "4200.55",
    "committed_share": "0.4", "committed_until": "2027-03-31", "itar_controlled": "no",
    "unlock_kinds": ["loan", "order"], "unlock_fr": "=1+1", "scarce_trades": "'-machinists",
    "qualification": "qualified", "stated_on": "2026-01-31", "trl": 9,
    "inputs": [
        {"name_en": "Fuze", "category_code": "AMM-03", "units_per_unit": 1, "sourcing": "sole"},
        {"name_fr": "Chargement", "category_code": "AMM-10", "units_per_unit": "0.0107",
         "supplier_country": "Norway", "alternative_qualified": "no"},
    ],
}  # fmt: skip


@pytest.fixture
def lines(app, session, firm):
    """Two lines of the firm: one full, one of which almost nothing is known."""
    full = {**FULL, "site_id": firm.sites[0].id}
    for values in (full, {"product_fr": "Fusées", "category_code": "AMM-03"}):
        save_line(session, ME, firm.id, LineSchema().load(values))
    session.commit()
    return list_lines(session, firm.id)


def as_file(session, firm, form, language):
    with force_locale(LOCALES[language]):
        found = list_lines(session, firm.id)
        if form == "csv":
            return to_csv(found)
        return to_xlsx(found, firm.sites, list_categories(session), language)


def edited(content, change):
    """A CSV whose rows, as lists under the headings, went through `change`."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    out = io.StringIO(newline="")
    csv.writer(out).writerows(change(rows))
    return out.getvalue().encode()


def of(rows, column):
    return rows[0].index(ALL_COLUMNS[column].label)


def with_cell(content, line, column, text):
    def change(rows):
        rows[line - 1][of(rows, column)] = text
        return rows

    return edited(content, change)


def actions(plan):
    return [entry.action for entry in plan]


# The round trip


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_template_that_comes_back_as_it_was_changes_nothing(session, firm, lines, form, language):
    content = as_file(session, firm, form, language)
    for reader in LOCALES.values():  # whoever uploads it
        with force_locale(reader):
            plan = make_plan(session, firm.id, content)
        assert [(e.action, e.faults, e.changes) for e in plan] == [("unchanged", [], {})] * 2


TEXT = st.text(max_size=30) | st.sampled_from(["=1+1", "'=x", "''-", "+4", " @ ", '"', "a\r\nb;|,"])
AMOUNT = st.none() | st.decimals(0, 10**8, places=4)
RATES = st.lists(AMOUNT, min_size=3, max_size=3).map(
    lambda rates: sorted(rates, key=lambda rate: (rate is not None, rate or 0))
)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=st.data(), form=st.sampled_from(["csv", "xlsx"]), language=st.sampled_from(["en", "fr"])
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whatever_a_line_holds_survives_the_file(app, session, firm, data, form, language):
    name = data.draw(TEXT.filter(str.strip))
    values = {
        "product_en": f"P{name}",
        "category_code": "AMM-01",
        **dict(zip(("current_rate", "rated_rate", "surge_rate"), data.draw(RATES), strict=True)),
        "no_capital_reason": "R" + data.draw(TEXT),
        "rate_period": data.draw(st.sampled_from(["week", "month", "quarter", "year"])),
        "scarce_trades": data.draw(TEXT),
        "unlock_kinds": data.draw(st.lists(st.sampled_from(UNLOCKS))),
        "cgp_controlled": data.draw(st.sampled_from([None, True, False])),
        "inputs": [
            {"name_fr": f"I{text}", "units_per_unit": data.draw(AMOUNT), "supplier_name": text}
            for text in data.draw(st.lists(TEXT, max_size=2))
        ],
    }
    for line in list_lines(session, firm.id):  # of the example before
        remove_line(session, ME, line)
    save_line(session, ME, firm.id, LineSchema().load(values))
    session.expire_all()
    plan = make_plan(session, firm.id, as_file(session, firm, form, language))
    assert [(e.action, e.faults, e.changes) for e in plan] == [("unchanged", [], {})]


def test_headings_differ_in_each_language(app):
    for locale in LOCALES.values():
        with force_locale(locale):
            named = headings()
            found = [template_columns().column_of(heading) for heading in named]
        assert found == list(ALL_COLUMNS)


def test_the_workbook_explains_itself_and_offers_choices(session, firm, lines):
    book = openpyxl.load_workbook(io.BytesIO(as_file(session, firm, "xlsx", "fr")))
    sheet, about, codes = book.worksheets
    assert [sheet.title, about.title, codes.title] == ["Chaînes", "À propos", "Codes"]
    assert sheet["A1"].comment.text and sheet["B2"].data_type == "s"
    offered = {
        str(rule.sqref).split(":")[0][:-1]: rule for rule in sheet.data_validations.dataValidation
    }
    assert len(offered) >= 10
    explained = {row[0].value: row[3].value for row in about.iter_rows(min_row=6)}
    assert all(explained[cell.value] for cell in sheet[1])
    texts = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in texts] == ["s"]


def test_a_csv_cell_is_never_a_formula(session, firm, lines):
    rows = csv.reader(io.StringIO(as_file(session, firm, "csv", "en").decode("utf-8-sig")))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


# The dry run


def test_a_dry_run_says_what_would_change_and_changes_nothing(session, firm, lines):
    content = with_cell(as_file(session, firm, "csv", "en"), 2, "trl", "8")
    upload = upload_file(session, ME, firm.id, "lines.csv", content)
    session.commit()
    assert tally(upload.plan) == {"changed": 1, "unchanged": 1}
    assert upload.plan[0]["changes"] == {"trl": [9, 8]}
    assert session.scalars(select(ProductionLine.trl).order_by(ProductionLine.id)).first() == 9


def test_findings_name_the_line_the_column_and_what_to_do(session, firm, lines):
    content = as_file(session, firm, "csv", "en")
    content = with_cell(content, 2, "trl", "12")
    content = with_cell(content, 3, "input_category_code", "XXX-99")
    content = with_cell(content, 4, "reference", "")
    plan = make_plan(session, firm.id, content)
    assert actions(plan) == ["refused", "refused"]
    (fault,) = plan[0].faults  # the shape first; what it refers to once that is right
    assert (fault["line"], fault["column"], fault["value"]) == (
        2, "Technology readiness (TRL)", "12",
    )  # fmt: skip
    assert fault["reason"] == "Write a number from 1 to 9."
    plan = make_plan(session, firm.id, with_cell(content, 2, "trl", "9"))
    assert [(f["line"], f["value"]) for f in plan[0].faults] == [(3, "XXX-99")]
    assert plan[1].faults[0]["column"] == "Your reference"


def test_the_reader_of_the_file_is_told_in_french(session, firm, lines):
    content = with_cell(as_file(session, firm, "csv", "en"), 2, "trl", "12")
    with force_locale("fr_CA"):
        (fault, *_rest) = make_plan(session, firm.id, content)[0].faults
    assert fault["reason"] == "Écrivez un nombre de 1 à 9."


def test_a_line_described_twice_is_refused(session, firm, lines):
    content = as_file(session, firm, "csv", "en")
    plan = make_plan(session, firm.id, with_cell(content, 3, "trl", "7"))
    assert plan[0].action == "refused" and plan[0].faults[0]["line"] == 3
    numbered = with_cell(content, 4, "reference", f"#{lines[0].id}")
    assert actions(make_plan(session, firm.id, numbered)) == ["unchanged", "refused"]


def test_a_line_of_another_firm_cannot_be_reached(session, firm, lines, source):
    content = as_file(session, firm, "csv", "en")
    stranger = f"#{lines[1].id + 1000}"
    assert actions(make_plan(session, firm.id, with_cell(content, 4, "reference", stranger))) == [
        "unchanged", "refused",
    ]  # fmt: skip


def test_a_column_that_is_left_out_stays_and_a_blank_one_is_unknown(session, firm, lines):
    def without_trl(rows):
        place = of(rows, "trl")
        return [[cell for i, cell in enumerate(row) if i != place] for row in rows]

    content = as_file(session, firm, "csv", "en")
    assert actions(make_plan(session, firm.id, edited(content, without_trl))) == ["unchanged"] * 2
    plan = make_plan(session, firm.id, with_cell(content, 2, "trl", ""))
    assert plan[0].changes == {"trl": [9, None]}


def test_inputs_come_whole_or_not_at_all(session, firm, lines):
    def without_ratio(rows):
        place = of(rows, "input_units_per_unit")
        return [[cell for i, cell in enumerate(row) if i != place] for row in rows]

    def lines_only(rows):
        last = of(rows, "next_review_on") + 1
        return [row[:last] for row in rows]

    content = as_file(session, firm, "csv", "en")
    with pytest.raises(RuleBroken, match="Keep all columns"):
        make_plan(session, firm.id, edited(content, without_ratio))
    assert actions(make_plan(session, firm.id, edited(content, lines_only))) == ["unchanged"] * 2


# Applying


def changed_file(session, firm, trl="8"):
    content = with_cell(as_file(session, firm, "csv", "en"), 2, "trl", trl)

    def add(rows):
        row = [""] * len(rows[0])
        new = {"reference": "new 1", "product_en": "Mortar bombs", "category_code": "AMM-04"}
        for column, text in new.items():
            row[of(rows, column)] = text
        return [*rows, row]

    return edited(content, add)


def test_what_was_shown_is_what_is_applied_and_twice_changes_nothing(session, firm, lines):
    content = changed_file(session, firm)
    upload = upload_file(session, ME, firm.id, "lines.csv", content)
    assert tally(upload.plan) == {"changed": 1, "unchanged": 1, "added": 1}
    assert apply_upload(session, ME, upload)
    session.commit()
    after = list_lines(session, firm.id)
    assert [(line.trl, line.reference) for line in after] == [
        (8, "A1"), (None, None), (None, "new 1"),
    ]  # fmt: skip
    assert after[2].evidence == "declared" and after[2].unit == "round"
    done = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert done[-4:] == ["bulk.upload", "line.change", "line.add", "bulk.apply"]
    with pytest.raises(Conflict):
        apply_upload(session, ME, upload)
    session.rollback()
    again = upload_file(session, ME, firm.id, "lines.csv", content)
    assert tally(again.plan) == {"unchanged": 3}


def test_good_lines_are_applied_without_the_refused(session, firm, lines):
    content = with_cell(changed_file(session, firm), 4, "product_fr", "x" * 201)
    upload = upload_file(session, ME, firm.id, "lines.csv", content)
    assert tally(upload.plan) == {"changed": 1, "refused": 1, "added": 1}
    assert apply_upload(session, ME, upload)
    assert [line.product_fr for line in list_lines(session, firm.id)][1] == "Fusées"


def test_a_stale_dry_run_is_told_and_made_again(session, firm, lines):
    upload = upload_file(session, ME, firm.id, "lines.csv", changed_file(session, firm))
    session.commit()
    other = LineSchema().load({**FULL, "trl": 7})
    save_line(session, ME, firm.id, other, lines[0].id)
    session.commit()
    assert not apply_upload(session, ME, upload)
    session.commit()
    assert upload.state == "checked" and upload.plan[0]["changes"]["trl"] == [7, 8]
    assert list_lines(session, firm.id)[0].trl == 7
    assert apply_upload(session, ME, upload)


def test_two_who_apply_at_once_apply_once(engine, session, firm, lines):
    upload = upload_file(session, ME, firm.id, "lines.csv", changed_file(session, firm))
    session.commit()
    outcomes, gate = [], threading.Barrier(2)

    def press():
        with Session(engine, expire_on_commit=False) as own:
            mine = own.get(BulkUpload, upload.id)
            own.rollback()
            gate.wait()
            try:
                outcomes.append(apply_upload(own, ME, mine))
                own.commit()
            except Conflict:
                own.rollback()
                outcomes.append("told")

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["True", "told"]
    session.expire_all()
    assert len(list_lines(session, firm.id)) == 3


# Files that mean harm, or nothing


def workbook_with(name, content):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\0\0",
        b"Your reference\n",
        b"something,else\n1,2\n",
        b"Your reference,Your reference\nA,B\n",
        b'Your reference,"unclosed\nA1,1',
        "Your reference\nA\u00e9".encode("latin-1"),
        "Your reference\nA1".encode("utf-16"),
        b"x" * (MOST_BYTES + 1),
        b"PK\x03\x04 not an archive",
        workbook_with("xl/workbook.xml", b"<a/>"),
        workbook_with("xl/worksheets/sheet1.xml", b"<" + b"x" * (40 * 1024 * 1024)),
        gzip.compress(b"Your reference\n" + b"A1,\n" * 5_000_000),
        b"Your reference\n" + b"A1\n" * 6_000,
    ],
    ids=[
        "empty", "binary", "no rows", "other columns", "doubled column", "unclosed", "latin-1",
        "utf-16", "large", "broken archive", "no sheet", "bomb", "gzip bomb", "many rows",
    ],
)  # fmt: skip
def test_a_file_that_is_no_template_is_refused_with_words(app, session, firm, content):
    with pytest.raises(RuleBroken) as caught:
        make_plan(session, firm.id, content)
    assert caught.value.message


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_rows_that_are_broken_are_findings(session, firm, lines):
    content = as_file(session, firm, "csv", "en") + b'A9,"x"y,\r\nA8' + b",1" * 200 + b"\r\n"
    plan = make_plan(session, firm.id, content)
    assert actions(plan) == ["unchanged", "unchanged", "refused", "refused"]
    assert all(fault["reason"] for entry in plan for fault in entry.faults)
