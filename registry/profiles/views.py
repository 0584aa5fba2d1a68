"""A firm's page."""

import datetime as dt

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from registry import terms
from registry.accounts.auth import ANYONE, actor_id, open_to
from registry.capabilities.service import STALE_AFTER_DAYS
from registry.db import db, today
from registry.disclosures.views import accountable
from registry.firms.models import Firm
from registry.grants.auth import my_standing
from registry.i18n import gettext as _
from registry.i18n import ngettext
from registry.profiles.lines import blocks
from registry.profiles.service import Profile, get_profile
from registry.registration.evidence import evidence_of
from registry.registration.service import published_revision
from registry.shortlists.service import list_changeable
from registry.visibility.readers import Standing
from registry.visibility.table import Field, Reader, may_see
from registry.web import LANGUAGE_PREFIX, current_language, share

pages = Blueprint("profiles", __name__)
TOLD_HERE = (  # in confidence, and of lines:
    Field.IDENTIFIER,
    Field.CLEARANCE,
    Field.CERTIFICATE_EVIDENCE,
    Field.EXPORT_CONTROL,
    Field.CONTACT,
)
TOLD_OF_LINES = (
    Field.LINE_RATES,
    Field.LINE_BANDS,
    Field.LINE_READINESS,
    Field.LINE_COMMERCIAL,
    Field.LINE_INPUTS,
)


@pages.get(f"{LANGUAGE_PREFIX}/firms/<int:firm_id>")
@open_to(ANYONE)
def firm(firm_id: int) -> str | Response:
    """Everything about one firm that the reader may see; a merged one leads to its survivor."""
    standing = my_standing()
    profile = get_profile(db.session, firm_id, standing)
    if profile.firm.id != firm_id:
        return redirect(url_for("profiles.firm", firm_id=profile.firm.id))
    person = actor_id()
    reader = _accountable(standing, profile)
    see_clearances = may_see(reader, Field.CLEARANCE)
    see_evidence = may_see(reader, Field.CERTIFICATE_EVIDENCE)
    lines = profile.lines
    if reader is Reader.VISITOR:  # or one whose view cannot be logged
        lines = [seen.without_figures() for seen in lines]
    stale_before = today() - dt.timedelta(days=STALE_AFTER_DAYS)
    firm = profile.firm
    return render_template(
        "profiles/firm.html",
        firm=firm,
        names=sorted(firm.names, key=lambda name: (name.kind != "legal", name.kind, name.name)),
        opening=_opening(profile),
        statements=_statements(firm),
        capabilities=profile.capabilities,
        lines=blocks(lines, today()),
        official=reader in (Reader.OFFICIAL, Reader.NAMED_OFFICIAL),
        need_to_know=_need_to_know(standing, profile),
        may_edit=reader in (Reader.OWN_FIRM, Reader.ADMINISTRATOR),
        said_list=lambda messages: ", ".join(map(_, messages)),
        classes=profile.classes,
        awards=profile.awards,
        vendor_sentence=_vendor_sentence(profile),
        certificates=[
            certificate
            for certificate in firm.certificates
            if see_clearances or certificate.scheme not in terms.CLEARANCE_SCHEMES
        ],
        identifiers=firm.identifiers if may_see(reader, Field.IDENTIFIER) else [],
        see_clearances=see_clearances,
        contacts=firm.contacts if may_see(reader, Field.CONTACT) else [],
        export_controls=firm.export_controls if may_see(reader, Field.EXPORT_CONTROL) else None,
        evidence=evidence_of(db.session, firm) if see_evidence else {},
        verified=published_revision(db.session, firm.id),
        shortlists=list_changeable(db.session, person) if person else [],
        today=today(),
        stale=firm.as_of is not None and firm.as_of < stale_before,
        website=_safe_link(firm.website),
        see_log=may_see(reader, Field.FIRM_LOG),
    )


def _accountable(standing: Standing, profile: Profile) -> Reader:
    """Who the reader is to the firm, once it is logged what the page tells them."""
    firm_id = profile.firm.id
    reader = standing.to(firm_id)
    # Of some lines an official may have need to know and not of others: the log has the most.
    named = Reader.NAMED_OFFICIAL in {seen.reader for seen in profile.lines}
    readers = {firm_id: Reader.NAMED_OFFICIAL if named else reader}
    fields = (*TOLD_HERE, *TOLD_OF_LINES) if profile.lines else TOLD_HERE
    return accountable(reader, [firm_id], fields, readers=readers)


def _need_to_know(standing: Standing, profile: Profile) -> dt.date | None:
    """Until when the reader sees the figures of all lines shown; None if not of all."""
    ends = [
        standing.need_to_know(profile.firm.id, seen.line.category_code) for seen in profile.lines
    ]
    return min((end for end in ends if end), default=None) if all(ends) else None


def _opening(profile: Profile) -> str:
    """The page's answer: what it is, where, how large, what it states."""
    firm = profile.firm
    what = terms.said(terms.ACTIVITIES, firm.activity)
    place = terms.place_of(firm)
    count = len(profile.lines)
    lines = (
        ngettext("%(num)s production line stated.", "%(num)s production lines stated.", count)
        if count
        else _("No production line stated.")
    )
    if firm.employees is None:
        return _(
            "%(place)s: %(what)s, number of employees not stated. %(lines)s",
            place=place,
            what=what,
            lines=lines,
        )
    people = ngettext("%(num)s employee", "%(num)s employees", firm.employees)
    return _(
        "%(place)s: %(what)s, %(people)s. %(lines)s",
        place=place,
        what=what,
        people=people,
        lines=lines,
    )


def _statements(firm: Firm) -> list[dict[str, str]]:
    own = current_language()
    shown = []
    for statement in firm.statements:
        texts = {"en": statement.text_en, "fr": statement.text_fr}
        language = own if texts[own] else ("en" if own == "fr" else "fr")
        text = texts[language]
        if text:
            title = terms.said(terms.STATEMENTS, statement.kind)
            shown.append({"title": title, "text": text, "language": language})
    return shown


def _vendor_sentence(profile: Profile) -> str:
    """By which names the contracts were attached, and how sure that is."""
    parts = []
    for vendor in profile.vendors:
        if vendor.method == "name" and vendor.confidence is not None:
            sure = share(vendor.confidence)
            parts.append(_("“%(name)s”, by name, %(sure)s sure", name=vendor.name, sure=sure))
        elif vendor.method == "person":
            parts.append(_("“%(name)s”, decided by a person", name=vendor.name))
        else:
            parts.append(_("“%(name)s”, by identifier", name=vendor.name))
    return _("Attached under: %(names)s.", names="; ".join(parts))


def _safe_link(website: str | None) -> str | None:
    """The address if a browser may follow it; text from a feed may hold any scheme."""
    if website and website.lower().startswith(("http://", "https://")):
        return website
    return None
