"""The codes that imports may cite."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.errors import RuleBroken
from registry.i18n import gettext as _
from registry.taxonomy.models import SupplyClass


def known_classes(session: Session) -> frozenset[str]:
    """The codes of all supply classes, retired ones too. Raises RuleBroken if there are none."""
    codes = frozenset(session.scalars(select(SupplyClass.code)))
    if not codes:
        raise RuleBroken(_("No supply classes are loaded yet. Run `cadence init` first."))
    return codes
