"""Rules changed: looked at first, kept with their history, and notices read again by them."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import JSON, func, select

from registry.audit.models import AuditEvent
from registry.db import today
from registry.errors import Conflict, RuleBroken
from registry.feeds.models import Source
from registry.jobs.models import DONE, Job
from registry.jobs.worker import Worker
from registry.rules import work
from registry.rules.content import CATEGORY, NONE, THRESHOLD, RuleContent
from registry.rules.forms import WrongRule, read_rule, type_rule
from registry.rules.mapping import map_notices
from registry.rules.models import NoticeFinding, NoticeReading, Rule
from registry.rules.packaged import load_packaged_rules
from registry.rules.preview import GAINED, LOST, OTHERWISE
from registry.rules.service import (
    Proposed,
    discard_change,
    list_rules,
    propose,
    save_change,
    versions_of,
)
from registry.rules.sheet import read_sheet, rows_of
from registry.sheets import csv_chunks
from registry.taxonomy.service import get_category, list_categories
from registry.tenders.models import Tender

LISTS = [one.name for one in Tender.__table__.columns if isinstance(one.type, JSON)]
NEW = RuleContent(CATEGORY, "AMM-01", words_en=("bronze bells",), weight=1.0,
                  source_en="A memo", source_fr="Une note")  # fmt: skip


@pytest.fixture
def notices(session):
    """Three notices, of which two speak of bells; of 2025, 2026 and 2026."""
    source = Source(code="made-up", title_en="Made up", title_fr="Inventé")
    session.add(source)
    session.flush()
    for number, (title, day) in enumerate(
        (("Bronze bells", "2025-06-01"), ("Bronze bells", "2026-06-01"), ("Tents", "2026-06-01"))
    ):
        lists = {name: [] for name in LISTS}
        lists.update(kinds=["GD"], agreements_en=["Canadian Free Trade Agreement (CFTA)"])
        session.add(
            Tender(reference=f"n-{number}", amendment="000", digest=str(number), title_en=title,
                   published_on=dt.date.fromisoformat(day), words="", source_id=source.id, **lists)
        )  # fmt: skip
    session.commit()


def current(session, key):
    return next(rule for rule in list_rules(session) if rule.key == key)


def save(session, *proposed, why="Asked for."):
    change = propose(session, 7, proposed)
    assert work.preview(session, 7, change) is None
    rules = save_change(session, 7, change, why)
    session.commit()
    return change, rules


def found(session):
    query = select(Tender.reference, NoticeFinding.kind, NoticeFinding.target)
    return set(session.execute(query.join(Tender).where(NoticeFinding.kind == CATEGORY)).all())


def test_a_rule_is_previewed_saved_and_applied(session, engine, notices):
    assert map_notices(session) == 3 and map_notices(session) == 0 and not found(session)
    since = replace(NEW, valid_from=dt.date(2026, 1, 1))
    change, (rule,) = save(session, Proposed(None, since))
    assert change.preview["examined"] == 2  # those of its days
    assert change.preview["counts"] == [[CATEGORY, "AMM-01", GAINED, 1]]
    assert [one["reference"] for one in change.preview["shown"]] == ["n-1"]
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "rule.save")).one()
    assert (event.subject_id, event.why, event.actor_id) == (rule.id, "Asked for.", 7)
    Worker(engine).run_waiting()
    assert {job.state for job in session.scalars(select(Job))} == {DONE}
    assert found(session) == {("n-1", CATEGORY, "AMM-01")}
    # Valid from earlier on; then for none of the categories; then withdrawn.
    change, _ = save(session, Proposed(rule.key, NEW))
    assert change.preview["touched"] == 1 and change.preview["shown"][0]["reference"] == "n-0"
    change, _ = save(session, Proposed(None, replace(NEW, target=NONE)))
    assert change.preview["counts"] == [
        [CATEGORY, "AMM-01", LOST, 2],
        [CATEGORY, NONE, GAINED, 2],
    ]
    save(session, Proposed(rule.key, replace(NEW, withdrawn=True)))
    map_notices(session)
    assert {target for _r, _k, target in found(session)} == {NONE}
    versions = versions_of(session, rule.key)
    assert [one.version for one in versions] == [3, 2, 1]
    assert versions[2].valid_from == dt.date(2026, 1, 1) and versions[2].replaced_at
    assert versions[0].withdrawn and versions[0].replaced_at is None
    assert session.scalar(select(func.count()).select_from(NoticeReading)) == 3


def test_a_threshold_that_moves_is_seen_in_agreements(session, notices):
    key = "threshold:CFTA:department:goods:2026-01-01"
    before = current(session, key).content
    change, _ = save(session, Proposed(key, replace(before, amount_cad=35_000)))
    assert change.preview["counts"] == [["agreement", "CFTA", OTHERWISE, 2]]
    (move,) = change.preview["shown"][0]["moves"]
    assert (move["before"], move["after"]) == ([["goods", 34_700]], [["goods", 35_000]])
    with pytest.raises(Conflict, match="states this threshold"):
        propose(session, 7, [Proposed(None, replace(before, amount_cad=1))])
    propose(session, 7, [Proposed(None, replace(before, valid_from=dt.date(2028, 1, 1),
                                                valid_until=None))])  # fmt: skip


def test_what_cannot_be_saved(session, notices):
    key = "category:AMM-01"
    same = current(session, key).content
    with pytest.raises(RuleBroken, match="Nothing is different"):
        propose(session, 7, [Proposed(key, same)])
    changes = [propose(session, 7, [Proposed(key, replace(same, weight=w))]) for w in (2.0, 3.0)]
    with pytest.raises(Conflict, match="Wait"):
        save_change(session, 7, changes[0], "Because")
    for change in changes:
        work.preview(session, 7, change)
    with pytest.raises(RuleBroken, match="Say why"):
        save_change(session, 7, changes[0], "  ")
    save_change(session, 7, changes[0], "Because")
    for change in changes:  # the second was compared with rules that are no more
        with pytest.raises(Conflict):
            save_change(session, 7, change, "Because")
    discard_change(session, changes[1])
    with pytest.raises(Conflict):
        discard_change(session, changes[0])


def test_many_notices_are_looked_at_by_a_job(session, engine, notices, monkeypatch):
    monkeypatch.setattr(work, "SOON", 1)
    change = propose(session, None, [Proposed(None, NEW)])
    job = work.preview(session, None, change)
    session.commit()
    assert change.job_id == job.id and change.preview is None
    Worker(engine).run_waiting()
    session.expire_all()
    assert change.preview["touched"] == 2
    save_change(session, None, change, "Seen.")


def test_the_package_never_undoes_an_edit_and_follows_the_taxonomy(session):
    assert load_packaged_rules(session) == 0
    key, other = "category:AMM-01", "category:AMM-02"
    mine = replace(current(session, key).content, words_en=("my words",))
    save(session, Proposed(key, mine))
    row = session.scalars(select(Rule).where(Rule.key == other, Rule.replaced_at.is_(None))).one()
    row.words_en = ["of an older package"]
    session.flush()
    for code in ("AMM-01", "AMM-03"):
        get_category(session, code).synonyms_en = ["new synonym"]
    session.flush()
    assert load_packaged_rules(session) == 2
    assert current(session, key).content == mine
    assert "of an older package" not in current(session, other).words_en
    assert "new synonym" in current(session, "category:AMM-03").words_en
    # A category that is retired maps no later notice.
    gone = list_categories(session)[5]
    gone.retired = True
    session.flush()
    assert (load_packaged_rules(session), load_packaged_rules(session)) == (1, 0)
    assert current(session, f"category:{gone.code}").valid_until == today()


@pytest.mark.parametrize("kind", [CATEGORY, THRESHOLD])
def test_faults_are_all_told_by_field(session, kind):
    typed = {"kind": kind, "target": "XXX-99", "codes": "1320", "words_en": "!!", "weight": "99",
             "amount_cad": "much", "valid_from": "soon", "valid_until": "2026-02-30"}  # fmt: skip
    with pytest.raises(WrongRule) as wrong:
        read_rule(typed, {"AMM-01"})
    own = {"codes", "words_en", "weight"} if kind == CATEGORY else {"entity", "commodity",
                                                                    "amount_cad"}  # fmt: skip
    common = {"target", "valid_from", "valid_until", "source_en", "source_fr"}
    assert set(wrong.value.faults) == common | own


def test_rules_go_out_as_csv_and_come_back(session):
    rules, codes = list_rules(session), [one.code for one in list_categories(session)]
    for rule in rules:
        assert read_rule(type_rule(rule.content), codes) == rule.content, rule.key
    content = b"".join(csv_chunks(rows_of(rules)))
    back = read_sheet(content, rules, codes)
    assert len(back) == len(rules)
    with pytest.raises(RuleBroken, match="Nothing is different"):
        propose(session, 7, back)
    changed = content.replace(b"34700", b"34701", 1)
    (one,) = propose(session, 7, read_sheet(changed, rules, codes)).rules
    assert one["amount_cad"] == 34_701
    for wrong, message in (
        (b"\xff", "UTF-8"),
        (b"a,b\n1,2\n", "holds no rules"),
        (content.replace(b"34700", b"lots", 1), "amount_cad"),
        (content.replace(b"category:AMM-01,", b"nowhere,"), "Line"),
    ):
        with pytest.raises(RuleBroken, match=message):
            read_sheet(wrong, rules, codes)
