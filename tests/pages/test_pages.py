"""What the pages say, to whom, in which language, and what they never say."""

import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from sqlalchemy import select

from matching import PROFILE
from registry.capabilities.models import Capability, ClassDeclaration, ProductionLine
from registry.db import db
from registry.feeds.models import Source
from registry.firms.models import Firm, Site
from registry.firms.service import announce_changes
from registry.matches import views
from registry.taxonomy.models import ShortfallCategory

OWN, OTHER = "northline-ordnance", "forges-du-saguenay"
LANGUAGES = ("en", "fr")
ROLES = ("visitor", "firm", "official", "auditor", "administrator")


def figure(text):
    """A number as it is written in either language."""
    return float(re.sub(r"[\s\u202f]", "", text).replace(",", "."))


def results(page):
    """(row, its explanation) of each ranked firm."""
    table = page.one("table", class_="results")
    rows = [row for row in table.all("tr") if row.attributes.get("id", "").startswith("firm-")]
    return [(row, row.next()) for row in rows]


# Home and shortfalls


@pytest.mark.parametrize("language", LANGUAGES)
def test_home_counts_the_registry_and_leads_each_person_on(page_of, language):
    page = page_of(f"/{language}/")
    assert "66" in page.one(class_="answer").text
    assert len(page.one(class_="entrances").all("section")) == 3
    assert {f"/{language}/{to}" for to in ("shortfalls", "search", "sign-in")} <= page.addresses


def test_home_leads_an_administrator_to_what_waits(page_of):
    assert "/en/vendors" in page_of("/en/", "administrator").addresses
    assert "/en/vendors" not in page_of("/en/", "official").addresses


@pytest.mark.parametrize("language", LANGUAGES)
def test_shortfalls_list_every_category_with_its_count(page_of, client_of, language):
    page = page_of(f"/{language}/shortfalls")
    shown = {}
    for row in page.one(class_="domains").all("tr"):
        if link := row.all("a"):
            shown[link[0]["href"].rsplit("/", 1)[1]] = row.one("td", class_="num").text
    entries = {e["code"]: e for e in client_of("visitor").get("/api/categories").json}
    assert len(shown) == 66 and shown.keys() == entries.keys()
    none = {"en": "none", "fr": "aucune"}[language]
    for code, text in shown.items():
        count = entries[code]["firms"]
        assert text.split()[0] == (str(count) if count else none), code
        assert entries[code][f"title_{language}"] in page.text
    found = sum(1 for entry in entries.values() if entry["firms"])
    numbers = [int(b.text) for b in page.one(class_="answer").all("b")]
    assert numbers == [found, 66] and found > 30


# One category, one class


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_category_answers_with_figures_first(page_of, language):
    page = page_of(f"/{language}/shortfalls/AMM-01", "official")
    fitting, with_rate = (int(b.text) for b in page.one(class_="answer").all("b"))
    least = figure(re.search(r"\d+", page.one(class_="head").all(class_="prov")[0].text)[0])
    rows = results(page)
    scores = [figure(why.all("dd", class_="total")[-1].text) for _row, why in rows]
    assert fitting == sum(score >= least for score in scores) > 3
    rates = [row.all("td", class_="r")[0].text for row, _why in rows]
    assert with_rate == sum("→" in rate for rate in rates) == 3
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", ["shortfalls/AMM-01", "shortfalls/AIR-01", "classes/1320"])
def test_the_parts_shown_add_up_to_the_score_shown(page_of, language, address):
    page = page_of(f"/{language}/{address}")
    assert len(results(page)) >= 5
    for row, why in results(page):
        numbers = why.all("dd", class_="num")
        *parts, total = [figure(number.text) for number in numbers]
        assert parts and numbers[-1].attributes["class"].endswith("total")
        # Each is rounded to a tenth, and parts below a twentieth are left out.
        assert abs(sum(parts) - total) <= 0.05 * 12, row.text
        assert abs(figure(row.one("td", class_="fit").one("b").text) - total) <= 0.55


def test_the_bar_is_as_long_as_the_score(page_of):
    for row, why in results(page_of("/en/shortfalls/AMM-01")):
        drawn = sum(float(rect["width"]) for rect in row.one("td", class_="fit").all("rect"))
        assert abs(drawn - figure(why.all("dd", class_="total")[-1].text)) < 0.1


def test_a_category_says_how_it_was_computed(page_of):
    page = page_of("/en/shortfalls/AMM-01")
    how = page.one(id="how")
    most = [figure(cell.text) for cell in how.all("td", class_="num")]
    assert len(most) > 4 and all(0 < points <= 100 for points in most)
    assert "registry version 20" in how.text and "#how" in page.html


def test_a_class_ranks_firms_too(page_of):
    page = page_of("/en/classes/1320")
    assert "Ammunition" in page.one("h1").text and "1320" in page.one("h1").text
    assert len(results(page)) > 3


def test_gates_are_chips_with_words_for_those_who_may_see_them(page_of):
    official = results(page_of("/en/shortfalls/AMM-01", "official"))
    chips = [chip for row, _why in official for chip in row.all(class_="gate")]
    kinds = {chip["class"].split()[-1] for chip in chips}
    assert kinds == {"pass", "fail", "ask"} and all(chip.text for chip in chips)
    for role in ("visitor", "firm", "rival"):
        own = {"firm": "Northline", "rival": "Saguenay"}.get(role)
        for row, why in results(page_of("/en/shortfalls/AMM-01", role)):
            seen = own is not None and own in row.one(class_="firm").text
            assert bool(row.all(class_="gate")) == seen == ("Requirements" in why.text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "address",
    [
        "shortfalls/XXX-99",
        "shortfalls/amm%00",
        "classes/0000",
        "classes/13'20",
        "firms/0",
        "firms/99999",
        "firms/9999999999999999999999",
        "nowhere",
        "shortfalls/",
    ],
)
def test_what_is_not_there_says_so(page_of, language, address):
    page = page_of(f"/{language}/{address}", headers={"Accept-Language": language})
    assert page.status == 404 and page.headers["Content-Type"].startswith("text/html")
    assert page.one("html")["lang"] == f"{language}-CA"
    assert len(page.one("h1").text) > 10 and f"/{language}/search" in page.addresses


# Comparison


@pytest.mark.parametrize("language", LANGUAGES)
def test_firms_are_compared_reason_by_reason(page_of, firm_ids, language):
    numbers = [firm_ids[OWN], firm_ids[OTHER]]
    query = f"category=AMM-01&firm={numbers[0]}&firm={numbers[1]}"
    page = page_of(f"/{language}/compare?{query}", "official")
    body = page.one("table", class_="compared").one("tbody")
    fit, *reasons = [[cell.text for cell in row.all("td")] for row in body.all("tr")]
    parts = body.all("tr")[1 : 1 + len(PROFILE.shown_features())]
    points = [[figure(row.all("b")[place].text) for row in parts] for place in (0, 1)]
    for place in (0, 1):
        shown = figure(fit[place].split()[0])
        assert abs(sum(points[place]) - shown) <= 0.05 * len(reasons)
    ranking = {
        row.all("a")[0]["href"]: figure(why.all("dd", class_="total")[-1].text)
        for row, why in results(page_of(f"/{language}/shortfalls/AMM-01"))
    }
    expected = [ranking[f"/{language}/firms/{number}"] for number in numbers]
    assert sorted(figure(text.split()[0]) for text in fit) == sorted(expected)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "category=AMM-01",
        "category=AMM-01&firm=1",
        "category=AMM-01&firm=1&firm=1",
        "firm=1&firm=2",
        "category=AMM-01&firm=x&firm=-1",
        "category=AMM-01&firm=1&firm=99999999999999999999",
        "category=AMM-01&" + "&".join(f"firm={number}" for number in range(1, 8)),
    ],
)
def test_a_comparison_asks_for_two_to_five_firms(page_of, query):
    page = page_of(f"/en/compare?{query}")
    assert page.status == 422 and "two to 5" in page.one("h1").text


# Search


def test_words_find_firms_categories_and_classes(page_of):
    page = page_of("/en/search?q=155+mm+artillery+shells")
    assert {"/en/shortfalls/AMM-01", "/en/classes/1320"} <= page.addresses
    assert len(results(page)) > 3


def test_the_languages_meet(page_of):
    """The same need in French and in English brings the same firm first."""
    first = {
        query: results(page_of(f"/en/search?q={quote(query)}"))[0][0]["id"]
        for query in ("155 mm shell bodies", "corps d’obus de 155 mm", "CORPS D'OBUS de 155mm")
    }
    assert len(set(first.values())) == 1, first


def test_a_firm_is_found_by_its_name(page_of, firm_ids):
    named = firms_of_that_name(page_of("/en/search?q=northline"))
    assert named == [f"/en/firms/{firm_ids[OWN]}"]


@pytest.mark.parametrize("wildcard", ["%", "_", "%%n", "\\"])
def test_a_wildcard_is_a_character(page_of, wildcard):
    page = page_of(f"/en/search?q={quote(wildcard)}")
    assert page.status == 200 and not firms_of_that_name(page)


def firms_of_that_name(page):
    groups = page.one(class_="triple").all("section")
    named = [group for group in groups if group.one("h2").text == "Firms of that name"]
    return [a["href"] for group in named for a in group.all("a")]


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("AMM-01", "/en/shortfalls/AMM-01"),
        (" amm-01 ", "/en/shortfalls/AMM-01"),
        ("1320", "/en/classes/1320"),
    ],
)
def test_a_code_goes_straight_there(client_of, query, target):
    answer = client_of("visitor").get(f"/en/search?q={quote(query)}")
    assert (answer.status_code, answer.location) == (302, target)


@pytest.mark.parametrize("query", ["", "%20%20", "%00", "%0a"])
def test_an_empty_search_asks_what_is_needed(page_of, query):
    page = page_of(f"/en/search?q={query}")
    assert (
        page.status == 200 and not page.all("table") and "autofocus" in page.one(id="q").attributes
    )


@pytest.mark.parametrize(
    "query",
    [
        "'; drop table firms; --",
        '" or 1=1',
        "a\0b",
        "\u202e\ufeff",
        "💥 obus",
        "1" * 400,
        "é" * 400,
        "e\u0301" * 200,
        "-" * 30,
        "{{ 7*7 }} %(name)s %s",
        "AND OR NOT * NEAR(",
    ],
)
def test_any_words_are_only_words(page_of, query):
    page = page_of(f"/fr/search?q={quote(query)}")
    assert page.status == 200
    shown = " ".join(query.replace("\0", " ").split())
    assert page.one(id="q")["value"] == shown
    assert page_of("/en/firms/1").status == 200  # the table is still there


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_search_that_is_too_long_is_refused_in_words(page_of, language):
    page = page_of(f"/{language}/search?q=" + "shell+" * 100)
    assert page.status == 422 and "400" in page.one("h1").text


def test_html_in_a_search_is_shown_not_obeyed(page_of):
    attack = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    page = page_of(f"/en/search?q={quote(attack)}")
    assert page.one(id="q")["value"] == attack
    assert not page.all("img") and all("src" in script.attributes for script in page.all("script"))
    assert attack in page.one("title").text


def test_html_in_a_firms_own_words_is_shown_not_obeyed(own_app, html):
    with own_app.app_context():
        firm = db.session.get(Firm, 1)
        firm.names, firm.profile_en = [], "<script>alert(2)</script>"
        firm.name = firm.website = "<img src=x onerror=alert(2)>"
        announce_changes(db.session, [1])
        db.session.commit()
    client = own_app.test_client()
    page = html(client.get("/en/firms/1"))
    assert page.one("h1").text == "<img src=x onerror=alert(2)>"
    assert "<script>alert(2)</script>" in page.text
    for found in (page, html(client.get("/en/search?q=%3Cimg"))):
        assert not found.all("img") and not [s for s in found.all("script") if s.text]


@pytest.mark.parametrize("website", ["javascript:alert(1)", "data:text/html,x", "//evil.example"])
def test_only_a_web_address_becomes_a_link(own_app, html, website):
    with own_app.app_context():
        db.session.get(Firm, 1).website = website
        db.session.commit()
    page = html(own_app.test_client().get("/en/firms/1"))
    assert website in page.text
    assert not [a for a in page.all("a") if a.attributes.get("href") == website]


# Firms


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_firms_page_opens_with_what_it_is(page_of, firm_ids, language):
    page = page_of(f"/{language}/firms/{firm_ids[OWN]}")
    answer = page.one(class_="answer").text
    assert "Kingston, Ontario" in answer and "148" in answer and "2" in answer
    assert page.one("h1").text.startswith("Northline Ordnance")
    assert "ISO 9001" in page.text and "1320" in page.text


def test_unknown_is_said_not_left_blank(page_of, firm_ids, own_app, html):
    with own_app.app_context():
        source = db.session.scalars(select(Source)).first()
        bare = Firm(name="Bare Bones", source=source)
        db.session.add(bare)
        db.session.commit()
        number = bare.id
    page = html(own_app.test_client().get(f"/en/firms/{number}"))
    for value in page.all("dd"):
        assert value.text, value.parent.text
    assert page.text.count("not stated") >= 8 and "none" not in page.text.lower().replace(
        "none declared", ""
    )


def test_a_withdrawn_firm_is_nowhere(own_app, html, firm_ids):
    number = firm_ids[OTHER]
    with own_app.app_context():
        db.session.get(Firm, number).listed = "withdrawn"
        announce_changes(db.session, [number])
        db.session.commit()
    client = own_app.test_client()
    assert client.get(f"/en/firms/{number}").status_code == 404
    assert client.get(f"/api/firms/{number}").status_code == 404
    for address in ("/en/shortfalls/AMM-01", "/en/search?q=forges+du+saguenay"):
        assert f"/en/firms/{number}" not in html(client.get(address)).addresses
    ranked = client.post("/api/matches", json={"title_en": "155 mm shells", "limit": 200}).json
    assert number not in {match["firm_id"] for match in ranked["matches"]}


# Languages


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "rest",
    ["", "shortfalls", "shortfalls/AMM-01", "search?q=obus+%26+%22155%22&q=2&x=%C3%A9", "firms/1"],
)
def test_the_other_language_is_one_link_away(page_of, language, rest):
    page = page_of(f"/{language}/{rest}")
    other = "en" if language == "fr" else "fr"
    assert page.one("html")["lang"] == f"{language}-CA"
    assert page.headers["Content-Language"] == language
    link = page.one("a", hreflang=other)
    assert link["href"].split("?")[0] == f"/{other}/{rest.split('?')[0]}"
    assert page.one("link", hreflang=other)["href"] == link["href"]
    back = page_of(link["href"]).one("a", hreflang=language)["href"]
    assert back.split("?")[0] == f"/{language}/{rest.split('?')[0]}"
    assert query_of(back) == query_of(rest)


def query_of(address):
    return parse_qs(urlsplit(address).query)


@pytest.mark.parametrize(
    ("accepts", "language"), [("fr-CA,en;q=0.5", "fr"), ("en-CA", "en"), ("de", "en"), ("", "en")]
)
def test_the_root_follows_the_browser(client_of, accepts, language):
    answer = client_of("visitor").get("/", headers={"Accept-Language": accepts})
    assert answer.location == f"/{language}/"


def test_numbers_and_dates_are_written_as_each_language_does(page_of, firm_ids):
    address = f"firms/{firm_ids[OTHER]}"
    english, french = (page_of(f"/{each}/{address}", "official").text for each in LANGUAGES)
    assert "62,833" in english and "November 1, 2026" in english
    assert re.search(r"62[\u00a0\u202f ]833", french) and "1er novembre 2026" in french


# Who sees what


def told(page):
    """Everything a page tells, without its tokens."""
    attributes = [
        value
        for element in page.all()
        if element.attributes.get("name") != "csrf_token"
        for value in element.attributes.values()
    ]
    return " | ".join([page.text, *attributes])


def test_a_visitor_learns_no_secret_anywhere(page_of, client_of, secrets_in):
    """Every page that links lead to, apart from the hundreds of supply classes."""
    waiting, seen = {"/en/", "/fr/shortfalls/AMM-01", "/fr/classes/1320"}, set()
    while waiting:
        address = waiting.pop()
        seen.add(address)
        page = page_of(address)
        assert page.status in (200, 302), address
        if page.status == 200:
            assert not secrets_in(told(page)), address
            links = {link for link in page.addresses if link.startswith("/en/")}
            links = {link for link in links if "/classes/" not in link and "sign-in" not in link}
            waiting |= links - seen
    assert len(seen) > 66 + 66
    answer = client_of("visitor").post("/api/matches", json={"nsc": ["1320"], "limit": 200})
    assert len(answer.json["matches"]) > 3 and not secrets_in(answer.text)


# Kinds of secrets that a reader finds on a firm's page; the certificate's number is on none.
REGISTERED = {"identifier", "clearance", "readiness"}
EVERYTHING = REGISTERED | {"rates"}
SEEN = {
    ("visitor", OWN): set(),
    ("visitor", OTHER): set(),
    ("firm", OWN): EVERYTHING,
    ("firm", OTHER): set(),
    ("rival", OWN): set(),
    ("rival", OTHER): EVERYTHING,
    ("unnamed", OWN): REGISTERED,
    ("unnamed", OTHER): REGISTERED,
    ("official", OWN): EVERYTHING,
    ("official", OTHER): EVERYTHING,
    ("auditor", OWN): EVERYTHING,
    ("auditor", OTHER): EVERYTHING,
    ("administrator", OWN): EVERYTHING,
    ("administrator", OTHER): EVERYTHING,
}


@pytest.mark.parametrize(("role", "key"), SEEN)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_firms_page_shows_each_reader_what_the_table_says(
    page_of, firm_ids, secrets_in, language, role, key
):
    page = page_of(f"/{language}/firms/{firm_ids[key]}", role)
    assert secrets_in(told(page)) == {(key, kind) for kind in SEEN[role, key]}


@pytest.mark.parametrize("role", [*ROLES, "rival", "unnamed"])
@pytest.mark.parametrize(
    "address",
    [
        "shortfalls/AMM-01",
        "classes/1320",
        "search?q=155+mm+obus",
        "compare?category=AMM-01&firm={own}&firm={other}",
    ],
)
def test_rankings_show_rates_and_gates_to_the_firm_and_to_named_officials(
    page_of, firm_ids, secrets_in, role, address
):
    address = address.format(own=firm_ids[OWN], other=firm_ids[OTHER])
    firms = {"visitor": (), "firm": (OWN,), "rival": (OTHER,)}.get(role, (OWN, OTHER))
    hidden = {"rates"} if role == "unnamed" else set()
    for language in LANGUAGES:
        found = secrets_in(told(page_of(f"/{language}/{address}", role)))
        kinds = {key: {"rates", "clearance"} for key in ("shortfalls", "compare")}
        shown = kinds.get(re.split(r"\W", address)[0], set()) - hidden
        assert found == {(key, kind) for key in firms for kind in shown}


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_need_to_know_an_official_sees_bands_and_whom_to_ask(page_of, firm_ids, language):
    for address in (f"firms/{firm_ids[OTHER]}", "shortfalls/AMM-01"):
        page = page_of(f"/{language}/{address}", "unnamed")
        assert re.search(r"50[,\s]000–99[,\s]999", page.text)
        assert f"/{language}/need-to-know/mine" in page.one(class_="need").all("a")[0]["href"]
        named = page_of(f"/{language}/{address}", "official")
        assert "2099" in named.one(class_="need").text and "–99" not in named.text
        for role in ("visitor", "firm", "auditor", "administrator"):
            assert not page_of(f"/{language}/{address}", role).all(class_="need")


def test_how_many_state_a_rate_is_told_to_officials_only(page_of):
    """Others are told how many have a production line, which is public."""
    for role in [*ROLES, "unnamed"]:
        answer = page_of("/en/shortfalls/AMM-01", role).one(class_="answer").text
        state = role in ("official", "unnamed", "auditor", "administrator")
        assert ("rate of production" in answer) == state
        assert ("production line for it" in answer) != state


@pytest.mark.parametrize("role", [*ROLES, "rival", "unnamed"])
def test_the_api_tells_no_one_a_secret(client_of, firm_ids, secrets_in, role):
    client = client_of(role)
    need = {"title_en": "155 mm shells", "nsc": ["1320"], "limit": 200}
    texts = [client.post("/api/matches", json=need).text, client.get("/api/categories").text]
    texts += [client.get(f"/api/firms/{firm_ids[key]}").text for key in (OWN, OTHER)]
    assert all(len(text) > 200 for text in texts)
    assert not secrets_in(" ".join(texts))


def test_what_a_firm_has_not_stated_of_clearances_is_not_told_either(page_of):
    """That it holds none is as confidential as which it holds."""
    for address in ("/en/shortfalls/AMM-01", "/en/search?q=shells"):
        page = page_of(address)
        assert "clearances" not in " ".join(why.text for _row, why in results(page))


# Headers and markup

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}
ANSWERS = {
    "/en/": 200,
    "/": 302,
    "/en/shortlists": 302,
    "/en/nowhere": 404,
    "/nowhere": 404,
    "/en/shortlists/add": 405,
    "/en/search?q=" + "x" * 401: 422,
    "/healthz": 200,
    "/static/cadence.css": 200,
    "/static/nothing": 404,
    "/api/categories": 200,
    "/api/openapi.json": 200,
    "/api/firms/99999": 404,
    "/api/matches": 405,
}


@pytest.mark.parametrize(("address", "status"), ANSWERS.items())
def test_every_answer_carries_the_security_headers(client_of, address, status):
    with client_of("visitor").get(address) as answer:
        assert answer.status_code == status
        headers = answer.headers
    assert set(headers["Content-Security-Policy"].split("; ")) == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    if not address.startswith("/static/"):
        assert headers["Cache-Control"] == "private, no-store"
    if status == 405:
        assert headers["Allow"]


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client_of):
    cookie = client_of("visitor").get("/en/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


LEADING_OUT = ("https://", "mailto:")
INLINE = re.compile(r"^(style|on\w+|hx-on.*|hx-vals|hx-headers|hx-vars|srcdoc)$")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_holds_inline_style_or_script(page_of, firm_ids, language, role):
    for rest in (
        "",
        "shortfalls",
        "shortfalls/AMM-01",
        "classes/1320",
        "search",
        "search?q=obus",
        "compare?category=AMM-01&firm=1&firm=2",
        "sign-in",
        "shortlists",
        "vendors",
        "need-to-know",
        "need-to-know/mine",
        "nowhere",
        f"firms/{firm_ids[OWN]}",
    ):
        page = page_of(f"/{language}/{rest}", role)
        if page.status == 302:
            continue
        ids = [e["id"] for e in page.all() if "id" in e.attributes]
        assert len(ids) == len(set(ids)), rest
        assert len(page.all("h1")) == 1 and not page.all("style") and not page.all("base"), rest
        for element in page.all():
            bad = [name for name in element.attributes if INLINE.match(name)]
            assert not bad, f"{rest}: <{element.tag} {bad}>"
            for name in ("src", "href", "action", "hx-post", "hx-get"):
                address = element.attributes.get(name, "/")
                outside = not address.startswith(("/", "#")) or address.startswith("//")
                assert not outside or (element.tag == "a" and address.startswith(LEADING_OUT)), rest
        for script in page.all("script"):
            assert script["src"].startswith("/static/") and not script.children


# Queries: their number may not grow with what is shown


@pytest.mark.parametrize("role", ["visitor", "firm", "official", "unnamed"])
@pytest.mark.parametrize(
    "address", ["/en/shortfalls/AMM-01", "/fr/classes/1320", "/en/search?q=precision+machining"]
)
def test_five_rows_take_as_many_queries_as_fifty(
    client_of, page_of, count_queries, monkeypatch, role, address
):
    counts = {}
    for near_miss in (0.0, 100.0):
        monkeypatch.setattr(views, "NEAR_MISS", near_miss)
        shown = len(results(page_of(address, role)))
        counts[shown] = count_queries(client_of(role), address)
    least = 20 if "search" in address else 31  # a page of a search has twenty
    assert min(counts) == 5 and max(counts) >= least
    assert len(set(counts.values())) == 1, counts


def test_a_firm_with_much_takes_as_many_queries_as_one_with_little(
    own_app, firm_ids, count_queries
):
    client, number = own_app.test_client(), firm_ids[OWN]
    address = f"/en/firms/{number}"
    few = count_queries(client, address)
    with own_app.app_context():
        session = db.session
        origin = {"firm_id": number, "source_id": session.scalars(select(Source.id)).first()}
        codes = session.scalars(select(ShortfallCategory.code)).all()
        sites = [Site(kind="plant", city=f"Town {n}", **origin) for n in range(20)]
        session.add_all(sites)
        session.flush()
        for place, code in enumerate(codes[:30]):
            session.add(Capability(kind="product", name_en=f"Thing {place}", **origin))
            session.add(
                ProductionLine(
                    category_code=code,
                    product_en="Thing",
                    product_fr="Chose",
                    unit="round",
                    site_id=sites[place % 20].id,
                    evidence="declared",
                    **origin,
                )
            )
        declared = ("1005", "1010", "1015", "1305")
        session.add_all(ClassDeclaration(class_code=code, **origin) for code in declared)
        session.commit()
    assert "Thing 29" in client.get(address).text
    assert count_queries(client, address) == few


def test_the_shortfalls_take_few_queries(client_of, count_queries):
    assert count_queries(client_of("visitor"), "/en/shortfalls") <= 2
    assert count_queries(client_of("visitor"), "/en/") <= 6


def compared(firm_ids, *keys):
    return "/en/compare?category=AMM-01" + "".join(f"&firm={firm_ids[key]}" for key in keys)


def test_five_firms_are_compared_as_each_reader_may(
    page_of, firm_ids, secrets_in, client_of, count_queries
):
    five = [OWN, OTHER, *[key for key in firm_ids if key not in (OWN, OTHER)][:3]]
    page = page_of(compared(firm_ids, *five), "official")
    table = page.one("table", class_="compared")
    names = [cell.all("a")[0].text for cell in table.one("thead").all("th")[1:]]
    assert len(names) == 5
    rows = {row.one("th").text: row.all("td") for row in table.one("tbody").all("tr")}
    assert {len(cells) for cells in rows.values()} == {5}
    assert [cell["data-l"] for cell in rows["Certificates"]] == names
    assert "until" in rows["Certificates"][0].text
    assert [month for month in (12, 24, 36) if f"Adds by month {month}" in rows] == [12, 24, 36]
    away = [a["href"] for a in table.all("a") if a.text.startswith("Remove")]
    four = page_of(away[0], "official").one("table", class_="compared").one("thead")
    assert [cell.all("a")[0].text for cell in four.all("th")[1:]] == names[1:]
    assert ("Remove" in page_of(compared(firm_ids, OWN, OTHER), "official").text) is False
    plain = page_of(compared(firm_ids, *five))
    assert not secrets_in(plain.html) and "Adds by month" not in plain.text
    own = secrets_in(page_of(compared(firm_ids, *five), "firm").html)
    assert {key for key, _kind in own} <= {OWN}
    client = client_of("official")
    counts = [count_queries(client, compared(firm_ids, *five[:few])) for few in (4, 5)]
    assert counts[0] == counts[1]
