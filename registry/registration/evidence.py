"""Files of evidence: checked by what is in them, kept outside the web root, never run."""

import hashlib
import os
import re
import tempfile
from collections import defaultdict
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.audit.service import record
from registry.errors import NotFound, RuleBroken
from registry.firms.models import Certificate, Firm
from registry.i18n import gettext as _
from registry.registration.models import EvidenceFile, Revision
from registry.registration.sections import SECTIONS
from registry.registration.service import piece_of, set_files

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 10  # of one certificate
NAME_LENGTH = 120
# What a file begins with, whatever it is called: media type and the ending it is given.
KINDS = {
    b"%PDF-": ("application/pdf", ".pdf"),
    b"\x89PNG\r\n\x1a\n": ("image/png", ".png"),
    b"\xff\xd8\xff": ("image/jpeg", ".jpg"),
}
_NOT_IN_NAMES = re.compile(r"[^\w .,()+-]+")


def attach_file(
    session: Session,
    actor_id: int,
    revision: Revision,
    certificate: str,
    folder: Path,
    name: str,
    content: bytes,
) -> EvidenceFile:
    """Keep a file and name it with a certificate; the same file twice is kept once.

    Raises RuleBroken for a file that is empty, too large, or neither PDF, PNG nor JPEG; NotFound
    if the certificate is gone.
    """
    media_type, ending = _kind_of(content)
    piece = piece_of(revision, SECTIONS["certificates"], certificate)
    if piece is None:
        raise NotFound(_("This certificate is not on the record any more."))
    files = list(piece.get("files", ()))
    if len(files) >= MOST_FILES:
        raise RuleBroken(_("At most %(most)s files fit with a certificate.", most=MOST_FILES))
    digest = hashlib.sha256(content).hexdigest()
    query = select(EvidenceFile).where(
        EvidenceFile.revision_id == revision.id, EvidenceFile.digest == digest
    )
    file = session.scalars(query).first()
    if file is None:
        _keep(folder, digest, content)
        file = EvidenceFile(
            revision_id=revision.id,
            digest=digest,
            name=_plain_name(name, ending),
            media_type=media_type,
            size_bytes=len(content),
            uploaded_by=actor_id,
        )
        session.add(file)
        session.flush()
        record(
            session,
            actor_id,
            "evidence.attach",
            "evidence",
            file.id,
            revision_id=revision.id,
            firm_id=revision.firm_id,
            digest=digest,
        )
    if file.id not in files:
        set_files(session, actor_id, revision, certificate, [*files, file.id])
    return file


def detach_file(
    session: Session, actor_id: int, revision: Revision, certificate: str, file_id: int
) -> None:
    """Name the file no longer; it is kept, because earlier versions may name it."""
    piece = piece_of(revision, SECTIONS["certificates"], certificate)
    files = list(piece.get("files", ())) if piece else []
    if file_id in files:
        files.remove(file_id)
        set_files(session, actor_id, revision, certificate, files)


def files_named(session: Session, file_ids: list[int]) -> dict[int, EvidenceFile]:
    """These files by their numbers."""
    query = select(EvidenceFile).where(EvidenceFile.id.in_(file_ids))
    return {file.id: file for file in session.scalars(query)}


def evidence_of(session: Session, firm: Firm) -> dict[int, list[EvidenceFile]]:
    """The published files of a firm, by the number of their certificate."""
    found: dict[int, list[EvidenceFile]] = defaultdict(list)
    query = (
        select(EvidenceFile)
        .join(Certificate, Certificate.id == EvidenceFile.certificate_id)
        .where(Certificate.firm_id == firm.id)
        .order_by(EvidenceFile.id)
    )
    for file in session.scalars(query):
        found[file.certificate_id or 0].append(file)
    return found


def get_file(session: Session, file_id: int) -> EvidenceFile:
    """Raises NotFound."""
    file = session.get(EvidenceFile, file_id)
    if file is None:
        raise NotFound(_("There is no file with the number %(id)s.", id=file_id))
    return file


def path_of(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest


def _kind_of(content: bytes) -> tuple[str, str]:
    if not content:
        raise RuleBroken(_("Choose a file; this one is empty."))
    if len(content) > MOST_BYTES:
        raise RuleBroken(
            _("The file is too large: at most %(most)s MB.", most=MOST_BYTES // 1024**2)
        )
    for beginning, kind in KINDS.items():
        if content.startswith(beginning):
            return kind
    raise RuleBroken(_("This is no PDF, PNG or JPEG file, whatever its name. Save it as a PDF."))


def _plain_name(name: str, ending: str) -> str:
    """The name as a person knows the file, without folders or anything a system could act on."""
    stem = Path(name.replace("\\", "/")).name.rsplit(".", 1)[0]
    stem = _NOT_IN_NAMES.sub("_", stem).strip(" ._")[:NAME_LENGTH] or "evidence"
    return stem + ending


def _keep(folder: Path, digest: str, content: bytes) -> None:
    """Write the bytes under their digest, whole or not at all, readable by this account alone."""
    target = path_of(folder, digest)
    if target.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as partial:
        partial.write(content)
        partial.flush()
        os.fsync(partial.fileno())
    Path(partial.name).replace(target)
