"""Claims: a person says that they speak for a firm that is here already."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.audit.service import record
from registry.db import utcnow
from registry.errors import Conflict, NotFound, RuleBroken
from registry.firms.models import Firm, Listing, MemberRole, Membership
from registry.firms.service import acts_for, find_firm
from registry.i18n import gettext as _
from registry.registration.models import Claim
from registry.registration.service import reason_of

PROOF_LENGTH = 2000


def claimable(session: Session, firm_id: int) -> Firm:
    """A firm that may be claimed. Raises NotFound."""
    firm = find_firm(session, firm_id)
    if firm is None or firm.listed != Listing.LISTED:
        raise NotFound(_("There is no firm with the number %(id)s.", id=firm_id))
    return firm


def make_claim(session: Session, user_id: int, firm_id: int, proof: str) -> Claim:
    """Ask to speak for a firm; asking twice keeps the newer words.

    Raises NotFound, Conflict for a firm that the person acts for already, RuleBroken.
    """
    claimable(session, firm_id)
    if acts_for(session, user_id, firm_id):
        raise Conflict(_("You act for this firm already: see its page."))
    proof = proof.replace("\0", "").strip()
    if not proof or len(proof) > PROOF_LENGTH:
        raise RuleBroken(
            _(
                "Say how you can show that you speak for the firm, in 1 to %(most)s characters.",
                most=PROOF_LENGTH,
            )
        )
    claim = _open_claim(session, user_id, firm_id)
    if claim is None:
        claim = Claim(firm_id=firm_id, user_id=user_id, proof=proof)
        try:
            with session.begin_nested():
                session.add(claim)
                session.flush()
        except IntegrityError:  # sent twice in this moment
            claim = _open_claim(session, user_id, firm_id)
            assert claim
    claim.proof = proof
    session.flush()
    record(session, user_id, "claim.make", "claim", claim.id, firm_id=firm_id)
    return claim


def _open_claim(session: Session, user_id: int, firm_id: int) -> Claim | None:
    query = select(Claim).where(
        Claim.user_id == user_id, Claim.firm_id == firm_id, Claim.state == "open"
    )
    return session.scalars(query).first()


def list_claims(session: Session, user_id: int) -> list[Claim]:
    """The person's claims, the newest first."""
    query = select(Claim).where(Claim.user_id == user_id).order_by(Claim.id.desc())
    return list(session.scalars(query))


def get_claim(session: Session, claim_id: int) -> Claim:
    """Raises NotFound."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound(_("There is no claim with the number %(id)s.", id=claim_id))
    return claim


def approve_claim(session: Session, actor_id: int, claim: Claim) -> None:
    """Make the person an owner of the firm. Raises Conflict if the claim was decided."""
    _require_open(claim)
    _decide(session, actor_id, claim, "approved", None)
    if not acts_for(session, claim.user_id, claim.firm_id):
        session.add(Membership(user_id=claim.user_id, firm_id=claim.firm_id, role=MemberRole.OWNER))
        session.flush()


def refuse_claim(session: Session, actor_id: int, claim: Claim, reasons: str) -> None:
    """Raises Conflict if the claim was decided, RuleBroken without a reason."""
    _require_open(claim)
    _decide(session, actor_id, claim, "refused", reason_of(reasons))


def _require_open(claim: Claim) -> None:
    if claim.state != "open":
        raise Conflict(_("This claim was decided already."))


def _decide(session: Session, actor_id: int, claim: Claim, state: str, reasons: str | None) -> None:
    claim.state, claim.reasons = state, reasons
    claim.decided_by, claim.decided_at = actor_id, utcnow()
    session.flush()
    action = "claim.approve" if state == "approved" else "claim.refuse"
    record(
        session,
        actor_id,
        action,
        "claim",
        claim.id,
        firm_id=claim.firm_id,
        user_id=claim.user_id,
        why=reasons,
    )
