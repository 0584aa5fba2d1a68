"""An office's needs on pages: listed, ranked, set against output, and nobody else's affair."""

import io

from sqlalchemy import select

from registry.db import db
from registry.needs.models import OfficeNeed

SHELLS = "DEMO-N1"


def need_id(app, reference=SHELLS):
    with app.app_context():
        return db.session.scalars(
            select(OfficeNeed.id).where(OfficeNeed.reference == reference)
        ).one()


def test_a_need_is_listed_ranked_and_the_need_of_the_output_page(demo_app, page_of):
    page = page_of("/fr/needs", "official")
    rows = page.one("table").all("tr")[1:]
    assert [row.all("td")[0].all("span", class_="code")[0].text for row in rows] == [
        "DEMO-N1", "DEMO-N2", "DEMO-N3",
    ]  # fmt: skip
    assert "n’est plus requis" in rows[2].text
    number = need_id(demo_app)
    one = page_of(f"/en/needs/{number}", "official")
    assert "firms of the registry fit" in one.text and one.all("td", class_="firm")
    links = [a.attributes.get("href", "") for a in one.all("a")]
    output = next(link for link in links if link.startswith("/en/shortfalls/AMM-01/output?"))
    assert "quantity=60000" in output
    shown = page_of(output, "official")
    assert shown.status == 200 and shown.one("input", id="quantity")["value"] == "60000"
    assert any(link.startswith("/en/plans/new?category=AMM-01") for link in links)
    listed = page_of("/en/shortfalls/AMM-01/output", "official")
    assert "155 mm shells for training" in listed.text


def test_wherever_an_address_names_a_need_it_is_one_of_the_office(demo_app, page_of):
    number = need_id(demo_app)
    for address in (f"/en/compare?need={number}&firm=1&firm=2", f"/en/why-not?need={number}&firm=1",
                    f"/en/sites?need={number}"):  # fmt: skip
        assert page_of(address, "official").status == 200
        for role in ("unnamed", "firm", "auditor", None):
            found = page_of(address, role) if role else page_of(address)
            assert found.status == 404 and "155 mm shells for training" not in found.text
    assert page_of("/en/compare?need=x&firm=1&firm=2", "official").status == 404


def test_a_file_is_shown_before_it_is_kept(copy_of_demo, sign_in, csrf, html):
    with copy_of_demo() as app:
        client = sign_in(app, "official")
        content = b"title_en,source,priority\nTents,Fictional note,\nNothing,,urgent\n"
        sent = {"csrf_token": csrf(client), "file": (io.BytesIO(content), "needs.csv")}
        there = client.post("/en/needs/spreadsheet", data=sent)
        assert there.status_code == 302
        page = html(client.get(there.location))
        assert "Say where the need is stated" in page.text or "Write one of" in page.text
        assert len(page.one("table").all("tr")) == 3
        client.post(f"{there.location}/apply", data={"csrf_token": csrf(client)})
        assert "Tents" in html(client.get("/en/needs")).text
        for form in ("csv", "xlsx"):
            assert client.get(f"/fr/needs/template.{form}").status_code == 200
