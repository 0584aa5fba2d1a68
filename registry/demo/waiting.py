"""What waits for the demonstration's administrator: a record handed in, and a claim."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.accounts.service import find_user
from registry.firms.models import FirmRecord
from registry.registration.claims import make_claim
from registry.registration.models import Claim, Revision
from registry.registration.sections import SECTIONS
from registry.registration.service import begin_new, new_key, piece_of, save_piece, submit

WHO = "editor@cadence.example"
NAME = "Atelier du Petit-Pont (fictif)"
PIECES: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "identity",
        {
            "legal_name_fr": NAME,
            "activity": "manufacturer",
            "employees": 34,
            "profile_fr": "Usinage de précision et traitement de surface de pièces d’acier, "
            "pour la défense et le rail.",
        },
    ),
    ("sites", {"kind": "plant", "city": "Lévis", "province": "QC"}),
    (
        "capabilities",
        {
            "kind": "product",
            "name_en": "155 mm shell bodies, finish machining",
            "name_fr": "Corps d’obus de 155 mm, usinage de finition",
        },
    ),
    ("contacts", {"name": "Ventes", "email": "ventes@petit-pont.example"}),
)
CLAIMED = "forges-du-saguenay"
PROOF = "Our quality manager signs the firm’s AQAP-2110 certificate; call the plant to check."


def add_waiting(session: Session) -> None:
    """Hand in a record and make a claim, unless anybody has done either already."""
    if session.scalar(select(Revision.id).limit(1)) or session.scalar(select(Claim.id).limit(1)):
        return
    editor = find_user(session, WHO)
    assert editor  # the demonstration was loaded
    draft = begin_new(session, editor.id, NAME)
    for name, piece in PIECES:
        section = SECTIONS[name]
        key = new_key() if section.many else None
        began = None if section.many else piece_of(draft, section, None)
        save_piece(session, editor.id, draft, section, key, began, {**(began or {}), **piece})
    submit(session, editor.id, draft)
    firm = select(FirmRecord.firm_id).where(FirmRecord.key == CLAIMED)
    make_claim(session, editor.id, session.scalars(firm).one(), PROOF)
