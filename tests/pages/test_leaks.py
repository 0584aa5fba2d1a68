"""What is hidden must not show in anything else.

The same registry twice, differing only in a hidden figure of one firm: whoever may not see the
figure is answered the same, to the byte. That no answer can take longer either is shown by what the
database is sent: hidden columns are not even read for them.
"""

import csv
import io
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, event, select

from registry.capabilities.models import ProductionLine
from registry.db import db
from registry.feeds.models import Source
from registry.firms.models import Certificate, Identifier
from registry.firms.service import announce_changes
from registry.matches.candidates import suppliers_of
from registry.visibility.columns import FIELD_OF, may_read
from registry.visibility.table import Field, Purpose, Reader, may_see

OTHER = "forges-du-saguenay"
RIVALS = ("visitor", "firm")  # `firm` acts for a competitor
ALL = (*RIVALS, "unnamed")  # and an official without need to know


def _lines(session, firm_id):
    query = select(ProductionLine).where(ProductionLine.firm_id == firm_id)
    return session.scalars(query.order_by(ProductionLine.id)).all()


def _certificates(session, firm_id, *schemes):
    query = select(Certificate).where(Certificate.firm_id == firm_id)
    return session.scalars(query.where(Certificate.scheme.in_(schemes))).all()


def other_rates(session, firm_id):
    """Within the band that officials are shown."""
    for line in _lines(session, firm_id)[:1]:
        line.current_rate_per_month += 1234
        line.rated_rate_per_month += 2345
        line.surge_rate_per_month += 3456


def other_number(session, firm_id):
    for certificate in _certificates(session, firm_id, "DOS"):
        certificate.number = "CG-99999-Z and more"


def other_bands(session, firm_id):
    for line in _lines(session, firm_id)[:1]:
        line.current_rate_per_month = Decimal(3)
        line.rated_rate_per_month = line.surge_rate_per_month = Decimal(4_000_000)


def no_rates(session, firm_id):
    """That a figure is not stated is hidden like the figure."""
    for line in _lines(session, firm_id):
        line.current_rate_per_month = line.rated_rate_per_month = line.surge_rate_per_month = None


def other_lead_times(session, firm_id):
    for line in _lines(session, firm_id)[:1]:
        line.months_to_rated, line.months_to_surge = None, Decimal(400)


def clearance_expired(session, firm_id):
    for certificate in _certificates(session, firm_id, "CGP", "DOS", "FSC"):
        certificate.expires_on = certificate.expires_on.replace(year=2001)


def no_clearance(session, firm_id):
    held = ("CGP", "DOS", "FSC", "CPCSC")
    session.execute(
        delete(Certificate).where(Certificate.firm_id == firm_id, Certificate.scheme.in_(held))
    )


def other_identifiers(session, firm_id):
    source_id = session.scalars(select(Source.id)).first()
    for value in ("L9Z9Z", "L9Z8Z"):
        identifier = Identifier(scheme="ncage", value=value, well_formed=True, source_id=source_id)
        identifier.firm_id = firm_id
        session.add(identifier)


HIDDEN_FROM = {
    other_rates: ALL,
    other_number: ALL,
    other_bands: RIVALS,
    no_rates: RIVALS,
    other_lead_times: RIVALS,
    clearance_expired: RIVALS,
    no_clearance: RIVALS,
    other_identifiers: RIVALS,
}


def addresses(firm_id, line):
    """Whatever can be asked about the firm, in the languages taken in turn."""
    code = line.category_code
    asked = (
        "", "shortfalls", f"shortfalls/{code}", "shortfalls/AMM-01", "shortfalls/AMM-03",
        "classes/1320", "classes/1315", "search?q=forges", "search?q=obus+de+155+mm",
        "search?q=62833", "search?q=64067", "search?q=L8W5X", "search?q=CG-66291-M",
        "search?q=rate+controlled+goods+secret", f"compare?category={code}&firm={firm_id}&firm=1",
        f"compare?class=1320&firm=1&firm={firm_id}", f"compare?category={code}&firm={firm_id}",
        f"firms/{firm_id}", f"firms/{firm_id}?sort=rate", "firms/99999",
        f"shortfalls/{code}?sort=rate&least=62833",
    )  # fmt: skip
    for place, rest in enumerate(asked):
        yield f"/{('en', 'fr')[place % 2]}/{rest}"
    yield from (f"/fr/firms/{firm_id}", "/api/categories", f"/api/firms/{firm_id}", "/api/firms/0")


TOKEN = re.compile(r'(name="csrf_token"[^>]* value=)"[^"]*"')
NEEDS = (
    {"title_en": "155 mm artillery shells", "nsc": ["1320"], "limit": 200},
    {"title_fr": "corps d’obus forgés", "limit": 3},
    {"title_en": "62833 rounds a month, secret clearance"},
    {"nsc": ["9998"]},
)


def heard(answer):
    """An answer as its reader gets it, but for the tokens of their session."""
    body = TOKEN.sub(r"\1", answer.text)
    headers = {name: value for name, value in answer.headers if name != "Set-Cookie"}
    if "csrf_token" in body:
        headers.pop("Content-Length")  # that of the rest is compared as the body
    return answer.status_code, headers, body


def told(app, client, firm_id):
    """Everything that the client can be told about the firm."""
    with app.app_context():
        line = _lines(db.session, firm_id)[0]
    answers = {address: heard(client.get(address)) for address in addresses(firm_id, line)}
    for number, need in enumerate(NEEDS):
        answers[f"/api/matches {number}"] = heard(client.post("/api/matches", json=need))
    return answers


def exported(client, csrf, firm_id):
    """A shortlist with the firm on it: its page and its files."""
    data = {"csrf_token": csrf(client), "firm_id": firm_id, "category": "AMM-01"}
    address = client.post("/fr/shortlists/add", data=data).location
    page = heard(client.get(address))
    rows = list(csv.reader(io.StringIO(client.get(f"{address}/export.csv").text)))
    book = load_workbook(io.BytesIO(client.get(f"{address}/export.xlsx").data))
    cells = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert len(rows) == len(cells) == 2
    return page, rows, cells


@pytest.fixture(scope="module")
def untouched(copy_of_demo, sign_in, csrf, firm_ids):
    """What each reader is told of the registry as it is."""
    firm_id = firm_ids[OTHER]
    with copy_of_demo() as app:
        with app.app_context():
            announce_changes(db.session, [firm_id])
            db.session.commit()
        clients = {role: sign_in(app, role) for role in ALL}
        answers = {role: told(app, client, firm_id) for role, client in clients.items()}
        yield answers, exported(clients["unnamed"], csrf, firm_id)


@pytest.mark.parametrize("change", HIDDEN_FROM)
def test_a_hidden_figure_changes_no_answer(own_app, sign_in, csrf, firm_ids, untouched, change):
    firm_id = firm_ids[OTHER]
    answers, files = untouched
    with own_app.app_context():
        (before,) = suppliers_of(db.session, [firm_id])
        change(db.session, firm_id)
        announce_changes(db.session, [firm_id])
        db.session.commit()
        (after,) = suppliers_of(db.session, [firm_id])
    for role in HIDDEN_FROM[change]:
        client = sign_in(own_app, role)
        now = told(own_app, client, firm_id)
        assert now.keys() == answers[role].keys() and len(now) > 25
        for address, answer in now.items():
            assert answer == answers[role][address], (role, address)
        if role == "unnamed":
            assert exported(client, csrf, firm_id) == files
    # Of what the index is built from only the holdings may differ, which no score reads.
    assert replace(before, holdings=()) == replace(after, holdings=())


@pytest.mark.parametrize("change", [change for change in HIDDEN_FROM if change is not other_number])
def test_those_who_may_see_it_are_told(own_app, sign_in, firm_ids, change):
    """Else the test above would hold of a page that tells nothing; a number is told by none."""
    client, address = sign_in(own_app, "rival"), f"/en/firms/{firm_ids[OTHER]}"
    before = heard(client.get(address))
    with own_app.app_context():
        change(db.session, firm_ids[OTHER])
        db.session.commit()
    assert heard(client.get(address)) != before


# What the database is sent


@pytest.fixture
def statements(own_app):
    """Collects what the database is sent, after the index is open."""
    own_app.test_client().get("/en/shortfalls/AMM-01")
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    with own_app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


CASE = re.compile(r"CASE .*? END", re.DOTALL)


@pytest.mark.parametrize(
    ("role", "reader"),
    [
        ("visitor", Reader.VISITOR),
        ("firm", Reader.OTHER_FIRM),
        ("unnamed", Reader.OFFICIAL),
        ("official", Reader.NAMED_OFFICIAL),
    ],
)
def test_hidden_columns_are_not_read(own_app, sign_in, firm_ids, statements, role, reader):
    client = sign_in(own_app, role)
    statements.clear()
    firm_id = firm_ids[OTHER]
    # Pages without the firm that `firm` acts for, whose figures are read for it.
    ranked = () if role == "firm" else ("shortfalls/AMM-01", "search?q=shells")
    for rest in (f"firms/{firm_id}", f"compare?category=AMM-03&firm={firm_id}&firm=3", *ranked):
        assert client.get(f"/en/{rest}").status_code == 200
    client.get(f"/api/firms/{firm_id}")
    client.post("/api/matches", json=NEEDS[0])
    assert any("production_lines" in statement for statement in statements)
    for table, column in FIELD_OF:
        used = [s for s in statements if re.search(rf"\b{table}\.{column}\b", s)]
        if may_read(reader, table, column):
            continue
        if may_see(reader, Field.LINE_BANDS) and used:  # the database tells the band instead
            for statement in used:
                asked, _from, how = statement.partition("FROM")
                assert f"{table}.{column}" not in CASE.sub("", asked) + how
        else:
            assert not used, column


def test_the_index_is_fed_with_what_everyone_may_see():
    """And with holdings, which the gates are checked on: beside the fit, for officials."""
    for field in (Field.IDENTITY, Field.CAPABILITY, Field.AWARD, Field.CERTIFICATE, Field.LINE):
        assert may_see(Reader.VISITOR, field, Purpose.MATCH)
    for field in Field:
        if not may_see(Reader.VISITOR, field, Purpose.PAGE):
            assert not may_see(Reader.VISITOR, field, Purpose.MATCH)
