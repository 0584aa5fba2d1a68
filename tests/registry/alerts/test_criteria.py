"""Criteria: equal questions are one document, and nothing unknown is let in."""

import pytest

from registry.alerts.criteria import canonical, digest_of, sentence
from registry.errors import RuleBroken


def document(**need):
    return {"version": 1, "need": need}


def test_equal_questions_share_one_digest():
    one = canonical({**document(text="Obus  155 MM"), "provinces": ["QC", "AB", "QC"]})
    other = canonical({**document(text="obus 155 mm"), "provinces": ["AB", "QC"]})
    assert one == other and digest_of(one) == digest_of(other)
    assert digest_of(canonical(document(category="amm-01"))) == digest_of(
        canonical({**document(category="AMM-01"), "provinces": []})
    )
    assert digest_of(one) != digest_of(canonical(document(text="obus 155 mm")))
    assert len(digest_of(one)) == 64


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"version": 2, "need": {"text": "x"}},
        {"version": "1", "need": {"text": "x"}},
        document(),
        document(text="x", category="AMM-01"),
        document(text="x" * 401),
        document(tender="7; drop table"),
        document(text="x", colour="red"),
        {**document(text="x"), "sort": "rate"},
        {**document(text="x"), "provinces": ["XX"]},
    ],
)
def test_what_is_not_known_is_refused(app, wrong):
    with pytest.raises(RuleBroken, match="cannot be saved"):
        canonical(wrong)


def test_a_search_is_said_in_words(session):
    said = sentence(session, {**document(category="AMM-01"), "provinces": ["AB", "QC"]})
    assert said == "shortfall category AMM-01, with a site in Alberta, Quebec"
