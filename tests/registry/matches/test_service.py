"""Ranking for pages and exports, and freezing a match."""

import datetime as dt
import json

import pytest

from matching import FEATURES, PROFILE
from registry.capabilities.models import ProductionLine
from registry.firms.models import Certificate
from registry.firms.service import announce_changes
from registry.matches import service
from registry.matches.needs import need_of_category, need_of_class, need_of_text
from registry.matches.service import (
    category_counts,
    freeze,
    match_one,
    rank_need,
    rows_of,
)
from registry.taxonomy.models import ShortfallCategory
from registry.taxonomy.service import get_category, get_class, list_categories
from registry.visibility.readers import OPERATOR


@pytest.fixture
def firms(session, add_firm, few_classes):
    """A shell maker who declares the class, one who only describes it, and one of other things."""
    maker = add_firm("Shell Works", "155 mm artillery shells", classes=("1320",))
    writer = add_firm("Forge", "155 mm artillery shell bodies")
    baker = add_firm("Bakery", "Bread and rolls")
    fact = {"source_id": maker.source_id}
    session.add(Certificate(firm_id=maker.id, scheme="CGP", expires_on=dt.date(2031, 5, 1), **fact))
    for rate, category in ((1600, "AMM-01"), (None, "AMM-01"), (5, "AMM-02")):
        session.add(
            ProductionLine(
                firm_id=maker.id, category_code=category, product_en="Shells", product_fr="Obus",
                unit="round", current_rate_per_month=rate, **fact,
            )
        )  # fmt: skip
    announce_changes(session, [maker.id])
    session.commit()
    return maker, writer, baker


@pytest.fixture
def shells(session):
    return need_of_category(get_category(session, "AMM-01"))


def test_the_best_come_first_with_their_rows(app, session, firms, shells):
    maker, writer, _baker = firms
    ranking = rank_need(session, shells, OPERATOR, category="AMM-01")
    assert [row.firm.id for row in ranking.rows][:2] == [maker.id, writer.id]
    assert [row.match.rank for row in ranking.rows] == list(range(1, len(ranking.rows) + 1))
    scores = [row.match.score for row in ranking.rows]
    assert scores == sorted(scores, reverse=True) and scores[0] > scores[1] > 0
    assert [seen.line.current_rate_per_month for seen in ranking.rows[0].lines] == [1600, None]
    assert ranking.rows[1].lines == [] and ranking.with_rate == 1
    assert (ranking.least, ranking.profile) == (PROFILE.fits_at, PROFILE.name)
    assert ranking.fitting == sum(score >= PROFILE.fits_at for score in scores) >= 1
    assert ranking.version.firms == 3


def test_a_need_without_a_category_has_no_lines(app, session, firms):
    ranking = rank_need(session, need_of_class(get_class(session, "1320")), OPERATOR)
    assert ranking.rows[0].firm.id == firms[0].id and ranking.rows[0].lines == []
    assert ranking.with_rate == 0


def test_limit(app, session, firms, shells):
    assert len(rank_need(session, shells, OPERATOR, limit=1).rows) == 1
    assert len(rank_need(session, shells, OPERATOR, limit=0).rows) == 3


@pytest.mark.parametrize("words", ["155mm shells", "obus de 155 mm", "OBUS D’ARTILLERIE"])
def test_words_in_either_language_find_the_maker(app, session, firms, words):
    assert rank_need(session, need_of_text(words), OPERATOR).rows[0].firm.id == firms[0].id


def test_words_that_say_nothing(app, session, firms):
    assert rank_need(session, need_of_text("!!!"), OPERATOR).fitting == 0


def test_queries_do_not_grow_with_the_firms_shown(
    app, session, firms, shells, add_firm, live, count_queries, monkeypatch
):
    monkeypatch.setattr("registry.matches.publication.LOOK_EVERY_SECONDS", 0.0)
    used = []
    for _turn in range(2):
        live()
        session.expunge_all()
        with count_queries() as seen:
            rows = rank_need(session, shells, OPERATOR, category="AMM-01").rows
            assert all(row.firm.main_site for row in rows)
        used.append((len(rows), len(seen)))
        for number in range(12):
            add_firm(f"More {number}", "155 mm artillery shells")
    (few, queries), (many, later) = used
    assert many > few + 10 and later == queries


def test_a_firm_withdrawn_since_the_last_look_is_not_shown(app, session, firms, shells):
    """It is still in the index that this process holds; deleted rows are simply not shown."""
    maker = firms[0]
    assert rank_need(session, shells, OPERATOR).rows[0].firm.id == maker.id
    session.delete(maker)
    session.commit()
    assert maker.id not in [row.match.supplier for row in rank_need(session, shells, OPERATOR).rows]


def test_one_firm_at_its_rank(app, session, firms, shells, live):
    ranking = rank_need(session, shells, OPERATOR)
    for row in ranking.rows:
        assert match_one(live(), shells, row.firm.id) == row.match
    assert match_one(live(), shells, 999_999) is None


def test_firms_side_by_side_in_the_order_asked_for(app, session, firms, shells):
    maker, writer, _baker = firms
    rows = rows_of(session, shells, [writer.id, 999_999, maker.id], OPERATOR, "AMM-01")
    assert [(row.firm.id, row.match.rank) for row in rows] == [(writer.id, 2), (maker.id, 1)]
    assert [len(row.lines) for row in rows] == [0, 2]


def test_counts_of_every_category(app, session, firms, shells):
    counts = category_counts(session)
    assert set(counts) == {category.code for category in list_categories(session)}
    assert counts["AMM-01"] == rank_need(session, shells, OPERATOR).fitting >= 1
    assert all(0 <= count <= 3 for count in counts.values())


def test_counts_are_computed_once(app, session, firms, monkeypatch):
    first = dict(category_counts(session))
    monkeypatch.setattr(service.matching, "count_fitting", lambda *_: pytest.fail("counted again"))
    assert category_counts(session) == first


def test_a_category_loaded_since_is_counted(app, session, firms):
    """The index is looked at once a second; until then a new category must not be missing."""
    category_counts(session)
    first = get_category(session, "AMM-01")
    values = {c.key: getattr(first, c.key) for c in ShortfallCategory.__table__.c}
    session.add(ShortfallCategory(**{**values, "code": "AMM-99"}))
    session.commit()
    counts = category_counts(session)
    assert counts["AMM-99"] == counts["AMM-01"]


def test_counts_follow_changes(app, session, firms, always_look):
    before = category_counts(session)["AMM-01"]
    firms[0].listed = "withdrawn"
    announce_changes(session, [firms[0].id])
    session.commit()
    assert category_counts(session)["AMM-01"] == before - 1


def test_a_frozen_match_is_json_and_its_parts_add_up(app, session, firms, shells):
    for row in rank_need(session, shells, OPERATOR, limit=0).rows:
        frozen = freeze(row.match)
        assert json.loads(json.dumps(frozen)) == frozen
        total = sum(part["points"] for part in frozen["parts"])
        assert abs(frozen["score"] - min(100.0, max(0.0, total))) < 0.001
        for part in frozen["parts"]:
            assert part["points"] == pytest.approx(part["weight"] * part["value"], abs=1e-4)
            assert part["title"] == FEATURES[part["feature"]].title and part["about"]
            assert bool(part["evidence"]) <= (part["value"] > 0)
        assert {part["feature"] for part in frozen["parts"]} == set(PROFILE.weights)
        assert frozen["profile"] == PROFILE.name and frozen["rank"] == row.match.rank


def test_a_frozen_match_keeps_gates_and_what_is_missing(app, session, firms, shells):
    frozen = freeze(rank_need(session, shells, OPERATOR).rows[0].match)
    held = gate_of(frozen, "controlled goods")
    assert (held["state"], held["scheme"], held["expires_on"]) == ("pass", "CGP", "2031-05-01")
    unheld = gate_of(frozen, "quality system")
    assert (unheld["state"], unheld["scheme"], unheld["expires_on"]) == ("unknown", None, None)
    assert "employees" in frozen["missing"] and "offers" not in frozen["missing"]


def gate_of(frozen, name):
    (gate,) = (gate for gate in frozen["gates"] if gate["name"] == name)
    return gate


def test_the_day_decides_about_expiry(app, session, firms, shells, monkeypatch):
    monkeypatch.setattr(service, "today", lambda: dt.date(2031, 5, 2))
    frozen = freeze(rank_need(session, shells, OPERATOR).rows[0].match)
    assert gate_of(frozen, "controlled goods")["state"] == "fail"
