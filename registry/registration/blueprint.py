"""The pages of registration: one blueprint, and what its routes share of a record under work."""

from typing import Any

from flask import Blueprint, url_for

from registry.accounts.auth import me
from registry.db import db
from registry.i18n import gettext as _
from registry.i18n import ngettext
from registry.registration import service
from registry.registration.models import Revision
from registry.registration.sections import SECTIONS, Section
from registry.web import LANGUAGE_PREFIX

pages = Blueprint("registration", __name__)
PATH = f"{LANGUAGE_PREFIX}/register"
STEPS = list(SECTIONS)


def open_revision(revision_id: int) -> Revision:
    return service.get_revision(db.session, revision_id, me())


def step_address(revision: Revision, name: str) -> str:
    return url_for("registration.step", revision_id=revision.id, name=name)


def steps_beside(revision: Revision, current: str) -> dict[str, Any]:
    """What the list of steps beside each page shows."""
    return {
        "steps": [
            {
                "name": section.name,
                "title": _(section.title),
                "address": step_address(revision, section.name),
                "state": _stated(revision, section),
            }
            for section in SECTIONS.values()
        ],
        "current": current,
        "firm_name": service.listed_name(revision.content["identity"]) or _("Firm without a name"),
    }


def _stated(revision: Revision, section: Section) -> str:
    content = revision.content[section.name]
    if section.many:
        count = len(content)
    else:
        count = sum(1 for value in content.values() if value is not None)
    return ngettext("%(num)s stated", "%(num)s stated", count) if count else _("not stated")
