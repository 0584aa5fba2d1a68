"""What firms can add beside their fit: who may order by it; the order tells no one more."""

import datetime as dt

import pytest
from sqlalchemy import delete, select

from registry.accounts.models import User
from registry.capabilities.models import ProductionLine
from registry.db import db
from registry.disclosures.models import Disclosure
from registry.disclosures.service import NotLogged
from registry.grants.service import give_grant
from registry.visibility.table import Field

OWN, OTHER, THIRD = "northline-ordnance", "forges-du-saguenay", "prairie-precision-tube"
HERE = "/en/shortfalls/AMM-01"
ADDS = f"{HERE}?order=adds&by=36"


def rows(page):
    return [
        row
        for row in page.one("table", class_="results").all("tr")
        if row.attributes.get("id", "").startswith("firm-")
    ]


def order(page):
    return [row["id"] for row in rows(page)]


def added(row):
    text = row.all("td", class_="r")[1].one("b").text
    return int(text.replace(",", ""))


def known(page):
    return [row for row in rows(page) if row.all("td", class_="r")[1].all("b")]


@pytest.mark.parametrize("role", ["official", "auditor", "administrator"])
def test_those_who_may_know_order_by_what_firms_add(page_of, firm_ids, role):
    page = page_of(ADDS, role)
    figures = [added(row) for row in known(page)]
    assert len(figures) == 3 and figures == sorted(figures, reverse=True)
    ids = {f"firm-{firm_ids[key]}" for key in (OWN, OTHER, THIRD)}
    assert set(order(page)[:3]) == ids  # those of which nothing is known come after
    assert "Firms, by what they can add by month 36" in page.text


def test_it_is_beside_the_fit_and_no_part_of_it(page_of):
    plain, other = page_of(HERE, "official"), page_of(ADDS, "official")
    fits = [
        {row["id"]: row.one("td", class_="fit").one("b").text for row in rows(page)}
        for page in (plain, other)
    ]
    assert fits[0] == fits[1]
    why = known(other)[0].next().text
    assert "What it can add by month 36" in why and "It is no part of the fit." in why


def test_unknown_stays_unknown(own_app, sign_in, html, firm_ids):
    with own_app.app_context():
        lines = select(ProductionLine).where(ProductionLine.firm_id == firm_ids[OTHER])
        for line in db.session.scalars(lines):
            line.current_rate_per_month = line.rated_rate_per_month = None
            line.surge_rate_per_month = line.committed_share = None
        db.session.commit()
    page = html(sign_in(own_app, "official").get(ADDS))
    row = page.one(id=f"firm-{firm_ids[OTHER]}")
    assert row.all("td", class_="r")[1].text == "not stated"
    assert order(page).index(row["id"]) >= 2


def test_the_date_can_be_chosen(page_of):
    by_12 = {
        row["id"]: added(row) for row in known(page_of(f"{HERE}?order=adds&by=12", "official"))
    }
    by_36 = {row["id"]: added(row) for row in known(page_of(ADDS, "official"))}
    assert all(by_12[key] < by_36[key] for key in by_12)


@pytest.mark.parametrize("role", ["visitor", "unnamed"])
def test_others_are_answered_as_without_the_choice(page_of, role):
    plain, asked = page_of(HERE, role), page_of(ADDS, role)
    assert order(plain) == order(asked) and "Adds by month" not in asked.text


def test_a_firm_orders_by_its_own_figure_alone(page_of, firm_ids, secrets_in):
    page = page_of(ADDS, "firm")
    assert [row["id"] for row in known(page)] == [f"firm-{firm_ids[OWN]}"]
    assert not {key for key, _kind in secrets_in(page.html) if key == OTHER}
    plain = [one for one in order(page_of(HERE, "firm")) if one != f"firm-{firm_ids[OWN]}"]
    assert order(page)[1:] == plain


@pytest.mark.parametrize("role", ["visitor", "firm", "unnamed"])
def test_a_hidden_figure_moves_no_row(own_app, sign_in, html, change_figures, role):
    client = sign_in(own_app, role)
    before = html(client.get(ADDS)).one("main").text
    change_figures(own_app, OTHER)
    assert html(client.get(ADDS)).one("main").text == before


def test_need_to_know_of_one_firm_tells_of_that_firm(own_app, sign_in, html, firm_ids):
    with own_app.app_context():
        people = {user.email.split("@")[0]: user.id for user in db.session.scalars(select(User))}
        until, firm = dt.date(2099, 1, 1), {"firm_id": firm_ids[OWN]}
        give_grant(
            db.session, people["admin"], people["fonctionnaire"], "firm", until, "Test.", **firm
        )
        db.session.commit()
    page = html(sign_in(own_app, "unnamed").get(ADDS))
    assert [row["id"] for row in known(page)] == [f"firm-{firm_ids[OWN]}"]
    other = page.one(id=f"firm-{firm_ids[OTHER]}")
    assert other.all("td", class_="r")[1].text == "need to know"


def test_each_firm_is_logged_once_with_what_was_told_of_it(own_app, sign_in, firm_ids):
    client = sign_in(own_app, "official")
    with own_app.app_context():
        db.session.execute(delete(Disclosure))
        db.session.commit()
    assert client.get(ADDS).status_code == 200
    with own_app.app_context():
        logged = {row.firm_id: row for row in db.session.scalars(select(Disclosure))}
    assert {row.times for row in logged.values()} == {1}
    commercial = {number for number, row in logged.items() if Field.LINE_COMMERCIAL in row.fields}
    told = {firm_ids[key] for key in (OWN, OTHER, THIRD, "cobequid-fuze")}
    assert told <= commercial < logged.keys()


def test_what_cannot_be_logged_is_not_ordered_by(own_app, sign_in, html, monkeypatch):
    def refuse(*_args):
        raise NotLogged

    client = sign_in(own_app, "official")
    plain = order(html(client.get(HERE)))
    monkeypatch.setattr("registry.disclosures.views.note_disclosure", refuse)
    page = html(client.get(ADDS))
    assert page.status == 200 and "Adds by month" not in page.text
    assert [one for one in order(page) if one in plain] == plain
