"""What rules read in a notice: plain statements alone, by the rules of its day."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from registry.rules.content import CATEGORY, GATE, NONE, THRESHOLD, RuleContent, read_code
from registry.rules.reading import Notice, RuleSet
from registry.rules.service import requirement_of, rules_by_number

CGP = "The supplier must be registered in the Controlled Goods Program."
DAY = dt.date(2026, 3, 1)
BLANK = {"en": "", "fr": ""}
PLAIN = Notice(DAY, BLANK, BLANK, BLANK, BLANK, {"unspsc": [], "gsin": [], "nsc": []}, ["GD"])


@pytest.fixture(scope="module")
def packaged(sqlite_template):
    """The rules that come with Cadence."""
    engine = create_engine(f"sqlite:///{sqlite_template}")
    with Session(engine) as session:
        rules = rules_by_number(session)
    engine.dispose()
    return RuleSet(rules)


def gates(rules, english="", french=""):
    notice = replace(PLAIN, texts={"en": english, "fr": french})
    return [one for one in rules.read(notice) if one.kind == GATE]


def test_statements(packaged):
    for english, french, expected in (
        (CGP, "", ["controlled goods"]),
        ("", "L’inscription au Programme des marchandises contrôlées est exigée.",
         ["controlled goods"]),
        ("A facility security clearance (Secret) is required.", "", ["facility clearance"]),
        ("", "Une attestation de sécurité d’installation est exigée.", ["facility clearance"]),
        ("", "Vérification d’organisation désignée (VOD).", ["organization screening"]),
        ("Quality to AQAP 2110.", "Certification CPCSC.", ["cyber certification",
                                                            "quality system"]),
        ("Quality to AQAP2110.", "", ["quality system"]),
        ("This is not subject to the Controlled Goods Program.", "", []),
        ("", "Ces travaux ne sont pas assujettis au Programme des marchandises contrôlées.", []),
        ("There is no security requirement.", "Aucune attestation de sécurité d’installation.", []),
        ("Uncontrolled goods.\nControlled drinks.", "", []),
        ("This is set aside under the Procurement Strategy for Indigenous Business.", "",
         ["Indigenous set-aside"]),
        ("", "L’exigence est assujettie à la Politique sur le contenu canadien.",
         ["Canadian content"]),
        ("", "", []),
    ):  # fmt: skip
        found = [one.target for one in gates(packaged, english, french)]
        assert found == expected, (english, french)


def test_the_highest_level_counts_and_each_language_is_quoted_once(packaged):
    text = f"Delivery is not urgent.\n{CGP}\nDrawings: controlled goods."
    (found,) = gates(packaged, text, "Programme des marchandises contrôlées.")
    french = "Programme des marchandises contrôlées."
    assert found.detail["quotes"] == {"en": CGP, "fr": french}
    assert requirement_of(found).any_of == ("CGP",)
    (found,) = gates(packaged, "Facility clearance.\nA Facility Security Clearance (Secret).")
    assert found.detail["level"] == "Secret"
    assert requirement_of(found).levels == ("Secret", "Top Secret")
    (found,) = gates(packaged, "", "La certification PCCC de niveau 2 est exigée.")
    assert requirement_of(found).levels == ("2", "3")


def test_agreements_come_with_the_thresholds_of_the_day_and_the_buyer(packaged):
    named = {"en": "Canadian Free Trade Agreement (CFTA); Canada-Ukraine Free Trade Agreement",
             "fr": ""}  # fmt: skip
    notice = replace(PLAIN, agreements=named, kinds=["GD", "SRV", "SRVTGD"])

    def amounts(**other):
        found = packaged.read(replace(notice, **other))
        return {one.target: [each["amount"] for each in one.detail["thresholds"]] for one in found}

    # The second's thresholds of these years were not known when the table was made.
    assert amounts() == {"CFTA": [34_700, 139_000], "CUFTA": [None, None]}
    assert amounts(day=dt.date(2025, 12, 31))["CFTA"] == [33_400, 133_800]
    assert amounts(day=dt.date(2031, 1, 1))["CFTA"] == [None, None]
    crown = {"en": "", "fr": "Société canadienne des postes"}
    assert amounts(buyers=crown)["CFTA"] == [694_700, 694_700]


def rule(target, **other):
    return RuleContent(CATEGORY, target, weight=1.0, source_en="S", source_fr="S", **other)


def targets(notice, *rules):
    found = RuleSet(dict(enumerate(rules, start=1))).read(notice)
    return [(one.target, one.points) for one in found]


def test_codes_and_words_add_up_and_none_of_them_puts_aside():
    codes = {"unspsc": ["46101601"], "gsin": ["N1320A"], "nsc": ["1320"]}
    notice = replace(PLAIN, codes=codes, titles={"en": "Practice rounds", "fr": ""})
    shells = rule("AMM-01", codes=(read_code("UNSPSC 46101600"), read_code("gsin:n13")),
                  words_fr=("practice rounds",))  # fmt: skip
    assert targets(notice, shells) == [("AMM-01", 4.0)]  # words of the other language do not count
    other = rule("AMM-02", words_en=("practice round*",))
    assert targets(notice, shells, other) == [("AMM-01", 4.0), ("AMM-02", 3.1)]
    none = rule(NONE, words_en=("practice rounds",))
    assert targets(notice, shells, other, none) == [("AMM-01", 4.0), (NONE, 3.1)]
    assert targets(notice, shells, replace(none, weight=2.0)) == [(NONE, 6.2)]
    assert targets(notice, rule("AMM-03", words_en=("practice",))) == []  # one word is not enough
    two = (rule("AMM-03", words_en=("practice",)), rule("AMM-03", words_en=("rounds",)))
    assert targets(notice, *two) == [("AMM-03", 1.6)]


def test_a_rule_counts_on_its_days_alone():
    ended = rule("AMM-01", words_en=("two words",), valid_from=DAY, valid_until=DAY)
    notice = replace(PLAIN, titles={"en": "Two words", "fr": ""})
    day = dt.timedelta(days=1)
    assert targets(notice, ended)
    for other in (DAY - day, DAY + day):
        assert not targets(replace(notice, day=other), ended)
    assert not targets(notice, replace(ended, withdrawn=True))
    assert not targets(notice, RuleContent(THRESHOLD, "CFTA", amount_cad=1))


def test_codes_are_read_as_people_write_them():
    assert read_code(" UNSPSC 46101600 ") == "unspsc:461016" == read_code("unspsc:46101600")
    assert read_code("GSIN n1320a") == "gsin:N1320A" and read_code("NSC 13") == "nsc:13"
    assert {read_code(text) for text in ("46101600", "UNSPSC 461", "NSC 132", "", "GSIN")} == {None}
