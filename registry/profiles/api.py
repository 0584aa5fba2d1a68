"""JSON routes of firms."""

from typing import Any

from flask_smorest import Blueprint

from registry.accounts.auth import ANYONE, open_to
from registry.db import db
from registry.profiles.schemas import FirmSchema
from registry.profiles.service import get_profile
from registry.visibility.readers import Standing
from registry.visibility.table import Reader

blueprint = Blueprint(
    "api-firms", __name__, url_prefix="/api/firms", description="Firms of the registry"
)
PUBLIC = ("id", "name", "website", "activity", "employees", "profile_en", "profile_fr", "as_of")


@blueprint.get("/<int:firm_id>")
@open_to(ANYONE)
@blueprint.response(200, FirmSchema)
@blueprint.alt_response(404, description="There is no such firm")
def firm(firm_id: int) -> dict[str, Any]:
    """What anyone may know of a firm."""
    profile = get_profile(db.session, firm_id, Standing(Reader.VISITOR))
    return {
        **{name: getattr(profile.firm, name) for name in PUBLIC},
        "source": profile.firm.source.code,
        "sites": profile.firm.sites,
        "capabilities": profile.capabilities,
        "nsc": [entry.code for entry in profile.classes],
    }
