"""The page where a person decides which firm a supplier's name stands for."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.accounts.auth import actor_id, open_to
from registry.accounts.models import ADMINISTRATOR
from registry.db import db
from registry.demand.service import (
    contract_counts,
    count_unsure_vendors,
    decide_vendor,
    list_unsure_vendors,
)
from registry.i18n import gettext as _
from registry.web import LANGUAGE_PREFIX, row_id

pages = Blueprint("demand", __name__)


@pages.get(f"{LANGUAGE_PREFIX}/vendors")
@open_to(ADMINISTRATOR)
def vendors() -> str:
    """Suppliers of contracts whose firm is not sure, those with most contracts first."""
    unsure = list_unsure_vendors(db.session)
    return render_template(
        "demand/vendors.html",
        vendors=unsure,
        waiting=count_unsure_vendors(db.session),
        contracts=contract_counts(db.session, [vendor.id for vendor in unsure]),
    )


@pages.post(f"{LANGUAGE_PREFIX}/vendors/<int:vendor_id>/decide")
@open_to(ADMINISTRATOR)
def decide(vendor_id: int) -> Response:
    """Keep the person's answer."""
    firm_id = request.form.get("firm_id", type=row_id)
    if firm_id is None and request.form.get("firm_id") != "none":
        abort(400)
    decide_vendor(db.session, actor_id(), vendor_id, firm_id)
    db.session.commit()
    flash(_("Decided. The contracts are attached accordingly."), "success")
    return redirect(url_for("demand.vendors"))
