"""The access log: who leaves a trace, what a row holds, and what the firm is told."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from registry.accounts.models import AUDITOR, FIRM, OFFICIAL, Role, User
from registry.disclosures import service
from registry.disclosures.models import BITS, Disclosure, FieldSet, Purpose
from registry.disclosures.service import NotLogged, list_views, note_disclosure, summary_of
from registry.feeds.models import Source
from registry.firms.models import Firm
from registry.visibility.table import Field, Reader, in_confidence

RATES, GATES = {Field.LINE_BANDS}, {Field.GATES}


@dataclass
class Someone:
    id: int = 1
    role: str = OFFICIAL
    office: str | None = "Ammunition"
    is_authenticated: bool = True

    def has_role(self, role: str) -> bool:
        return role == self.role


@pytest.fixture
def firms(session) -> list[int]:
    source = Source(code="made-up", title_en="Made up", title_fr="Inventée")
    made = [Firm(name=f"Firm {number}", source=source) for number in range(3)]
    session.add_all(made)
    session.commit()
    return [firm.id for firm in made]


def rows(session) -> list[Disclosure]:
    session.expire_all()
    return list(session.scalars(select(Disclosure).order_by(Disclosure.firm_id, Disclosure.id)))


def test_one_row_for_each_person_firm_purpose_and_day(session, firms, monkeypatch):
    one, other = firms[:2]
    assert note_disclosure(session, Someone(), firms[:2], Purpose.PAGE, RATES)
    note_disclosure(session, Someone(), [one], Purpose.PAGE, GATES)
    note_disclosure(session, Someone(), [one], Purpose.EXPORT, GATES)
    note_disclosure(session, Someone(2), [one, one], Purpose.PAGE, RATES)
    monkeypatch.setattr(service, "today", lambda: dt.date(2020, 1, 1))
    note_disclosure(session, Someone(), [one], Purpose.PAGE, RATES)
    session.commit()
    assert [(r.firm_id, r.actor_id, r.purpose, r.fields, r.times) for r in rows(session)] == [
        (one, 1, "page", RATES | GATES, 2),
        (one, 1, "export", GATES, 1),
        (one, 2, "page", RATES, 1),
        (one, 1, "page", RATES, 1),
        (other, 1, "page", RATES, 1),
    ]


@pytest.mark.parametrize(
    ("person", "fields"),
    [
        (Someone(role=FIRM), RATES),  # the firm itself, or another, to whom nothing is shown
        (Someone(is_authenticated=False), RATES),
        (Someone(), {Field.IDENTITY, Field.RANKING}),  # for everyone
        (Someone(role=AUDITOR), {Field.CERTIFICATE_NUMBER}),  # not for auditors
        (Someone(), set()),
    ],
)
def test_who_is_shown_nothing_in_confidence_leaves_no_trace(session, firms, person, fields):
    assert not note_disclosure(session, person, firms, Purpose.PAGE, fields)
    assert rows(session) == []


def test_need_to_know_is_logged_where_it_holds(session, firms):
    """An exact rate of one firm, bands of the others."""
    one, *others = firms
    both = {Field.LINE_RATES, Field.LINE_BANDS}
    named = {one: Reader.NAMED_OFFICIAL}
    assert note_disclosure(session, Someone(), firms, Purpose.PAGE, both, named)
    assert not note_disclosure(session, Someone(), others, Purpose.PAGE, {Field.LINE_RATES}, named)
    session.commit()
    assert [(row.firm_id, row.role, row.fields) for row in rows(session)] == [
        (one, "official", {Field.LINE_RATES}),
        *((other, "official", {Field.LINE_BANDS}) for other in others),
    ]


def test_of_no_firm_there_is_nothing_to_log(session):
    assert not note_disclosure(session, Someone(), [], Purpose.PAGE, RATES)


def test_what_is_told_in_confidence_can_be_logged():
    """A new field that is not for everyone needs its bit, and no two share one."""
    ours = {field for field in Field if in_confidence(field)}
    assert set(BITS) == ours - {Field.TRAIL, Field.FIRM_VIEWS}
    assert all(bit.bit_count() == 1 for bit in BITS.values())
    assert len(set(BITS.values())) == len(BITS)


@settings(deadline=None)
@given(st.frozensets(st.sampled_from(list(BITS))))
def test_sets_of_fields_survive_storage(fields):
    kind = FieldSet()
    assert kind.process_result_value(kind.process_bind_param(fields, None), None) == fields


def test_any_number_of_firms_is_one_statement(session, engine, firms):
    source = session.scalars(select(Source)).first()
    more = [Firm(name=f"More {number}", source=source) for number in range(50)]
    session.add_all(more)
    session.commit()
    sent = []
    event.listen(engine, "before_cursor_execute", lambda _c, _k, said, *_rest: sent.append(said))
    note_disclosure(session, Someone(), [firm.id for firm in more], Purpose.PAGE, RATES)
    assert len([said for said in sent if said.startswith("INSERT")]) == 1 and len(sent) <= 4


def test_two_pages_of_a_person_at_once_are_both_counted(session, engine, firms):
    def look(turn: int) -> None:
        with Session(engine) as own:
            fields = RATES if turn % 2 else GATES
            note_disclosure(
                own, Someone(), firms if turn % 3 else firms[::-1], Purpose.PAGE, fields
            )
            own.commit()

    with ThreadPoolExecutor(6) as people:
        list(people.map(look, range(18)))
    assert [(row.times, row.fields) for row in rows(session)] == [(18, RATES | GATES)] * 3


@pytest.mark.parametrize("fault", ["locked", "read-only"])
def test_what_cannot_be_logged_is_refused_soon(session, engine, firms, monkeypatch, fault):
    monkeypatch.setattr(service, "WAIT_SECONDS", 0.05)
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as other:
        if fault == "locked":
            other.execute(text("begin immediate" if sqlite else "lock table disclosures"))
        elif sqlite:
            session.connection().exec_driver_sql("pragma query_only = on")
        else:
            session.execute(text("set transaction read only"))
        with pytest.raises(NotLogged, match="access log"):
            note_disclosure(session, Someone(), firms, Purpose.PAGE, RATES)
        other.rollback()
    if sqlite:
        assert session.connection().exec_driver_sql("pragma busy_timeout").scalar() == 10_000
        session.connection().exec_driver_sql("pragma query_only = off")
    assert session.scalar(select(Firm.name)) and rows(session) == []


@pytest.fixture
def people(session) -> dict[str, User]:
    """Two officials of one office, one whose role names people, an auditor without an office."""
    named = Role(name="liaison", permissions=[service.NAMED_TO_FIRMS])
    roles = {name: Role(name=name) for name in (OFFICIAL, AUDITOR)}
    given = {
        "ann": ("Ammunition", [roles[OFFICIAL]]),
        "ben": ("Ammunition", [roles[OFFICIAL]]),
        "cy": ("Trade", [roles[OFFICIAL], named]),
        "dot": (None, [roles[AUDITOR]]),
    }
    made = {
        name: User(
            email=f"{name}@cadence.example", name=name.title(), password="-", active=True,
            fs_uniquifier=name, language="en", office=office, roles=held,
        )
        for name, (office, held) in given.items()
    }  # fmt: skip
    session.add_all(made.values())
    session.commit()
    return made


def test_the_firm_is_told_offices_not_people(session, firms, people):
    for person in people.values():
        note_disclosure(session, person, firms[:1], Purpose.PAGE, RATES)
    note_disclosure(session, people["ben"], firms[:1], Purpose.PAGE, GATES)
    note_disclosure(session, people["ann"], firms[1:2], Purpose.EXPORT, GATES)
    session.commit()
    views, older = list_views(session, firms[0])
    told = [(v.office, v.role, v.person, v.purpose, v.fields, v.times) for v in views]
    rates = [Field.LINE_BANDS]
    assert told == [
        (None, Reader.AUDITOR, None, Purpose.PAGE, rates, 1),
        ("Ammunition", Reader.OFFICIAL, None, Purpose.PAGE, [*rates, Field.GATES], 3),
        ("Trade", Reader.OFFICIAL, "Cy", Purpose.PAGE, rates, 1),
    ]
    assert older is None
    summary = summary_of(session, firms[0])
    assert (summary.times, summary.offices, summary.last) == (5, 3, service.today())
    assert summary_of(session, firms[2]).last is None and list_views(session, firms[2]) == (
        [],
        None,
    )


def test_an_office_of_the_past_stays_what_it_was(session, firms, people):
    note_disclosure(session, people["ann"], firms[:1], Purpose.PAGE, RATES)
    people["ann"].office = "Elsewhere"
    session.commit()
    assert [view.office for view in list_views(session, firms[0])[0]] == ["Ammunition"]


def test_days_are_paged(session, firms, monkeypatch):
    monkeypatch.setattr(service, "DAYS_SHOWN", 2)
    for day in (1, 2, 2, 3, 4, 5):
        monkeypatch.setattr(service, "today", lambda day=day: dt.date(2026, 1, day))
        note_disclosure(session, Someone(), firms[:1], Purpose.PAGE, RATES)
    session.commit()
    seen, before = [], None
    while True:
        views, before = list_views(session, firms[0], before)
        seen.append([(view.day.day, view.times) for view in views])
        if before is None:
            break
    assert seen == [[(5, 1), (4, 1)], [(3, 1), (2, 2)], [(1, 1)]]
