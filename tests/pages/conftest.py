"""The demonstration as an application, people signed in to it, its pages parsed, and a browser."""

import datetime as dt
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from html.parser import HTMLParser
from inspect import iscoroutinefunction
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from werkzeug.serving import WSGIRequestHandler, make_server

from registry.accounts.models import FIRM
from registry.accounts.service import ensure_user
from registry.app import create_app
from registry.capabilities.models import ProductionLine
from registry.config import Settings
from registry.db import db
from registry.demand.models import Contract, Vendor
from registry.demo.service import DEMO_PASSWORD, load_demo
from registry.feeds.models import Source
from registry.firms.models import Certificate, FirmRecord, Identifier, Membership
from registry.mail.models import Mail
from registry.matches import publication

EMAILS = {
    "official": "official@cadence.example",  # with need to know of everything
    "unnamed": "fonctionnaire@cadence.example",  # an official without
    "firm": "firm@cadence.example",
    "rival": "rival@cadence.example",  # acts for the other firm
    "auditor": "auditor@cadence.example",
    "administrator": "admin@cadence.example",
}
CATALOGUE = Path(__file__).parents[2] / "registry/translations/fr/LC_MESSAGES/messages.po"
DESK = {"width": 1280, "height": 900}
OWN, OTHER = "northline-ordnance", "forges-du-saguenay"  # the firm account acts for the first
# Figures that stand nowhere else in the demonstration, so that finding one means a leak.
RATES = {OWN: (73291, 81457, 96113), OTHER: (62833, 74719, 85931)}
QUALIFIED_TO = {OWN: "STANAG-91731", OTHER: "STANAG-92842"}
MONTHS = {OWN: (Decimal("131.3"), Decimal("147.7")), OTHER: (Decimal("133.9"), Decimal("149.1"))}
NCAGE = {OWN: "L7Q4Z", OTHER: "L8W5X"}
CLEARED_UNTIL = {OWN: dt.date(2047, 3, 17), OTHER: dt.date(2048, 4, 18)}
CERTIFICATE_NUMBER = {OWN: "CG-55180-K", OTHER: "CG-66291-M"}
INLINE = frozenset(("a", "b", "i", "span", "summary", "label", "button"))
UNSURE = "Northlyne Ordonance Works"


class Element:
    """A tag with its attributes, and what stands in it."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: "Element | None"):
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Element | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def all(self, tag: str | None = None, **attributes: str) -> list["Element"]:
        """Descendants of this tag whose attributes hold these words (`class_` means class)."""
        wanted = {name.rstrip("_"): word for name, word in attributes.items()}
        return [
            element
            for element in self.descendants()
            if tag in (None, element.tag)
            and all(w in element.attributes.get(n, "").split() for n, w in wanted.items())
        ]

    def one(self, tag: str | None = None, **attributes: str) -> "Element":
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} elements are {tag} {attributes}"
        return found[0]

    def descendants(self) -> Iterator["Element"]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.descendants()

    def strings(self) -> Iterator[tuple["Element", str]]:
        """Its text in pieces, each with the element it stands in; blocks stand apart."""
        for child in self.children:
            if isinstance(child, str):
                yield self, child
            elif child.tag in INLINE:
                yield from child.strings()
            elif child.tag not in ("script", "style"):
                yield self, " "
                yield from child.strings()
                yield self, " "

    @property
    def text(self) -> str:
        return " ".join("".join(text for _element, text in self.strings()).split())

    def next(self) -> "Element | None":
        """The element that follows under the same parent."""
        assert self.parent
        siblings = [child for child in self.parent.children if isinstance(child, Element)]
        place = siblings.index(self) + 1
        return siblings[place] if place < len(siblings) else None


class Page(Element):
    """An HTML answer, parsed; it must close what it opens."""

    def __init__(self, response):
        super().__init__("document", {}, None)
        self.status, self.headers, self.html = response.status_code, response.headers, response.text
        response.close()
        _Parser(self).feed(self.html)

    @property
    def addresses(self) -> set[str]:
        """Where its links lead within the site, without fragments."""
        links = (a.attributes.get("href", "").split("#")[0] for a in self.all("a"))
        return {link for link in links if link.startswith("/")}


class _Parser(HTMLParser):
    VOID = frozenset(("br", "hr", "img", "input", "link", "meta", "col", "source", "wbr"))

    def __init__(self, root: Element):
        super().__init__()
        self._open = [root]

    def handle_starttag(self, tag, attrs):
        names = [name for name, _value in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute: {names}"
        here = self._open[-1]
        element = Element(tag, {name: value or "" for name, value in attrs}, here)
        here.children.append(element)
        if tag not in self.VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self._open.pop()

    def handle_endtag(self, tag):
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data):
        self._open[-1].children.append(data)


@pytest.fixture(scope="session")
def demo_home(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demonstration and its index, which no test opens: tests copy it."""
    home = tmp_path_factory.mktemp("demo")
    shutil.copy(sqlite_template, home / "cadence.sqlite")
    app = _app_in(home)
    with app.app_context():
        load_demo(db.session)
        _mark(db.session)
        db.session.commit()
        publication.publish(db.session, home / "index")
    _close(app)
    return home


def _mark(session: Session) -> None:
    """Add what the demonstration lacks: traceable secrets, a rival, a name that is not sure."""
    source = session.scalars(select(Source)).one()
    rival = ensure_user(session, EMAILS["rival"], "Rival", DEMO_PASSWORD, (FIRM,), "en")
    session.add(Membership(user_id=rival.id, firm_id=firm_number(session, OTHER)))
    fact = {"source_id": source.id, "as_of": dt.date(2026, 11, 1)}
    for key in (OWN, OTHER):
        firm_id = firm_number(session, key)
        lines = select(ProductionLine).where(ProductionLine.firm_id == firm_id)
        line = session.scalars(lines.order_by(ProductionLine.id)).first()
        (
            line.current_rate_per_month,
            line.rated_rate_per_month,
            line.surge_rate_per_month,
        ) = RATES[key]
        line.months_to_rated, line.months_to_surge = MONTHS[key]
        line.qualified_to = QUALIFIED_TO[key]
        identifier = {"scheme": "ncage", "value": NCAGE[key], "well_formed": True}
        session.add(Identifier(firm_id=firm_id, **identifier, **fact))
        session.add(
            Certificate(
                firm_id=firm_id,
                scheme="DOS",
                level="Secret",
                number=CERTIFICATE_NUMBER[key],
                expires_on=CLEARED_UNTIL[key],
                **fact,
            )
        )
        for certificate in session.scalars(
            select(Certificate).where(
                Certificate.firm_id == firm_id, Certificate.scheme.in_(("CGP", "FSC"))
            )
        ):
            certificate.expires_on = CLEARED_UNTIL[key]
    candidates = [
        {
            "firm_id": firm_number(session, key),
            "name": key.replace("-", " ").title(),
            "place": "Kingston, ON",
            "score": 71.4,
            "reasons_en": ["The rarest word differs by two letters"],
            "reasons_fr": ["Le mot le plus rare diffère de deux lettres"],
        }
        for key in (OWN, OTHER)
    ]
    vendor = {"key": UNSURE.lower(), "name": UNSURE, "link": "unsure", "method": "name"}
    vendor = Vendor(source_id=source.id, confidence=0.5, candidates=candidates, **vendor)
    session.add(vendor)
    session.flush()
    session.add(
        Contract(
            source_key="unsure-1",
            digest="0" * 64,
            vendor_id=vendor.id,
            description="Shells",
            class_code="1320",
            amended=False,
            **fact,
        )
    )


def firm_number(session: Session, key: str) -> int:
    """The number of a demonstration firm."""
    return session.scalars(select(FirmRecord.firm_id).where(FirmRecord.key == key)).one()


def _app_in(home: Path) -> Flask:
    url = f"sqlite:///{home / 'cadence.sqlite'}"
    settings = Settings(home, url, secret_key="t" * 32, testing=True, demonstration=True)
    app = create_app(settings)
    # Cadence opens no async sessions, and closing them needs a thread without an event loop,
    # which Playwright's is not.
    closing = app.teardown_appcontext_funcs
    app.teardown_appcontext_funcs = [close for close in closing if not iscoroutinefunction(close)]
    return app


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.close()
        db.engine.dispose()


def _copy_or_share(source: str, target: str) -> None:
    """The many files of an index are never written twice: a link to each will do."""
    (os.link if "/index/" in source else shutil.copy2)(source, target)


@pytest.fixture(scope="session")
def copy_of_demo(demo_home: Path, tmp_path_factory: pytest.TempPathFactory):
    """Open the demonstration in a folder of its own; closed when the `with` ends."""

    @contextmanager
    def copy() -> Iterator[Flask]:
        home = tmp_path_factory.mktemp("copy") / "home"
        shutil.copytree(demo_home, home, copy_function=_copy_or_share)
        app = _app_in(home)
        try:
            yield app
        finally:
            _close(app)
            shutil.rmtree(home, ignore_errors=True)  # a browser's last request may still be served

    return copy


@pytest.fixture(scope="session")
def demo_app(copy_of_demo) -> Iterator[Flask]:
    """The demonstration, for tests that only read."""
    with copy_of_demo() as app:
        yield app


@pytest.fixture
def own_app(copy_of_demo) -> Iterator[Flask]:
    """The demonstration, for one test that writes."""
    with copy_of_demo() as app:
        yield app


@pytest.fixture
def change_figures(firm_ids) -> Callable[[Flask, str], None]:
    """Changes figures of a firm's first line that few may see."""

    def change(app: Flask, key: str) -> None:
        with app.app_context():
            query = select(ProductionLine).where(ProductionLine.firm_id == firm_ids[key])
            line = db.session.scalars(query.order_by(ProductionLine.id)).first()
            line.current_rate_per_month += 1234
            line.surge_rate_per_month += 3456
            line.months_to_rated, line.committed_share = None, 0
            db.session.commit()

    return change


@pytest.fixture(scope="session")
def sign_in() -> Callable[[Flask, str], FlaskClient]:
    """Gives a client signed in through the form, as a person would; a visitor is not."""
    return _sign_in


def _sign_in(app: Flask, role: str) -> FlaskClient:
    client = app.test_client()
    if role == "visitor":
        return client
    page = Page(client.get("/en/sign-in"))
    page = _send(client, page, email=EMAILS[role], password=DEMO_PASSWORD)
    if page.all("input", name="code"):  # which the demonstration shows beside
        page = _send(client, page, code=page.one("p", class_="notice").one("b").text)
    assert page.status == 200 and not page.all("input", name="password"), page.text
    return client


def _send(client: FlaskClient, page: Page, to: str | None = None, **typed: str) -> Page:
    """Fill in the form of a page and send it; gives the page that it leads to.

    `to` is the end of the form's address, where a page holds several.
    """
    forms = page.all("form", method="post")
    found = [f for f in forms if to is not None and f["action"].split("?")[0].endswith(to)]
    form = found[0] if to is not None else page.one("form", class_="form")
    values = {i["name"]: i.attributes.get("value", "") for i in form.all("input")}
    return Page(client.post(form["action"], data=values | typed, follow_redirects=True))


@pytest.fixture(scope="session")
def send() -> Callable[..., Page]:
    """Fill in a form as it was served, send it, and follow where it leads."""
    return _send


@pytest.fixture(scope="session")
def link_in_mail() -> Callable[[Flask, str], str]:
    """The first link of the last mail to an address, as it stands in the outbox."""

    def link(app: Flask, address: str) -> str:
        query = select(Mail).where(Mail.recipient == address).order_by(Mail.id.desc())
        with app.app_context():
            text = db.session.scalars(query).first().text
        return re.search(r"https?://[^/]+(/\S+)", text)[1]

    return link


@pytest.fixture(scope="session")
def client_of(demo_app: Flask) -> Callable[[str], FlaskClient]:
    """The client of a role of EMAILS, or of a visitor, on the shared application."""
    clients: dict[str, FlaskClient] = {}

    def client(role: str) -> FlaskClient:
        if role == "visitor":  # a new one each time, to whom nothing was said yet
            return demo_app.test_client()
        if role not in clients:
            clients[role] = _sign_in(demo_app, role)
        return clients[role]

    return client


@pytest.fixture(scope="session")
def page_of(client_of) -> Callable[..., Page]:
    """Open an address as a role and parse what comes."""

    def page(address: str, role: str = "visitor", **request) -> Page:
        return Page(client_of(role).get(address, **request))

    return page


@pytest.fixture(scope="session")
def secrets_in() -> Callable[[str], set[tuple[str, str]]]:
    """Which secrets a text tells: (key of the firm, kind). It is searched for, not looked up."""
    patterns = {
        (key, kind): re.compile(pattern)
        for key in (OWN, OTHER)
        for kind, pattern in (
            ("rates", "|".join((*map(_as_written, RATES[key]), *map(_in_months, MONTHS[key])))),
            ("readiness", QUALIFIED_TO[key]),
            ("identifier", NCAGE[key]),
            ("clearance", rf"\b{CLEARED_UNTIL[key].year}\b"),
            ("number", CERTIFICATE_NUMBER[key]),
        )
    }
    return lambda text: {secret for secret, pattern in patterns.items() if pattern.search(text)}


def _in_months(number: Decimal) -> str:
    return rf"\b{str(number).replace('.', '[.,]')}\b"


def _as_written(number: int) -> str:
    """A number of five digits as either language groups it, or not at all."""
    return rf"\b{number // 1000}[\s,\u202f]?{number % 1000:03}\b"


@pytest.fixture(scope="session")
def html() -> Callable[..., Page]:
    """Parse an answer."""
    return Page


@pytest.fixture(scope="session")
def firm_ids(demo_app: Flask) -> dict[str, int]:
    """Numbers of the demonstration firms by their keys."""
    with demo_app.app_context():
        return dict(db.session.execute(select(FirmRecord.key, FirmRecord.firm_id)).all())


@pytest.fixture
def count_queries(monkeypatch) -> Callable[..., int]:
    """How many statements the database is sent for one address, once its caches are warm."""
    # Else whether the index is looked at again depends on how fast the test runs.
    monkeypatch.setattr(publication, "LOOK_EVERY_SECONDS", 3600)

    def count(client: FlaskClient, address: str) -> int:
        sent: list[str] = []
        with client.application.app_context():
            engine = db.engine

        def note(_connection, _cursor, statement, *_rest):
            sent.append(statement)

        assert client.get(address).status_code == 200
        event.listen(engine, "before_cursor_execute", note)
        try:
            assert client.get(address).status_code == 200
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(sent)

    return count


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_args):
        pass


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Serve on a free port of this machine; gives the address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    server.daemon_threads, server.block_on_close = True, False  # Chromium keeps sockets open
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def serve_app() -> Callable[[Flask], AbstractContextManager[str]]:
    """Serve an application while a `with` lasts; gives the address."""
    return serve


@pytest.fixture(scope="session")
def live(demo_app: Flask) -> Iterator[str]:
    """The address of the demonstration, for browser tests that only read."""
    with serve(demo_app) as address:
        yield address


@pytest.fixture
def own_live(own_app: Flask) -> Iterator[str]:
    """The address of a demonstration of one's own, for a browser test that writes."""
    with serve(own_app) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium; nothing is downloaded.

    Not pytest-playwright's, which lives as long as the test run: Playwright leaves an event loop
    in its thread, and Flask's requests of later tests could not be closed beside one.
    """
    path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    assert path, "Install Chromium, or say where it is in CHROMIUM_PATH."
    quiet = ("gpu", "quic", "background-networking", "component-update", "sync")
    args = ["--no-first-run", *(f"--disable-{name}" for name in quiet)]
    if os.geteuid() == 0:  # Chromium has no sandbox for root
        args.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=args)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def french():
    with CATALOGUE.open("rb") as file:
        return {message.id: message.string for message in read_po(file, locale="fr")}


@pytest.fixture
def say(french):
    """What the interface calls something, in a language."""

    def translate(message, language, **values):
        text = french[message] if language == "fr" else message
        return text % values if values else text

    return translate


@pytest.fixture
def open_browser(chromium):
    """A person's browser: a page, whose console must stay free of errors."""
    contexts = []

    def begin(language="en", viewport=None, **settings):
        context = chromium.new_context(
            viewport=viewport or DESK, locale=f"{language}-CA", accept_downloads=True, **settings
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.said = []
        page.on("console", lambda m: page.said.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.said.append(str(error)))
        return page

    yield begin
    said = [text for context in contexts for page in context.pages for text in page.said]
    for context in contexts:
        context.close()
    assert not said


@pytest.fixture(scope="session")
def csrf() -> Callable[[FlaskClient], str]:
    """The token that a form of this client's session must carry."""

    def token(client: FlaskClient) -> str:
        page = Page(client.get("/en/sign-in", follow_redirects=True))
        return page.all("input", name="csrf_token")[0]["value"]

    return token
