"""Who is reminded of what, and how often."""

import datetime as dt

import pytest
from sqlalchemy import update

from registry.db import today
from registry.firms.models import Certificate, Firm
from registry.registration.models import Reminder
from registry.registration.reminders import ageing_of, remind


@pytest.fixture
def sent():
    return []


@pytest.fixture
def send(sent):
    return lambda _session, to, subject, text, language: sent.append((to, subject, text, language))


def certify(session, firm, expires_on):
    session.add(
        Certificate(firm_id=firm.id, scheme="ISO 9001", number="SECRET-1", expires_on=expires_on,
                    source_id=firm.source_id)
    )  # fmt: skip
    session.flush()


def test_an_old_record_is_reminded_of_once_a_month(app, session, firm, ada, member_of, send, sent):
    assert remind(session, send, today()) == 0  # nobody acts for it
    member_of(ada, firm)
    ada.language = "fr"
    session.flush()
    with app.test_request_context():
        assert remind(session, send, today()) == 1
        assert remind(session, send, today()) == 0
        session.execute(update(Reminder).values(sent_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))
        assert remind(session, send, today()) == 1
    to, subject, text, language = sent[0]
    assert (to, language) == (ada.email, "fr") and "Fictional Forge" in subject
    assert "dossier" in subject and "2025" in text


def test_a_fresh_record_is_left_alone(app, session, firm, ada, member_of, send, sent):
    member_of(ada, firm)
    firm.as_of = today()
    certify(session, firm, today() + dt.timedelta(days=400))
    assert not ageing_of(session, firm, today())
    assert remind(session, send, today()) == 0 and sent == []


def test_what_expires_soon_is_said_without_its_number(
    app, session, firm, ada, member_of, send, sent
):
    member_of(ada, firm)
    firm.as_of = today()
    certify(session, firm, today() + dt.timedelta(days=30))
    with app.test_request_context():
        assert remind(session, send, today()) == 1
    ((_to, _subject, text, _language),) = sent
    assert "ISO 9001" in text and "SECRET-1" not in text


def test_a_firm_that_is_not_shown_is_not_reminded(session, firm, ada, member_of, send):
    member_of(ada, firm)
    session.execute(update(Firm).values(listed="suspended"))
    assert remind(session, send, today()) == 0


def test_the_command_puts_mails_in_the_outbox(app, session, firm, ada, member_of, run_cadence):
    member_of(ada, firm)
    session.commit()
    done = run_cadence("remind")
    assert done.exit_code == 0 and "1" in done.output
    assert "0" in run_cadence("remind").output
