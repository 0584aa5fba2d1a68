"""Mails: due ones alone, one for each person, nothing twice, nothing lost, nothing confidential."""

import datetime as dt

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from registry.alerts import telling, work
from registry.alerts.calendar import next_due
from registry.alerts.models import DAILY, INSTANTLY, NEVER, WEEKLY, SavedSearch, Subscription
from registry.alerts.work import ask_when_due
from registry.db import utcnow
from registry.jobs.models import DONE, Job
from registry.jobs.worker import Worker
from registry.mail.models import Mail
from registry.mail.service import message_of

LATER = dt.timedelta(days=8)


def mails(session):
    session.rollback()
    return session.scalars(select(Mail).order_by(Mail.id)).all()


@pytest.fixture
def work_now(app, engine):
    """Let a worker look once at what is due, and do it."""

    def work_now():
        worker = Worker(engine, app.app_context)
        with Session(engine, expire_on_commit=False) as session:
            ask_when_due(session)
        return worker.run_waiting()

    return work_now


@pytest.fixture
def pass_time(session):
    """As if everything was run, and every mail due, so long ago."""

    def pass_time(by=LATER):
        for search in session.scalars(select(SavedSearch)):
            search.checked_at -= by
        moved = update(Subscription).where(Subscription.due_at.is_not(None))
        session.execute(moved.values(due_at=utcnow() - dt.timedelta(seconds=1)))
        session.commit()

    return pass_time


def add_maker(add_firm, name="Delta"):
    return add_firm(name, "155 mm artillery shell bodies", classes=("1320",))


def test_an_instant_mail_follows_a_change_once(
    session, makers, save, add_firm, work_now, pass_time
):
    save(INSTANTLY)
    assert work_now() == 0 and mails(session) == []
    add_maker(add_firm)
    pass_time(dt.timedelta(minutes=2))
    assert work_now() == 1
    (mail,) = mails(session)
    assert mail.recipient == "official@cadence.example"
    assert mail.subject == "Cadence: Shell bodies: 1 new"
    assert "- Delta (Town, Quebec): fit " in mail.text
    assert session.scalars(select(Job.state)).all() == [DONE]
    pass_time()
    work_now()
    assert len(mails(session)) == 1


def test_nothing_is_sent_when_nothing_changed(session, makers, save, work_now, pass_time):
    save(DAILY)
    pass_time()
    assert work_now() == 1 and mails(session) == []
    due = session.scalars(select(Subscription.due_at)).one()
    assert due > utcnow()


def test_daily_and_weekly_wait_and_never_is_never_told(
    session, makers, save, add_firm, add_person, work_now, pass_time
):
    save(WEEKLY)
    save(NEVER, add_person("other"))
    add_maker(add_firm)
    pass_time_only = session.scalars(select(SavedSearch)).one()
    pass_time_only.checked_at -= dt.timedelta(days=2)
    session.commit()
    assert work_now() == 1 and mails(session) == []
    pass_time()
    work_now()
    assert [mail.recipient for mail in mails(session)] == ["official@cadence.example"]


def test_one_mail_for_each_person_in_their_language(
    session, makers, save, add_firm, add_person, work_now, pass_time
):
    french = add_person("lectrice", "fr")
    save(DAILY), save(DAILY, need={"class": "1320"}), save(INSTANTLY, french)
    add_maker(add_firm)
    pass_time()
    work_now()
    english, other = mails(session)
    assert english.subject == "Cadence: news of 2 saved searches"
    assert english.text.count("- Delta (Town, Quebec)") == 2
    assert other.language == "fr" and "Bonjour" in other.text and "New firms" not in other.text


def test_a_mail_names_no_requirement_and_no_firm_that_is_hidden(
    session, makers, save, certify, unlist, work_now, pass_time
):
    save(DAILY)
    certify(makers[1])
    unlist(makers[0])
    pass_time()
    work_now()
    (mail,) = mails(session)
    assert "a firm that is no longer listed" in mail.text and "Alpha" not in mail.text
    assert "- Bravo (Town, Quebec): its record changed" in mail.text
    assert "ontrolled" not in mail.text and "CGP" not in mail.text


def test_a_mail_can_be_stopped_with_one_press(
    app, session, makers, save, add_firm, work_now, pass_time
):
    subscription = save(DAILY)
    add_maker(add_firm)
    pass_time()
    work_now()
    (mail,) = mails(session)
    message = message_of(mail, "Cadence <no-reply@cadence.example>")
    address = message["List-Unsubscribe"].strip("<>")
    assert address.startswith("http://127.0.0.1:8000/en/stop-mails/") and address in mail.text
    assert message["List-Unsubscribe-Post"] is None  # only of an address with TLS
    mail.unsubscribe_url = "https" + address[4:]
    message = message_of(mail, "Cadence <no-reply@cadence.example>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    client, path = app.test_client(), address.removeprefix("http://127.0.0.1:8000")
    page = client.get(path)
    assert page.status_code == 200 and "Shell bodies" in page.text
    assert frequency_of(session, subscription) == DAILY  # looking changes nothing
    one_click = {"List-Unsubscribe": "One-Click"}
    for _twice in range(2):
        assert client.post(path, data=one_click).status_code == 200
    assert frequency_of(session, subscription) == NEVER
    assert client.post(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 404


def frequency_of(session, subscription):
    session.rollback()
    return session.get(Subscription, subscription.id, populate_existing=True).frequency


def test_a_death_between_run_and_mail_neither_loses_nor_repeats(
    session, makers, save, add_firm, add_person, work_now, pass_time, monkeypatch
):
    """The mail of the second person fails to be written: the first one’s is sent all the same."""
    save(DAILY), save(DAILY, add_person("zoe"))
    add_maker(add_firm)
    pass_time()
    write, calls = telling.write_search_mail, []

    def die_at_the_second(*arguments):
        calls.append(write(*arguments))
        if len(calls) == 2:
            raise RuntimeError("the lights went out")

    monkeypatch.setattr(telling, "write_search_mail", die_at_the_second)
    work_now()
    assert session.scalars(select(Job.state)).all() == ["failed"]
    assert [mail.recipient for mail in mails(session)] == ["official@cadence.example"]
    assert not work_now()  # not again at once
    session.execute(update(Job).values(ended_at=utcnow() - LATER))
    session.commit()
    work_now()
    told = [mail.recipient for mail in mails(session)]
    assert told == ["official@cadence.example", "zoe@cadence.example"]


def test_two_runs_beside_each_other_tell_once(session, engine, makers, save, add_firm, pass_time):
    save(DAILY)
    add_maker(add_firm)
    pass_time()
    work.run_searches(session, session.scalars(select(SavedSearch.id)).all())
    due = telling._due(session, utcnow())
    session.commit()
    with Session(engine) as other:
        assert telling.tell(other, utcnow()) == 1
    assert telling._tell_one(session, due, utcnow()) == 0  # it has read what was due before
    session.commit()
    assert len(mails(session)) == 1


def test_who_may_no_longer_read_is_not_written_to(
    session, makers, official, save, add_firm, work_now, pass_time
):
    save(DAILY)
    official.roles = []
    session.commit()
    add_maker(add_firm)
    pass_time()
    work_now()
    assert mails(session) == []


def test_the_calendar():
    friday = dt.datetime(2026, 11, 27, 15, tzinfo=dt.UTC)
    assert next_due(DAILY, friday) == dt.datetime(2026, 11, 28, 11, tzinfo=dt.UTC)
    assert next_due(WEEKLY, friday) == dt.datetime(2026, 11, 30, 11, tzinfo=dt.UTC)
    assert next_due(INSTANTLY, friday) is None is next_due(NEVER, friday)
