"""Accounts in a real browser, in both languages: two factors, passkeys, invitations."""

import pytest
from passlib.totp import TOTP
from playwright.sync_api import expect

from registry.accounts.service import find_user
from registry.db import db
from registry.demo.service import DEMO_PASSWORD
from tests.pages.browsing import DESK, PHONE, check, follow

PASSWORD = "river stone window 41"
NEWCOMER, GUEST = "someone@firm.example", "guest@firm.example"
OWN = "northline-ordnance"
BOTH = pytest.mark.parametrize(
    ("language", "viewport"), [("en", DESK), ("fr", PHONE)], ids=["en-desk", "fr-phone"]
)


class Person:
    """Does what a person does in a browser, and looks at each page that comes."""

    def __init__(self, page, language, site, say):
        self.page, self.language, self.site = page, language, site
        self._say = say

    def say(self, message, **values):
        return self._say(message, self.language, **values)

    def open(self, rest):
        self.page.goto(f"{self.site}/{self.language}/{rest}")
        check(self.page)

    def press(self, message, **values):
        main = self.page.get_by_role("main")
        button = main.get_by_role("button", name=self.say(message, **values), exact=True)
        follow(self.page, button)
        check(self.page)

    def follow(self, message):
        main = self.page.get_by_role("main")
        follow(self.page, main.get_by_role("link", name=self.say(message), exact=True))
        check(self.page)

    def type(self, **fields):
        for name, value in fields.items():
            self.page.locator(f"main [name={name}]").fill(value)

    def reads(self, message, **values):
        expect(self.page.get_by_role("main")).to_contain_text(self.say(message, **values))

    def sign_in(self, email, password):
        self.open("sign-in")
        self.type(email=email, password=password)
        self.press("Sign in")

    def sign_out(self):
        self.page.get_by_role("button", name=self.say("Sign out")).click()
        expect(self.page.get_by_role("banner")).to_contain_text(self.say("Sign in"))

    def is_in(self):
        expect(self.page.get_by_role("button", name=self.say("Sign out"))).to_be_visible()


@pytest.fixture
def site(own_live):
    """By its name: a passkey belongs to a name, and a number is none."""
    return own_live.replace("127.0.0.1", "localhost")


@pytest.fixture
def person(open_browser, say, site):
    """Gives a person at a browser, who reads one language."""

    def come(language, viewport):
        page = open_browser(language, viewport)
        return Person(page, language, site, say)

    return come


@pytest.fixture
def account(own_app, person, link_in_mail, site):
    """A person who has opened an account and confirmed it."""

    def opened(language, viewport):
        someone = person(language, viewport)
        someone.open("sign-up")
        someone.type(name="Some One", email=NEWCOMER, password=PASSWORD, password_confirm=PASSWORD)
        someone.press("Open an account")
        someone.page.goto(site + link_in_mail(own_app, NEWCOMER))
        someone.reads("Your address is confirmed. You can now sign in.")
        return someone

    return opened


@BOTH
def test_from_an_account_to_two_factors_and_a_recovery_code(own_app, account, language, viewport):
    someone = account(language, viewport)
    someone.sign_in(NEWCOMER, PASSWORD)
    someone.is_in()
    someone.open("account")
    someone.follow("Set up codes")
    someone.press("Set up")
    key = someone.page.locator("#key").inner_text()
    someone.type(code=TOTP(key=key).generate().token)
    someone.press("Finish")
    someone.reads("asked for at each sign-in")
    someone.follow("Manage recovery codes")
    someone.press("Make new codes")
    codes = someone.page.locator(".codes li").all_inner_texts()
    someone.sign_out()

    with own_app.app_context():  # the code of this half minute was used for the set-up
        find_user(db.session, NEWCOMER).totp_counter = None
        db.session.commit()
    someone.sign_in(NEWCOMER, PASSWORD)
    someone.reads("Enter the code")
    someone.type(code="000000")
    someone.press("Sign in")
    someone.reads("This code is not right, or has expired. Enter the one that your app shows now.")
    someone.type(code=TOTP(key=key).generate().token)
    someone.press("Sign in")
    someone.is_in()
    someone.sign_out()

    someone.sign_in(NEWCOMER, PASSWORD)
    someone.follow("I do not have my device: use a recovery code")
    someone.type(code=codes[3])
    someone.press("Sign in")
    someone.is_in()


@BOTH
def test_a_passkey_replaces_password_and_code(account, language, viewport):
    someone = account(language, viewport)
    session = someone.page.context.new_cdp_session(someone.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    device = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    someone.sign_in(NEWCOMER, PASSWORD)
    someone.open("account/passkeys")
    someone.type(name="Clé 1")
    someone.page.get_by_role("button", name=someone.say("Add"), exact=True).click()
    someone.reads("The passkey %(name)s is added. You can sign in with it.", name="Clé 1")
    someone.sign_out()

    someone.open("sign-in")
    someone.follow("Sign in with a passkey")
    someone.page.get_by_role("button", name=someone.say("Go on"), exact=True).click()
    someone.is_in()
    someone.sign_out()

    # The finger is not the owner's: nothing opens, and the page says so.
    device = {"authenticatorId": device["authenticatorId"], "isUserVerified": False}
    session.send("WebAuthn.setUserVerified", device)
    someone.open("sign-in/passkey")
    someone.page.get_by_role("button", name=someone.say("Go on"), exact=True).click()
    failed = someone.page.get_by_role("alert")
    expect(failed).to_be_visible()
    session.send("WebAuthn.setUserVerified", {**device, "isUserVerified": True})

    someone.sign_in(NEWCOMER, PASSWORD)
    someone.open("account/passkeys")
    someone.press("Remove the passkey %(name)s", name="Clé 1")
    someone.reads("None yet.")


@BOTH
def test_a_forgotten_password_is_chosen_anew(
    own_app, account, link_in_mail, site, language, viewport
):
    someone = account(language, viewport)
    someone.open("sign-in")
    someone.follow("I forgot my password")
    someone.type(email=NEWCOMER)
    someone.press("Send the link")
    someone.page.goto(site + link_in_mail(own_app, NEWCOMER))
    someone.type(password="another river stone", password_confirm="another river stone")
    someone.press("Save")
    someone.sign_in(NEWCOMER, "another river stone")
    someone.is_in()


@BOTH
def test_an_owner_invites_and_a_newcomer_accepts(
    own_app, person, firm_ids, link_in_mail, site, language, viewport
):
    owner = person(language, viewport)
    owner.sign_in("firm@cadence.example", DEMO_PASSWORD)
    owner.open("account")
    owner.page.get_by_role("main").get_by_role("link", name=owner.say("Members")).click()
    owner.type(email=GUEST)
    owner.press("Invite")
    owner.reads("We have written to %(email)s.", email=GUEST)
    guest = person(language, viewport)
    guest.page.goto(site + link_in_mail(own_app, GUEST))
    guest.type(name="Guest", password=PASSWORD, password_confirm=PASSWORD)
    guest.press("Open the account and accept")
    guest.is_in()
    assert guest.page.url.endswith(f"/{language}/firms/{firm_ids[OWN]}/members")


@BOTH
def test_an_administrator_finds_a_person_and_reads_the_mail(account, person, language, viewport):
    account(language, viewport)
    admin = person(language, viewport)
    admin.sign_in("admin@cadence.example", DEMO_PASSWORD)
    admin.type(code=admin.page.locator(".notice b").inner_text())
    admin.press("Sign in")
    admin.open("account")
    admin.follow("People and roles")
    admin.type(q="someone")
    admin.press("Find")
    admin.page.get_by_role("link", name="Some One").click()
    admin.page.get_by_role("checkbox", name=admin.say("auditor")).check()
    roles = admin.page.locator("form[action$='/roles']")
    roles.get_by_label(admin.say("Reason")).fill("Joined")
    roles.get_by_role("button").click()
    admin.reads("Saved.")
    admin.open("mail")
    admin.page.get_by_role("link", name=admin.say("Confirm your address for Cadence")).click()
    expect(admin.page.locator("pre a")).to_be_visible()
