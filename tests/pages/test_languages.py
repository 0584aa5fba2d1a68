"""A page speaks one language: no word of the interface of the other stands on it."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

CATALOGUE = Path(__file__).parents[2] / "registry/translations/fr/LC_MESSAGES/messages.po"
ROLES = ("visitor", "firm", "official", "auditor", "administrator")
SPOKEN = ("alt", "aria-label", "placeholder", "title", "data-l", "value")
# Cut where a value is put in, a tag stands, or a sentence ends.
CUT = re.compile(r"%\(\w+\)[a-z]|<[^>]+>|[.:;,·“”()«»]")
TWO_WORDS = re.compile(r"[^\W\d_]{2,}[\s\u00a0]+[^\W\d_]{2,}")


def phrases(texts):
    """Pieces of messages that are at least two words long, in one case and with plain spaces."""
    found = set()
    for text in texts:
        for piece in CUT.split(text):
            if TWO_WORDS.search(piece):
                found.add(" ".join(piece.lower().split()))
    return found


@pytest.fixture(scope="module")
def spoken_only_in():
    """The phrases of each language that are none of the other's."""
    with CATALOGUE.open("rb") as file:
        catalogue = [message for message in read_po(file, locale="fr") if message.id]
    ids = (m.id if isinstance(m.id, tuple) else (m.id,) for m in catalogue)
    strings = (m.string if isinstance(m.string, tuple) else (m.string,) for m in catalogue)
    english, french = (
        phrases(t for texts in ids for t in texts),
        phrases(t for texts in strings for t in texts),
    )
    return {"en": english - french, "fr": french - english}


def said_on(page, language):
    """What the page says in its own language: marked passages of the other are left out."""

    def own(element):
        while element is not None:
            if element.attributes.get("class") == "met":  # quoted as the firm or the need says it
                return False
            if lang := element.attributes.get("lang"):
                return lang.startswith(language)
            element = element.parent
        return True

    texts = [text for element, text in page.strings() if own(element)]
    for element in page.all():
        if element.attributes.get("type") != "hidden" and own(element):
            # What a box to tick stands for is sent, not said.
            silent = {"value"} if element.attributes.get("type") in {"checkbox", "radio"} else set()
            texts += [element.attributes.get(name, "") for name in SPOKEN if name not in silent]
    return " ".join(" | ".join(texts).lower().split())


def addresses(language, firm_ids):
    """Each kind of page in several states, among them mistakes."""
    firms = [firm_ids[key] for key in list(firm_ids)[::6]]
    return [
        f"/{language}/{rest}"
        for rest in (
            "",
            "shortfalls",
            "shortfalls/AMM-01",
            "shortfalls/MED-01",
            "shortfalls/XXX-99",
            "classes/1320",
            "classes/0000",
            "search",
            "search?q=obus",
            "search?q=zzzzqqq",
            "search?q=" + "x" * 401,
            "compare?class=1320&firm=1&firm=2",
            "compare",
            "vendors",
            "shortlists",
            "shortlists/99",
            "sign-in",
            "firms/99999",
            "nowhere",
            *(f"firms/{number}" for number in firms),
        )
    ]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_speak_their_own_language(page_of, firm_ids, spoken_only_in, language, role):
    other = "en" if language == "fr" else "fr"
    foreign = re.compile(
        "|".join(rf"\b{re.escape(p)}\b" for p in sorted(spoken_only_in[other], key=len))
    )
    heard = {}
    for address in addresses(language, firm_ids):
        page = page_of(address, role, headers={"Accept-Language": language})
        found = set(foreign.findall(said_on(page, language)))
        if found and page.status != 302:  # the body of a redirection is Werkzeug's, and never shown
            heard[address] = found
    assert not heard


def test_who_is_led_to_sign_in_is_told_why_in_french(client_of, html):
    client = client_of("visitor")
    client.get("/fr/shortlists")
    page = html(client.get("/fr/sign-in"))
    assert page.one(class_="flashes").text.startswith("Connectez-vous")


def test_a_wrong_password_is_said_in_french(client_of, csrf, html):
    client = client_of("visitor")
    data = {"csrf_token": csrf(client), "email": "official@cadence.example", "password": "wrong"}
    page = html(client.post("/fr/sign-in", data=data))
    assert page.one(role="alert").text.startswith("L’adresse de courriel ou le mot de passe")
