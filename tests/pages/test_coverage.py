"""Output by month and what a contract would unlock: who is told which figures, and what of."""

import datetime as dt
from collections import defaultdict

import pytest
from sqlalchemy import delete, select

from registry.accounts.models import User
from registry.audit.models import AuditEvent
from registry.capabilities.models import ProductionLine
from registry.coverage.service import DATES
from registry.coverage.sums import safe_sums
from registry.db import db
from registry.disclosures.models import Disclosure
from registry.disclosures.service import NotLogged
from registry.grants.service import give_grant
from registry.taxonomy.models import ShortfallCategory
from registry.visibility.table import Field, Reader

OWN, OTHER, THIRD = "northline-ordnance", "forges-du-saguenay", "prairie-precision-tube"
HERE = "/en/shortfalls/AMM-01/output"
SUMMED = "/en/shortfalls/LOG-04/output"  # three firms of like size
DAY = dt.date(2026, 11, 25)


@pytest.fixture(scope="session")
def line_ids(demo_app, firm_ids):
    """The first line of each firm by its key."""
    with demo_app.app_context():
        query = select(ProductionLine.firm_id, ProductionLine.id).order_by(ProductionLine.id.desc())
        first = dict(db.session.execute(query).all())
    return {key: first.get(number) for key, number in firm_ids.items()}


@pytest.fixture(scope="session")
def contract_at(firm_ids, line_ids):
    def address(key, typed="", language="en"):
        return f"/{language}/firms/{firm_ids[key]}/lines/{line_ids[key]}/contract{typed}"

    return address


def answers(page):
    return [p.text for p in page.all("p", class_="answer")]


# Output of a category


@pytest.mark.parametrize("role", ["official", "auditor", "administrator"])
def test_those_who_may_see_all_are_answered_first(page_of, role):
    page = page_of(HERE, role)
    (answer,) = answers(page)
    assert answer.startswith("If nothing is signed, Canadian output is")
    assert "; if every investment is made, it is" in answer
    assert "3 firms, 4 lines · all state their rate now" in page.text
    assert page.one("svg", class_="chart").one("title") and page.one("svg", class_="chart").one(
        "desc"
    )


def test_table_and_answer_agree(page_of):
    page = page_of(HERE, "official")
    rows = {
        row.all("th")[0].text: [cell.text for cell in row.all("td")]
        for row in page.one("table", class_="figures").all("tr")[1:]
    }
    bold = [b.text for b in page.one("p", class_="answer").all("b")]
    assert bold == [rows[str(m)][-1] for m in DATES] + [rows[str(m)][-4] for m in DATES]


def test_firms_are_ranked_by_what_they_add(page_of):
    page = page_of(HERE, "official")
    rows = [row for row in page.one("table", class_="results").all("tr") if row.all("a")]
    added = [int(row.all("td", class_="r")[0].text.replace(",", "")) for row in rows]
    assert added == sorted(added, reverse=True) and len(added) == 3
    assert len(page.one("table", class_="results").all("details")) == 3  # each with why


def test_what_firms_make_for_each_other_is_told(page_of):
    page = page_of(HERE, "official")
    assert "What firms make for each other" in page.text
    assert "Forged and machined shell body holds it back from month" in page.text


def test_the_sum_is_less_than_what_each_could_do_alone(page_of):
    """Bodies that become shells are not counted beside them."""
    page = page_of(HERE, "official")
    rows = [row for row in page.one("table", class_="results").all("tr") if row.all("a")]
    cells = [[c.text.replace(",", "") for c in row.all("td", class_="r")] for row in rows]
    table = page.one("table", class_="figures").all("tr")[-1].all("td")
    likely = int(table[-4].text.replace(",", ""))
    assert sum(int(row[2]) for row in cells) == pytest.approx(likely, abs=2)
    assert sum(int(row[0]) for row in cells) > likely


def test_areas_stand_for_evidence_or_for_firms(page_of):
    def legend(address):
        return [
            span.text
            for span in page_of(address, "official").one("div", class_="legend").all("span")
        ]

    assert legend(HERE) == ["Site-verified", "Documented"]
    names = [a.text for a in page_of(HERE, "official").one("table", class_="results").all("a")]
    by_firm = legend(f"{HERE}?by=firm")
    assert len(by_firm) == 2 and set(by_firm) < set(names)


@pytest.mark.parametrize("role", ["visitor", "rival", "unnamed"])
def test_others_are_told_no_figure_but_why_not(page_of, secrets_in, role):
    page = page_of(HERE if role != "rival" else HERE + "?quantity=60000&month=24", role)
    told = {kind for key, kind in secrets_in(page.text) if role != "rival" or key == OWN}
    assert not told  # in words: a path of the chart holds any figures
    assert "It takes at least three, none of them far larger than the rest." in page.text
    assert bool(page.all("svg", class_="chart")) == (role == "rival")  # of its own line alone


def test_an_official_without_need_to_know_sees_bands_by_name(page_of):
    page = page_of(HERE, "unnamed")
    names = [row.one("a").text for row in page.one("table", class_="stacked").all("tr")[1:]]
    assert names == sorted(names) and len(names) == 4
    assert "50,000–99,999" in page.text and "ask an administrator" in page.text


def test_a_firm_sees_its_own_lines_alone(page_of, firm_ids):
    page = page_of(HERE, "firm")
    assert answers(page)[0].startswith("Of the lines whose figures you may see:")
    links = {a["href"] for a in page.one("table", class_="results").all("a")}
    assert f"/en/firms/{firm_ids[OWN]}" in links
    assert f"/en/firms/{firm_ids[OTHER]}" not in links


def test_need_to_know_of_one_firm_shows_that_firm(own_app, sign_in, html, firm_ids, secrets_in):
    with own_app.app_context():
        people = {user.email.split("@")[0]: user.id for user in db.session.scalars(select(User))}
        until, firm = dt.date(2099, 1, 1), {"firm_id": firm_ids[OWN]}
        give_grant(
            db.session, people["admin"], people["fonctionnaire"], "firm", until, "Test.", **firm
        )
        db.session.commit()
    page = html(sign_in(own_app, "unnamed").get(HERE))
    assert answers(page)[0].startswith("Of the lines whose figures you may see:")
    assert (OTHER, "rates") not in secrets_in(page.html)
    rows = [row for row in page.one("table", class_="results").all("tr") if row.all("a")]
    assert len(rows) == 1 and "Northline" in rows[0].text


@pytest.mark.parametrize("role", ["visitor", "firm", "unnamed"])
def test_a_hidden_figure_changes_no_answer(own_app, sign_in, html, change_figures, role):
    client = sign_in(own_app, role)
    before = html(client.get(HERE)).one("main").text
    change_figures(own_app, OTHER)
    assert html(client.get(HERE)).one("main").text == before


# Sums over firms


@pytest.fixture
def three_alike(own_app):
    """The category's three firms with all of their rates free."""
    with own_app.app_context():
        lines = select(ProductionLine).where(ProductionLine.category_code == "LOG-04")
        for place, line in enumerate(db.session.scalars(lines.order_by(ProductionLine.id)), 1):
            line.current_rate_per_month, line.committed_share = 100 + 11 * place, 0
            line.rated_rate_per_month, line.surge_rate_per_month = 200 + 13 * place, None
            line.months_to_rated = 6
            for step in ("current", "rated", "surge"):
                for end in ("low", "high"):
                    setattr(line, f"{step}_rate_{end}_per_month", None)
        db.session.commit()
    return own_app


def test_a_safe_sum_is_shown_rounded_to_everyone(three_alike, sign_in, html):
    """366 a month now; 678 from month 6 on, in a straight line before."""
    for role in ("visitor", "rival", "unnamed"):
        head = html(sign_in(three_alike, role).get(SUMMED)).one("div", class_="head").text
        assert "if nothing is signed, 4,400 by month 12, 8,800 by month 24 and 13,000" in head
        assert "if every investment is made, 7,200 by month 12, 15,000 by month 24" in head
        assert "limits of inputs are not counted" in head


def test_what_two_sums_would_tell_hides_one(three_alike):
    """Only one firm adds anything, so that the difference of both sums would be its own figure."""
    with three_alike.test_request_context():
        lines = select(ProductionLine).where(ProductionLine.category_code == "LOG-04")
        for line in db.session.scalars(lines.order_by(ProductionLine.id)).all()[1:]:
            line.rated_rate_per_month = None
        db.session.flush()
        sums = safe_sums(db.session, Reader.VISITOR, "LOG-04", DAY)
        assert sums.now == (4400, 8800, 13000) and sums.invested is None
        db.session.rollback()


@pytest.mark.parametrize("firms", [1, 2])
def test_no_sum_of_fewer_than_three(three_alike, firms):
    with three_alike.test_request_context():
        lines = select(ProductionLine).where(ProductionLine.category_code == "LOG-04")
        for line in db.session.scalars(lines.order_by(ProductionLine.id)).all()[firms:]:
            db.session.delete(line)
        db.session.flush()
        sums = safe_sums(db.session, Reader.VISITOR, "LOG-04", DAY)
        assert (sums.now, sums.invested) == (None, None)
        db.session.rollback()


def test_one_large_firm_hides_the_sum(three_alike):
    with three_alike.test_request_context():
        lines = select(ProductionLine).where(ProductionLine.category_code == "LOG-04")
        line = db.session.scalars(lines.order_by(ProductionLine.id.desc())).first()
        line.current_rate_per_month = line.rated_rate_per_month = 900_000
        db.session.flush()
        assert safe_sums(db.session, Reader.VISITOR, "LOG-04", DAY).now is None
        db.session.rollback()


# A need


def test_a_need_is_answered_with_what_is_missing(page_of):
    page = page_of(f"{HERE}?quantity=600,000&month=24", "official")
    assert page.status == 200
    first = answers(page)[0]
    assert "of the 600,000 needed come by month 24." in first and "are missing." in first
    cells = page.one("div", class_="horizons").all("div", class_="big")
    wanted = [cell.text.split(" of ")[1] for cell in cells]
    assert wanted == ["300,000", "600,000", "600,000"]
    assert "What holds it back" in page.text and "One more a month then adds" in page.text
    assert "source not stated" in page.text


def test_two_needs_with_dates_and_sources_stand_beside_each_other(page_of):
    typed = (
        "?quantity=60000&month=24&quantity_2=90000&month_2=36&source=Letter+12"
        "&other_quantity=10&other_month=18&other_source=Exercise"
    )
    page = page_of(HERE + typed, "official")
    first, second = answers(page)[:2]
    assert first.startswith("Need A:") and "of the 90,000 needed come by month 36" in first
    assert second.startswith("Need B:") and second.endswith("Nothing is missing.")
    assert "Source: Letter 12" in page.text and "Source: Exercise" in page.text
    wanted = [
        [row.all("td")[0].text for row in table.all("tr")[1:]]
        for table in page.all("table", class_="stacked")[:2]
    ]
    assert wanted[0] == ["30,000", "60,000", "90,000"]
    assert wanted[1] == ["7", "10", "10", "10"]  # with its own date, month 18


def test_a_small_need_is_met(page_of):
    assert "Nothing is missing." in page_of(f"{HERE}?quantity=10&month=36", "official").text


@pytest.mark.parametrize(
    ("typed", "language", "kept", "said"),
    [
        ("quantity=60000", "en", "60000", "Write by which month, from 1 to 36."),
        ("month=12", "en", "", "Write how many are needed, such as 60000."),
        ("quantity=many&month=12", "en", "many", "Write a number, such as 1200 or 2.5."),
        ("quantity=60 000", "fr", "60 000", "Écrivez d’ici quel mois, de 1 à 36."),
        ("quantity=5&month=37", "fr", "5", "36"),
        ("quantity=5&month=9&quantity_2=4&month_2=12", "en", "5", "at least as many"),
        ("quantity=5&month=9&quantity_2=7&month_2=9", "en", "5", "each month once"),
        ("quantity=5&month=9&other_month=9", "en", "5", "Write how many are needed"),
    ],
)
def test_what_is_wrong_is_said_and_kept(page_of, typed, language, kept, said):
    page = page_of(f"/{language}/shortfalls/AMM-01/output?{typed}", "official")
    assert page.status == 422
    assert [said in error.text for error in page.all("span", class_="error")] == [True]
    assert page.one("input", id="quantity").attributes["value"] == kept


def test_a_category_that_no_one_makes_is_said(own_app, sign_in, html):
    with own_app.app_context():
        db.session.execute(delete(ProductionLine).where(ProductionLine.category_code == "PER-03"))
        db.session.commit()
    page = html(sign_in(own_app, "official").get("/en/shortfalls/PER-03/output"))
    assert answers(page) == ["No firm of the registry states a production line for it."]


# A contract


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "2,400 over 24 months opens the existing plant."),
        ("?quantity=100&term=36", "An order of 100 over 36 months opens nothing."),
        ("?quantity=2400&term=24", "An order of 2,400 over 24 months opens the existing plant."),
        ("?quantity=9,600&term=36", "opens the existing plant and the investment."),
    ],
)
def test_an_order_opens_its_steps(page_of, contract_at, typed, said):
    page = page_of(contract_at(THIRD, typed), "official")
    assert page.status == 200 and said in answers(page)[0]
    assert "9,600 over 36 months opens the investment." in page.one("span", id="quantity-hint").text


def test_what_is_added_and_what_one_costs(page_of, contract_at):
    """By hand: (0 + 800) / 2 x 14 to month 14, to 1,500 in month 24, then 12 months of that.

    5,600 + 11,500 + 18,000 = 35,100; 70.2 M$ over them is 2,000 $ each.
    """
    page = page_of(contract_at(THIRD, "?quantity=9600&term=36&price=70200000"), "official")
    answer = answers(page)[0]
    assert "It adds 35,100 by month 36" in answer and "$2,000 for each unit added." in answer
    cells = [c.text for c in page.one("table", class_="stacked").all("tr")[3].all("td")]
    assert cells[:3] == ["0", "35,100", "35,100"]


def test_a_contract_may_begin_later(page_of, contract_at):
    """12 months later: what was added by month 24 is added by month 36."""
    at_once = page_of(contract_at(THIRD, "?quantity=9600&term=36"), "official")
    later = page_of(contract_at(THIRD, "?quantity=9600&term=36&start=12"), "official")
    cells = [
        [row.all("td")[2].text for row in page.one("table", class_="stacked").all("tr")[1:]]
        for page in (at_once, later)
    ]
    assert cells[1] == ["0", *cells[0][:2]]
    assert "The contract begins after 12 months." in later.text
    assert "The contract begins today." in at_once.text
    refused = page_of(contract_at(THIRD, "?quantity=9600&term=36&start=37"), "official")
    assert refused.status == 422 and refused.one("input", id="start")["value"] == "37"


def test_nothing_typed_is_lost(page_of, contract_at):
    page = page_of(contract_at(THIRD, "?quantity=9600&price=lots"), "official")
    assert page.status == 422
    assert page.one("input", id="quantity")["value"] == "9600"
    assert page.one("input", id="price")["value"] == "lots"


@pytest.mark.parametrize(("role", "status"), [("firm", 200), ("rival", 403), ("unnamed", 403)])
def test_a_contract_is_for_the_firm_and_those_who_need_to_know(
    page_of, contract_at, secrets_in, role, status
):
    page = page_of(contract_at(OWN, "?quantity=60000&term=36"), role)
    assert page.status == status
    if status == 403:
        assert not {kind for key, kind in secrets_in(page.html) if key == OWN}


def test_a_line_of_another_firm_is_not_there(page_of, firm_ids, line_ids):
    address = f"/en/firms/{firm_ids[OWN]}/lines/{line_ids[OTHER]}/contract"
    assert page_of(address, "official").status == 404


# The access log


@pytest.mark.parametrize("role", ["official", "firm"])
def test_what_the_state_sees_is_logged(own_app, sign_in, firm_ids, contract_at, role):
    client = sign_in(own_app, role)
    with own_app.app_context():
        db.session.execute(delete(Disclosure))
        db.session.commit()
    assert client.get(contract_at(OWN)).status_code == 200
    with own_app.app_context():
        rows = db.session.scalars(select(Disclosure)).all()
    if role == "firm":
        assert not rows
        return
    (row,) = rows
    told = {Field.LINE_RATES, Field.LINE_COMMERCIAL, Field.LINE_INPUTS}
    assert (row.firm_id, set(row.fields)) == (firm_ids[OWN], told)
    assert client.get(HERE).status_code == 200
    with own_app.app_context():
        firms = set(db.session.scalars(select(Disclosure.firm_id)))
    told = {OWN, OTHER, THIRD, "cobequid-fuze", "nickel-belt-energetics", "bandes-estrie"}
    assert firms >= {firm_ids[key] for key in told}  # suppliers too: the figures rest on theirs


def test_what_cannot_be_logged_is_not_shown(
    own_app, sign_in, html, contract_at, secrets_in, monkeypatch
):
    def refuse(*_args):
        raise NotLogged

    client = sign_in(own_app, "official")
    monkeypatch.setattr("registry.disclosures.views.note_disclosure", refuse)
    page = html(client.get(HERE))
    assert page.status == 200 and not page.all("svg", class_="chart")
    assert not secrets_in(page.html)
    refused = html(client.get(contract_at(OWN)))
    assert refused.status == 503 and not secrets_in(refused.html)


# Single and sole sources


@pytest.mark.parametrize("role", ["official", "auditor", "administrator"])
def test_sources_are_counted_and_the_reading_audited(own_app, sign_in, html, role):
    page = html(sign_in(own_app, role).get("/en/resilience"))
    rows = page.all("table", class_="stacked")[0].all("tr")[1:]
    counts = [[int(cell.text) for cell in row.all("td", class_="r")[:6]] for row in rows]
    assert counts == sorted(counts, key=lambda row: (-row[0], -row[1], -sum(row[:4])))
    with own_app.app_context():
        lines = db.session.scalars(select(ProductionLine)).all()
        sole = {line.id for line in lines for item in line.inputs if item.sourcing == "sole"}
        events = select(AuditEvent.action).where(AuditEvent.subject == "resilience")
        assert db.session.scalars(events).all() == ["resilience.read"]
        told = set(db.session.scalars(select(Disclosure.firm_id)))
    assert sum(row[0] for row in counts) >= len(sole) > 0
    assert {line.firm_id for line in lines} == told


def test_concentration_is_that_of_what_is_stated(own_app, sign_in, html):
    """Shells by firm today, and who brings the input with most suppliers, squared by hand."""
    page = html(sign_in(own_app, "official").get("/en/resilience"))
    inputs, needs = page.all("table", class_="stacked")
    with own_app.app_context():
        lines = db.session.scalars(select(ProductionLine)).all()
        made, brought = defaultdict(float), defaultdict(lambda: defaultdict(float))
        for line in lines:
            if line.category_code == "AMM-01" and line.current_rate_per_month is not None:
                made[line.firm_id] += float(line.current_rate_per_month)
            for item in line.inputs:
                if item.category_code and item.supplier_rate_per_month is not None:
                    by = item.supplier_firm_id or item.supplier_name
                    brought[item.category_code][by] += float(item.supplier_rate_per_month)
        categories = {
            one.code: one.title_en for one in db.session.scalars(select(ShortfallCategory))
        }
    most = max(brought, key=lambda code: len(brought[code]))
    for table, code, amounts in ((needs, "AMM-01", made), (inputs, most, brought[most])):
        (row,) = [
            one
            for one in table.all("tr")
            if one.all("th") and one.all("th")[0].text == f"{categories[code]} {code}"
        ]
        total = sum(amounts.values())
        index = sum((one / total) ** 2 for one in amounts.values())
        assert len(amounts) > 1 and 0 < index < 1
        assert row.all("td", class_="r")[-1].text == f"{index:.2f}".rstrip("0")


def test_without_need_to_know_no_source_is_told(own_app, sign_in, html):
    page = html(sign_in(own_app, "unnamed").get("/en/resilience"))
    assert page.status == 200 and not page.all("table")
    assert "shown to those with need to know" in page.text
    with own_app.app_context():
        events = select(AuditEvent).where(AuditEvent.subject == "resilience")
        assert not db.session.scalars(events).all()


def test_the_links_of_the_chart_keep_what_was_typed_and_nothing_else(page_of):
    odd = "&_external=1&_scheme=javascript&code=LOG-04&language=fr"
    page = page_of(f"{HERE}?quantity=9&month=12{odd}", "official")
    links = [a["href"] for a in page.one("nav", class_="tabs").all("a")]
    assert links == [f"{HERE}?by={by}&quantity=9&month=12" for by in ("evidence", "firm")]


# The supply chain

CHAIN = "/en/shortfalls/AMM-01/supply-chain"


@pytest.mark.parametrize("role", ["official", "auditor", "administrator"])
def test_the_supply_chain_is_drawn_and_listed_and_the_reading_audited(
    own_app, sign_in, html, firm_ids, role
):
    page = html(sign_in(own_app, role).get(CHAIN))
    drawn = page.one("svg", class_="flow")
    boxes, listed = drawn.all("a"), page.one("table", class_="stacked").all("tr")[1:]
    assert len(boxes) > 12 and len(listed) > 20
    assert len(drawn.all("path", class_="sole")) == 5 and "only one exists" in page.text
    with own_app.app_context():
        event = db.session.scalars(
            select(AuditEvent).where(AuditEvent.action == "supply-chain.read")
        ).one()
        told = set(db.session.scalars(select(Disclosure.firm_id)))
    assert event.detail["category"] == "AMM-01" and event.detail["supplier"] is None
    assert told >= {firm_ids[key] for key in (OWN, OTHER, THIRD, "cobequid-fuze")}


def test_who_stops_is_one_click_away(own_app, sign_in, html, firm_ids):
    client = sign_in(own_app, "official")
    page = html(client.get(CHAIN))
    cobequid = f"{CHAIN}?stops=firm:{firm_ids['cobequid-fuze']}".replace(":", "%3A")
    assert {cobequid, cobequid.replace("%3A", ":")} & {a["href"] for a in page.all("a")}
    page = html(client.get(cobequid))
    assert "stops," in answers(page)[0] and "lines stop with it." in answers(page)[0]
    assert len(page.all("g", class_="stopped")) >= 4  # two fuze lines, two lines of shells
    with own_app.app_context():
        events = select(AuditEvent).where(AuditEvent.action == "supply-chain.read")
        last = db.session.scalars(events.order_by(AuditEvent.id.desc())).first()
        told = set(db.session.scalars(select(Disclosure.firm_id)))
        makers = select(ProductionLine.firm_id).where(ProductionLine.category_code == "AMM-04")
        mortars, every = (
            set(db.session.scalars(q)) for q in (makers, select(ProductionLine.firm_id))
        )
    assert last.detail["supplier"] == f"firm:{firm_ids['cobequid-fuze']}"
    assert mortars <= told < every  # of other categories those that stop, and no more


def test_nobody_of_that_name_is_said(page_of):
    page = page_of(f"{CHAIN}?stops=outside:nobody", "official")
    assert page.status == 200 and "Nobody of that name has a part" in page.text


def test_without_need_to_know_no_supplier_is_told(own_app, sign_in, html):
    page = html(sign_in(own_app, "unnamed").get(CHAIN))
    assert page.status == 200 and not page.all("svg", class_="flow") and not page.all("table")
    assert "shown to those with need to know" in page.text
    with own_app.app_context():
        events = select(AuditEvent).where(AuditEvent.action == "supply-chain.read")
        assert not db.session.scalars(events).all()


# A firm's own lines


def test_a_firm_reads_how_far_its_own_lines_get(page_of, firm_ids, secrets_in):
    page = page_of(f"/en/firms/{firm_ids[OWN]}/capacity", "firm")
    assert len(page.all("svg", class_="chart")) == len(page.all("table", class_="stacked")) == 2
    assert len({title["id"] for title in page.all("title") if "id" in title.attributes}) == 2
    assert "What sets the pace" in page.text and "What would unlock more" in page.text
    assert not {key for key, _kind in secrets_in(page.html) if key == OTHER}
    assert f"/en/firms/{firm_ids[OWN]}/capacity" in page_of("/en/my-firm", "firm").addresses


def test_no_other_firms_figure_enters_it(own_app, sign_in, html, firm_ids):
    """Not even that of a firm which the lines are supplied by."""
    client, address = sign_in(own_app, "firm"), f"/en/firms/{firm_ids[OWN]}/capacity"
    before = html(client.get(address)).one("main").text
    with own_app.app_context():
        for line in db.session.scalars(
            select(ProductionLine).where(ProductionLine.firm_id != firm_ids[OWN])
        ):
            line.current_rate_per_month = line.rated_rate_per_month = 1
            line.surge_rate_per_month = None
            for step in ("current", "rated", "surge"):
                for end in ("low", "high"):
                    setattr(line, f"{step}_rate_{end}_per_month", None)
        db.session.commit()
    assert html(client.get(address)).one("main").text == before


def test_a_line_without_a_rate_has_no_curve(own_app, sign_in, html, firm_ids):
    with own_app.app_context():
        for line in db.session.scalars(
            select(ProductionLine).where(ProductionLine.firm_id == firm_ids[OWN])
        ):
            line.current_rate_per_month = line.committed_share = None
            line.current_rate_low_per_month = line.current_rate_high_per_month = None
        db.session.commit()
    page = html(sign_in(own_app, "firm").get(f"/en/firms/{firm_ids[OWN]}/capacity"))
    assert not page.all("svg", class_="chart")
    assert "you do not state what the line makes a month now" in page.text


def test_reading_ones_own_lines_is_no_view_by_the_state(own_app, sign_in, firm_ids):
    client = sign_in(own_app, "firm")
    assert client.get(f"/en/firms/{firm_ids[OWN]}/capacity").status_code == 200
    with own_app.app_context():
        assert not db.session.scalars(select(Disclosure)).all()
