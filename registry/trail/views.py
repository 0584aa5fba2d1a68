"""The audit trail for those who oversee, and each firm's own part of it."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask_security import current_user
from sqlalchemy.orm import Session

from registry.accounts.auth import actor_id, open_to
from registry.accounts.models import ADMINISTRATOR, AUDITOR, FIRM
from registry.audit import chain
from registry.audit.models import AuditEvent
from registry.audit.service import record
from registry.db import db
from registry.disclosures.models import Purpose
from registry.disclosures.service import note_disclosure
from registry.disclosures.views import accountable
from registry.errors import RuleBroken
from registry.firms.service import acts_for, get_firm
from registry.i18n import gettext as _
from registry.sheets import csv_chunks
from registry.trail import service
from registry.trail.service import Filters
from registry.visibility.readers import reader_of
from registry.visibility.table import Field, Reader, may_see
from registry.web import LANGUAGE_PREFIX, row_id

pages = Blueprint("trail", __name__)
OVERSEERS = (AUDITOR, ADMINISTRATOR)
LONGEST = 255  # characters of what can be typed


@pages.get(f"{LANGUAGE_PREFIX}/audit")
@open_to(*OVERSEERS)
def events() -> tuple[str, int]:
    """The newest events that the filters leave, and the head of the chain."""
    typed, filters, errors = _asked()
    shown, older = ([], None) if errors else _page(filters)
    reader = accountable(reader_of(current_user), _firms_told_of(shown), (Field.FIRM_LOG,))
    people = service.people_of(db.session, shown)
    page = render_template(
        "trail/events.html",
        typed=typed,
        errors=errors,
        rows=[_row(event, reader, service.actor_words(event, people)) for event in shown],
        older=older,
        given={name: text for name, text in typed.items() if text},
        head=chain.head(db.session),
        subjects=service.values_of(db.session, AuditEvent.subject),
        actions=service.values_of(db.session, AuditEvent.action),
    )
    return page, 422 if errors else 200


def _page(filters: Filters) -> tuple[list[AuditEvent], int | None]:
    return service.list_events(db.session, filters, request.args.get("before", type=row_id))


def _firms_told_of(shown: list[AuditEvent]) -> set[int]:
    return {e.subject_id for e in shown if e.subject == service.FIRM and e.subject_id is not None}


def _row(event: AuditEvent, reader: Reader, actor: str) -> dict[str, Any]:
    """An event as its reader may see it; of another subject than a firm, overseers see all."""
    told = event.subject != service.FIRM or may_see(reader, Field.FIRM_LOG)
    return {
        "event": event,
        "actor": actor,
        "told": told,
        "why": event.why if told else None,
        "differences": service.differences(event) if told else [],
        "details": service.details(event) if told else [],
    }


def _asked() -> tuple[dict[str, str], Filters, dict[str, str]]:
    """What was typed, the filters that it means, and what is wrong with it by field."""
    names = ("subject", "number", "action", "person", "since", "until")
    typed = {name: request.args.get(name, "").strip()[:LONGEST] for name in names}
    errors: dict[str, str] = {}

    def read(name: str, understand: Callable[[str], Any], advice: str) -> Any:
        if not typed[name]:
            return None
        try:
            found = understand(typed[name])
        except ValueError:
            found = None
        if found is None:
            errors[name] = advice
        return found

    a_day = _("Write the day as year, month, day, such as 2026-11-25.")
    facts = {
        "subject": typed["subject"] or None,
        "subject_id": read("number", row_id, _("Give a number in digits, such as 12.")),
        "action": typed["action"] or None,
        "actor_id": read(
            "person",
            lambda text: service.find_actor(db.session, text),
            _("There is no account with this address. Check it, or give the account’s number."),
        ),
        "since": read("since", dt.date.fromisoformat, a_day),
        "until": read("until", dt.date.fromisoformat, a_day),
    }
    try:
        return typed, Filters(**facts), errors
    except RuleBroken as refusal:
        return typed, Filters(), {**errors, "until": refusal.message}


@pages.get(f"{LANGUAGE_PREFIX}/audit/export.csv")
@open_to(*OVERSEERS)
def export() -> Response:
    """All events that the filters leave, as they are stored; the export is recorded first."""
    typed, filters, errors = _asked()
    if errors:
        raise RuleBroken(" ".join(errors.values()))
    asked = {name: text for name, text in typed.items() if text}
    record(db.session, actor_id(), "trail.export", "trail", None, filters=asked)
    firms = service.firms_in(db.session, filters)
    note_disclosure(db.session, current_user, firms, Purpose.EXPORT, (Field.FIRM_LOG,))
    db.session.commit()
    return Response(
        stream_with_context(_lines(filters)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="cadence-audit.csv"'},
    )


def _lines(filters: Filters) -> Iterator[bytes]:
    with Session(db.engine) as session:  # the request's own may be closed before the last line
        yield from csv_chunks(service.export_rows(session, filters))


@pages.get(f"{LANGUAGE_PREFIX}/firms/<int:firm_id>/log")
@open_to(FIRM, *OVERSEERS)
def firm_log(firm_id: int) -> str:
    """What was done to the firm's record, when and by whom, for those who act for it."""
    firm = get_firm(db.session, firm_id)
    reader = reader_of(current_user, own=acts_for(db.session, actor_id(), firm_id))
    if not may_see(reader, Field.FIRM_LOG):
        abort(403)
    shown, older = _page(Filters(subject=service.FIRM, subject_id=firm_id))
    reader = accountable(reader, _firms_told_of(shown), (Field.FIRM_LOG,))
    people = service.people_of(db.session, shown)
    members = service.colleagues(db.session, firm_id)
    return render_template(
        "trail/firm_log.html",
        firm=firm,
        rows=[
            _row(event, reader, service.actor_words_for_firm(event, people, members))
            for event in shown
        ],
        older=older and url_for("trail.firm_log", firm_id=firm_id, before=older),
    )
