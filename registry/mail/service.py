"""Mails are written into the outbox, and handed to a server afterwards where one is set."""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from urllib.parse import unquote, urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.audit.service import record
from registry.db import utcnow
from registry.errors import NotFound
from registry.i18n import gettext as _
from registry.mail.models import ERROR_LENGTH, SUBJECT_LENGTH, Mail

PER_PAGE = 50
BATCH = 100
SECONDS = 20  # how long a mail server may be silent
POSTED = "mail.posted"  # set on a session that wrote a mail, for whoever delivers


def send(
    session: Session,
    to: str,
    subject: str,
    text: str,
    language: str = "en",
    unsubscribe_url: str | None = None,
) -> Mail:
    """Put a mail in the outbox, in the caller's transaction.

    `to` is one address, `text` plain and in the reader's language (`registry.i18n.speaking`).
    A mail passes through servers of others: no confidential figure belongs in it. What people
    asked to be sent again and again says at which address they stop it, by one POST (RFC 8058).
    """
    mail = Mail(
        recipient=to,
        language=language,
        subject=" ".join(subject.split())[:SUBJECT_LENGTH],
        text=text.replace("\0", "").strip() + "\n",
        unsubscribe_url=unsubscribe_url,
    )
    session.add(mail)
    session.flush()
    session.info[POSTED] = True
    return mail


def list_mails(session: Session, page: int) -> tuple[list[Mail], int]:
    """(the mails of a page, the last written first; how many there are in all)."""
    query = select(Mail).order_by(Mail.id.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return list(session.scalars(query)), session.scalar(select(func.count(Mail.id))) or 0


def get_mail(session: Session, mail_id: int) -> Mail:
    """Raises NotFound."""
    mail = session.get(Mail, mail_id)
    if mail is None:
        raise NotFound(_("There is no such mail."))
    return mail


def retry(session: Session, actor_id: int | None, mail: Mail) -> None:
    """Let a mail that could not be sent wait for the next delivery."""
    mail.attempts = 0
    record(session, actor_id, "mail.retry", "mail", mail.id)
    session.flush()
    session.info[POSTED] = True


def deliver(session: Session, smtp_url: str, sender: str) -> tuple[int, int]:
    """Hand the mails that were never tried to the server, each committed by itself.

    Returns (sent, failed). A failure stays in the outbox with its reason, for a person to retry.
    """
    counts = {True: 0, False: 0}
    while mail := _next_waiting(session):
        _attempt(mail, smtp_url, sender)
        counts[mail.error is None] += 1
        session.commit()
    return counts[True], counts[False]


def _next_waiting(session: Session) -> Mail | None:
    """A mail that no other process is sending."""
    query = (
        select(Mail)
        .where(Mail.sent_at.is_(None), Mail.attempts == 0)
        .order_by(Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(query).first()


def _attempt(mail: Mail, smtp_url: str, sender: str) -> None:
    mail.attempts += 1
    try:
        with _connected(smtp_url) as server:
            server.send_message(message_of(mail, sender))
    except (OSError, smtplib.SMTPException, ValueError) as error:
        mail.error = str(error)[:ERROR_LENGTH] or type(error).__name__
    else:
        mail.sent_at, mail.error, mail.text, mail.unsubscribe_url = utcnow(), None, None, None


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """The mail as it goes over the wire. Raises ValueError if an address cannot be one."""
    name, address = parseaddr(sender)
    letter = EmailMessage()
    letter["From"] = Address(name, addr_spec=address)
    letter["To"] = Address(addr_spec=mail.recipient)
    letter["Subject"] = mail.subject
    letter["Date"] = format_datetime(mail.created_at)
    letter["Message-ID"] = make_msgid(str(mail.id), address.rpartition("@")[2] or "localhost")
    letter["Auto-Submitted"] = "auto-generated"  # so that no absence notice comes back (RFC 3834)
    if mail.unsubscribe_url:
        letter["List-Unsubscribe"] = "<" + mail.unsubscribe_url + ">"
        if mail.unsubscribe_url.startswith("https://"):  # RFC 8058 knows no other
            letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter.set_content(mail.text or "")
    letter["Content-Language"] = f"{mail.language}-CA"
    return letter


def _connected(smtp_url: str) -> smtplib.SMTP:
    """A server to send through: `smtps://` is TLS from the start, `smtp://` TLS where offered.

    A password is never sent in the clear.
    """
    parts = urlsplit(smtp_url)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        context = ssl.create_default_context()
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=SECONDS)
    try:
        server.ehlo()
        if parts.scheme == "smtp" and (parts.username or server.has_extn("starttls")):
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server
