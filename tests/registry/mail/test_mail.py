"""The outbox on both databases, and delivery through a real server of SMTP."""

import socket
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from registry.app import create_app
from registry.audit.models import AuditEvent
from registry.config import Settings, SettingsError, settings_from_environment
from registry.db import db
from registry.i18n import speaking
from registry.mail.models import Mail
from registry.mail.service import deliver, message_of, retry, send

SENDER = "Cadence – essai <no-reply@cadence.example>"


class Box:
    """What the server was given; it refuses one address."""

    def __init__(self):
        self.messages = []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address.startswith("refused"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        self.messages.append((envelope.mail_from, envelope.rcpt_tos, parsed))
        return "250 OK"


@pytest.fixture
def box():
    return Box()


@pytest.fixture
def server(box):
    """A server of mail on this machine; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield f"smtp://127.0.0.1:{port}"
    controller.stop()


def test_a_mail_stays_in_the_outbox(session):
    mail = send(session, "ann@firm.example", "Sub\r\nject: x", "Bonjour é\0\n", "fr")
    session.commit()
    assert (mail.subject, mail.text, mail.language) == ("Sub ject: x", "Bonjour é\n", "fr")
    assert mail.sent_at is mail.error is None


def test_a_mail_is_given_to_the_server_and_its_text_forgotten(session, server, box):
    send(session, "ann@firm.example", "Réponse à « Ann »", "Ligne é\n.\nfin", "fr")
    session.commit()
    assert deliver(session, server, SENDER) == (1, 0)
    ((sender, to, message),) = box.messages
    assert (sender, to) == ("no-reply@cadence.example", ["ann@firm.example"])
    assert message["Subject"] == "Réponse à « Ann »"
    assert message["From"].addresses[0].display_name == "Cadence – essai"
    assert message["Auto-Submitted"] == "auto-generated" and message["Message-ID"]
    assert message["Content-Language"] == "fr-CA"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == ["Ligne é", ".", "fin"]
    mail = session.scalars(select(Mail)).one()
    assert mail.sent_at and mail.text is None and mail.error is None
    assert deliver(session, server, SENDER) == (0, 0)


def test_what_a_server_refuses_waits_for_a_person(session, server, box):
    mail = send(session, "refused@firm.example", "Subject", "Text")
    send(session, "ann@firm.example", "Subject", "Text")
    session.commit()
    assert deliver(session, server, SENDER) == (1, 1)
    assert "no such person" in mail.error and mail.text == "Text\n"
    assert deliver(session, server, SENDER) == (0, 0)  # not again by itself
    mail.recipient = "found@firm.example"
    retry(session, None, mail)
    session.commit()
    assert deliver(session, server, SENDER) == (1, 0) and len(box.messages) == 2
    actions = select(AuditEvent.action).where(AuditEvent.subject == "mail")
    assert session.scalars(actions).all() == ["mail.retry"]


def test_a_server_that_is_away_loses_nothing(session):
    mail = send(session, "ann@firm.example", "Subject", "Text")
    session.commit()
    assert deliver(session, "smtp://127.0.0.1:9", SENDER) == (0, 1)
    assert mail.text and "refused" in mail.error.lower()


def test_a_password_is_never_sent_in_the_clear(session, server, box):
    mail = send(session, "ann@firm.example", "Subject", "Text")
    session.commit()
    assert deliver(session, server.replace("smtp://", "smtp://me:secret@"), SENDER) == (0, 1)
    assert "STARTTLS" in mail.error and "secret" not in mail.error and not box.messages


@pytest.mark.parametrize("address", ["nobody", "a@b\r\nBcc: c@d.example", "é@firm.example"])
def test_an_odd_address_is_a_failure_that_is_told(session, server, address):
    mail = send(session, address, "Subject", "Text")
    session.commit()
    deliver(session, server, SENDER)
    assert mail.attempts == 1 and mail.error and not mail.sent_at


def test_an_application_delivers_after_its_transaction(settings, session, server, box):
    values = {**settings.__dict__, "smtp_url": server, "mail_from": SENDER}
    app = create_app(Settings(**values))
    for address, kept in (("rolled-back@firm.example", False), ("kept@firm.example", True)):
        with app.app_context():
            with speaking("fr"):
                send(db.session, address, "Objet", "Texte", "fr")
            (db.session.commit if kept else db.session.rollback)()
    app.extensions["postman"].rest()
    with app.app_context():
        db.engine.dispose()
    assert [to for _sender, to, _message in box.messages] == [["kept@firm.example"]]


def test_the_command_sends_what_waits(app, session, server, box, run_cadence):
    send(session, "ann@firm.example", "Subject", "Text")
    session.commit()
    assert run_cadence("mail", "send").exit_code == 2  # no server is set
    values = {**app.config["SETTINGS"].__dict__, "smtp_url": server}
    app.config["SETTINGS"] = Settings(**values)
    assert "1" in run_cadence("mail", "send").output
    assert len(box.messages) == 1


def test_the_server_is_named_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("CADENCE_HOME", str(tmp_path))
    monkeypatch.setenv("CADENCE_SECRET_KEY", "k")
    monkeypatch.setenv("CADENCE_SMTP_URL", "smtps://me:secret@mail.example")
    assert settings_from_environment().smtp_url == "smtps://me:secret@mail.example"
    for wrong in ("mail.example", "http://me:secret@mail.example", "smtp://"):
        monkeypatch.setenv("CADENCE_SMTP_URL", wrong)
        with pytest.raises(SettingsError, match="CADENCE_SMTP_URL") as refused:
            settings_from_environment()
        assert "secret" not in str(refused.value)


def test_every_message_can_be_written(session):
    mail = send(session, "ann@firm.example", "x" * 500, "y" * 200_000)
    session.commit()
    assert len(mail.subject) == 200
    assert bytes(message_of(mail, SENDER))
