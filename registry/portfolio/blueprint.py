"""The pages of plans: one blueprint, whose routes stand by theme in files of their own."""

from flask import Blueprint, request
from flask_security import current_user

from registry.accounts.auth import me
from registry.accounts.models import ADMINISTRATOR, AUDITOR, OFFICIAL
from registry.db import db
from registry.portfolio.models import Plan
from registry.taxonomy.service import list_categories
from registry.web import current_language, number, row_id

pages = Blueprint("portfolio", __name__)
PLANNERS = (OFFICIAL, ADMINISTRATOR)
READERS = (*PLANNERS, AUDITOR)


def reads_as() -> int | None:
    """Who reads: the person, their own plans and those shared with them; None reads everyone's."""
    overseer = current_user.has_role(ADMINISTRATOR) or current_user.has_role(AUDITOR)
    return None if overseer else me()


def titles() -> dict[str, str]:
    """Categories by their code, in the reader's language."""
    return {one.code: one.title_in(current_language()) for one in list_categories(db.session)}


def written(value: float | None) -> str:
    """A number as the form's reader would type it."""
    return "" if value is None else number(value, 3)


def seen_version(plan: Plan) -> int:
    """The version of the plan that the form was made for."""
    return request.form.get("version", plan.version, type=row_id)
