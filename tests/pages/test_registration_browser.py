"""The whole way in a real browser, in both languages: from a name typed to a verified firm."""

import re

import pytest
from playwright.sync_api import expect

from registry.demo.service import DEMO_PASSWORD
from tests.pages.browsing import DESK, PHONE, check, follow

FIRM = "Moulages fictifs de Moncton inc."
STEPS = (
    "identity", "ownership", "sites", "capabilities", "lines", "certificates", "exports",
    "contacts",
)  # fmt: skip


@pytest.fixture
def people(chromium, own_live, own_app, sign_in):
    """A page for each role that is asked for; its console must stay free of errors."""
    pages, said = [], []

    def open_as(role, language, viewport=DESK, **settings):
        context = chromium.new_context(viewport=viewport, locale=f"{language}-CA", **settings)
        context.set_default_timeout(30_000)
        cookie = sign_in(own_app, role).get_cookie("session")
        if cookie:
            context.add_cookies([{"name": "session", "value": cookie.value, "url": own_live}])
        page = context.new_page()
        page.on("console", lambda m: said.append(m.text) if _is_fault(m) else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        pages.append(page)
        return page

    yield open_as
    for page in pages:
        page.context.close()
    assert not said


def _is_fault(message):
    """Chromium also notes a form that was refused (422) or clashed (409), which is asked for."""
    return message.type == "error" and not re.search(r"status of (409|422)", message.text)


def save(page):
    follow(page, page.locator("#piece .actions button.btn"))


@pytest.mark.parametrize(
    ("language", "viewport"), [("en", DESK), ("fr", PHONE)], ids=["en-desk", "fr-phone"]
)
def test_from_a_name_to_a_verified_firm(people, own_live, tmp_path, language, viewport):
    page = people("visitor", language, viewport)
    base = f"{own_live}/{language}"
    page.goto(f"{base}/register")  # a visitor is led to sign in, and back
    page.locator("input[name=email]").fill("firm@cadence.example")
    page.locator("input[name=password]").fill(DEMO_PASSWORD)
    follow(page, page.locator("main form.form button.btn").first)
    page.wait_for_url(f"{base}/register")
    check(page)

    page.locator("#q").fill("Northlyne Ordonance")
    follow(page, page.locator(".findwide button"))
    expect(page.locator("li.candidate")).to_have_count(1)  # is this you?
    check(page)
    page.locator("#name").fill(FIRM)
    follow(page, page.locator("form[action$='/register/new'] button"))

    page.wait_for_url(re.compile("/identity$"))
    check(page)
    page.locator("#legal_name_fr").fill(FIRM)
    page.locator("#business_number").fill("123456789")  # a wrong check digit: only remarked on
    page.locator("#employees").fill("beaucoup")
    save(page)
    expect(page.locator("#employees")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#business_number")).to_have_value("123456789")  # nothing is lost
    check(page)
    page.locator("#employees").fill("120")
    save(page)
    expect(page.locator("#business_number-remark")).to_be_visible()
    save(page)  # it was meant

    page.wait_for_url(re.compile("/ownership$"))
    page.locator("#canadian_control").select_option("yes")
    check(page)
    save(page)

    page.wait_for_url(re.compile("/sites$"))
    check(page)
    follow(page, page.locator("main .stack > .actions a.btn").first)
    page.locator("#kind").select_option("plant")
    page.locator("#city").fill("Moncton")
    page.locator("#province").select_option("NB")
    page.locator("button[name=locate]").click()
    expect(page.locator("#latitude")).to_have_value("46.09")
    page.locator("input.map").click(position={"x": 60, "y": 120})
    expect(page.locator("#latitude")).not_to_have_value("46.09")
    expect(page.locator("#city")).to_have_value("Moncton")
    check(page)
    save(page)

    page.goto(page.url.replace("/sites", "/capabilities/new"))
    page.locator("#kind").select_option("product")
    name = "155 mm artillery shell bodies" if language == "en" else "corps d’obus de 155 mm"
    page.locator(f"#name_{language}").fill(name)
    declare = page.locator("#suggestions button[value='1320']")
    expect(declare).to_be_visible()  # as it was typed, without a button
    check(page)
    declare.click()
    expect(page.locator("#suggestions .gate.pass")).to_be_visible()
    save(page)
    check(page)

    page.goto(page.url.replace("/capabilities", "/lines/new"))
    page.locator("#product_en").fill("155 mm shell bodies")
    page.locator("#category_code").select_option("AMM-01")
    page.locator("#current_rate").fill("1000")
    page.locator("#rated_rate").fill("900")  # less than now: told, and kept
    save(page)
    expect(page.locator("#rated_rate")).to_have_attribute("aria-invalid", "true")
    check(page)
    page.locator("#rated_rate").fill("2000")
    save(page)

    page.goto(page.url.replace("/lines", "/certificates/new"))
    page.locator("#scheme").select_option("ISO 9001")
    page.locator("#expires_on").fill("2031-05-31")
    save(page)
    proof = tmp_path / "iso.pdf"
    proof.write_bytes(b"%PDF-1.7 fictional")
    page.locator("input[type=file]").set_input_files(proof)
    follow(page, page.locator("form[enctype] button"))
    expect(page.get_by_role("link", name="iso.pdf")).to_be_visible()
    check(page)

    page.goto(page.url.replace("/certificates", "/exports"))
    page.locator("#itar").select_option("no")
    check(page)
    save(page)
    page.wait_for_url(re.compile("/contacts$"))
    page.goto(page.url + "/new")
    page.locator("#name").fill("Sales desk")
    page.locator("#email").fill("sales@castings.example")
    save(page)

    record = page.url.removesuffix("/contacts")
    page.goto(record)
    expect(page.locator(".audience.confidential").first).to_be_visible()
    check(page)
    follow(page, page.locator("form[action$='/submit'] button"))
    expect(page.locator("form[action$='/take-back'] button")).to_be_visible()
    check(page)

    desk = people("administrator", language, viewport)
    desk.goto(f"{base}/inbox")
    check(desk)
    follow(desk, desk.get_by_role("link", name=FIRM))
    check(desk)
    follow(desk, desk.locator("form[action$='/accept'] button"))
    desk.wait_for_url(re.compile(r"/inbox/firms/\d+$"))
    check(desk)
    number = desk.url.rsplit("/", 1)[1]
    desk.goto(f"{base}/duplicates")
    check(desk)
    desk.goto(f"{base}/duplicates/1/{number}")
    check(desk)

    official = people("official", language, viewport)
    official.goto(f"{base}/firms/{number}")
    expect(official.locator(".prov .gate.pass")).to_be_visible()  # verified
    expect(official.get_by_role("link", name="iso.pdf")).to_be_visible()
    check(official)
    official.wait_for_timeout(1100)  # the index is fresh to the second
    official.goto(f"{base}/shortfalls/AMM-01")
    expect(official.locator(f"#firm-{number}")).to_be_visible()

    page.goto(f"{base}/my-firm?firm={number}")
    expect(page.get_by_text("AMM-01")).to_be_visible()
    check(page)
    page.goto(f"{base}/my-firm/{number}/versions/1")
    check(page)


def test_two_windows_and_no_script(people, own_live):
    """The second of two windows is shown both versions, and a person chooses."""
    one = people("firm", "en", java_script_enabled=False)
    one.goto(f"{own_live}/en/my-firm")
    one.locator("form[action*='/register/firm/'] button").click()
    address = one.url + "/identity"
    one.goto(address)
    other = one.context.new_page()
    other.goto(address)
    for page, people_there in ((one, "111"), (other, "222")):
        page.locator("#employees").fill(people_there)
        save(page)
    expect(other.locator("input[type=radio]")).to_have_count(2)
    other.locator("input[value='222']").check()
    other.locator("form.fields button.btn").click()
    other.goto(address)
    expect(other.locator("#employees")).to_have_value("222")
