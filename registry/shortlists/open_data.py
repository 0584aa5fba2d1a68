"""A shortlist's need and what came of it as an OCDS 1.1 release.

A release is made to be published. So it has the need, the outcome and the firms that it was awarded
to, with what everyone may know of them; not who else was considered, nor notes, scores or reasons.
"""

from sqlalchemy.orm import Session

from registry.db import utcnow
from registry.demand.ocds import OUTCOME
from registry.feeds.packages import Json, day_moment, day_text, in_both, moment_text, stated
from registry.firms.models import Firm
from registry.matches.needs import TENDER, need_from_reference
from registry.shortlists.models import AWARDED, CANCELLED, NONE_SUITABLE, Shortlist
from registry.tenders.releases import release_of
from registry.tenders.service import get_tender

_STATUSES = {
    None: "planned", AWARDED: "complete", NONE_SUITABLE: "unsuccessful", CANCELLED: "cancelled"
}  # fmt: skip


def outcome_release(session: Session, shortlist: Shortlist) -> Json:
    """The release of a shortlist; that of its tender where it was made for one."""
    told = [one for one in shortlist.revisions if one.outcome]
    newest = told[-1] if told else None
    number = f"{OUTCOME}{shortlist.id}"
    moment = day_moment(newest.outcome_on) if newest and newest.outcome_on else utcnow()
    release = _of_need(session, shortlist, number, newest.outcome if newest else None)
    release |= {"id": f"{number}-{moment:%Y%m%d}", "date": moment_text(moment)}
    if newest is None or newest.outcome != AWARDED:
        return release
    firms = [session.get_one(Firm, firm_id) for firm_id in newest.awarded]
    language = release["language"]
    award = {
        "id": number,
        "status": "active",
        "date": day_text(newest.outcome_on),
        "suppliers": [_supplier(firm, language) for firm in firms],
    }
    return {
        **release,
        "tag": [*release["tag"], "award"],
        "parties": [*release.get("parties", []), *(_party(firm, language) for firm in firms)],
        "awards": [award],
    }


def _of_need(session: Session, shortlist: Shortlist, number: str, outcome: str | None) -> Json:
    if tender_id := shortlist.need.get(TENDER):
        release = release_of(get_tender(session, int(tender_id)))
        if outcome:
            release["tender"]["status"] = _STATUSES[outcome]
        return release
    need = need_from_reference(session, shortlist.need)
    language = "fr" if need and not need.title_en else "en"
    tender: Json = {"id": number, "status": _STATUSES[outcome]}
    if need:
        tender |= in_both("title", need.title_en, need.title_fr, language)
        tender |= in_both("description", need.description_en, need.description_fr, language)
        tender["items"] = [
            {"id": str(place), "classification": {"scheme": "NSC", "id": code}}
            for place, code in enumerate(need.class_codes, start=1)
        ]
    return {
        "ocid": number,
        "tag": ["tender"],
        "initiationType": "tender",
        "language": language,
        "tender": stated(tender),
    }


def _supplier(firm: Firm, language: str) -> Json:
    names = firm.name_in("en"), firm.name_in("fr")
    return {"id": f"firm-{firm.id}", **in_both("name", *names, language)}


def _party(firm: Firm, language: str) -> Json:
    site = firm.main_site
    address = stated({"locality": site.city, "region": site.province}) if site else {}
    return stated({**_supplier(firm, language), "roles": ["supplier"], "address": address})
