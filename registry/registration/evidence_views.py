"""Files that prove a certificate: attached by the firm, read by who may."""

from flask import Response, abort, current_app, flash, redirect, request, send_file
from flask_security import current_user
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.auth import me, open_to
from registry.accounts.models import ADMINISTRATOR, AUDITOR, FIRM, OFFICIAL
from registry.db import db
from registry.disclosures.views import accountable
from registry.firms.service import acts_for
from registry.i18n import gettext as _
from registry.registration import evidence
from registry.registration.blueprint import PATH, open_revision, pages, step_address
from registry.visibility.readers import reader_of
from registry.visibility.table import Field, may_see
from registry.web import LANGUAGE_PREFIX


@pages.post(f"{PATH}/<int:revision_id>/certificates/<key>/evidence")
@open_to(FIRM)
def attach(revision_id: int, key: str) -> BaseResponse:
    """Attach a file to a certificate, or take one off."""
    revision = open_revision(revision_id)
    if detached := request.form.get("remove", type=int):
        evidence.detach_file(db.session, me(), revision, key, detached)
    else:
        sent = request.files.get("file")
        evidence.attach_file(
            db.session,
            me(),
            revision,
            key,
            current_app.config["SETTINGS"].evidence_dir,
            sent.filename or "" if sent else "",
            sent.read(evidence.MOST_BYTES + 1) if sent else b"",
        )
        flash(_("The file is attached. Officials may read it, other firms never."), "success")
    db.session.commit()
    return redirect(step_address(revision, "certificates"))


@pages.get(f"{LANGUAGE_PREFIX}/evidence/<int:file_id>")
@open_to(FIRM, OFFICIAL, AUDITOR, ADMINISTRATOR)
def evidence_file(file_id: int) -> Response:
    """A file of evidence, always as a download."""
    file = evidence.get_file(db.session, file_id)
    revision = file.revision
    own = (
        revision.begun_by == me()
        if revision.firm_id is None
        else acts_for(db.session, me(), revision.firm_id)
    )
    # What a firm has not handed in yet is nobody else's.
    handed_in = revision.submitted_at is not None
    reader = reader_of(current_user, own=own)
    if not may_see(reader, Field.CERTIFICATE_EVIDENCE) or not (own or handed_in):
        abort(404)
    if revision.firm_id is not None:
        reader = accountable(reader, [revision.firm_id], (Field.CERTIFICATE_EVIDENCE,))
        if not may_see(reader, Field.CERTIFICATE_EVIDENCE):
            abort(503)  # whoever cannot be logged reads nothing
    path = evidence.path_of(current_app.config["SETTINGS"].evidence_dir, file.digest)
    if not path.is_file():
        abort(404)
    return send_file(
        path, mimetype=file.media_type, as_attachment=True, download_name=file.name, max_age=0
    )
