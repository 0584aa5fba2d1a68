"""What the firms of a list can add by which dates, frozen beside their scores when it is locked.

It is what the person who locks the list may know; a later reader is shown it only if they may know
every line that it rests on, suppliers' lines too. So it stands beside the document of the revision,
which others read and take out, and the document holds its digest.
"""

from typing import Any

from sqlalchemy.orm import Session

from registry.coverage.service import DATES, TOLD
from registry.db import today
from registry.matches.capacity import capacity_of
from registry.matches.comparing import added_by_date
from registry.shortlists.models import Shortlist, ShortlistRevision
from registry.visibility.readers import Standing
from registry.visibility.table import Reader, may_see


def freeze_output(
    session: Session, standing: Standing, shortlist: Shortlist
) -> dict[str, Any] | None:
    """Units each firm adds by each date if every investment is made; None without a category.

    `firms` has those alone of which something is known; `rests_on` are all lines that were read.
    """
    category, day = shortlist.need.get("category"), today()
    capacity = capacity_of(session, standing, category, DATES[-1], day) if category else None
    if capacity is None:
        return None
    listed = {item.firm_id for item in shortlist.items}
    lines = [one.facts.seen.line for one in capacity.output.lines]
    lines += [seen.line for seen in capacity.output.reached]
    return {
        "category": category,
        "as_of": day.isoformat(),
        "firms": {
            str(number): [
                {"month": month, "added": one.added, "least": one.least, "most": one.most}
                for month, one in by_date
            ]
            for number, by_date in added_by_date(capacity).items()
            if number in listed
        },
        "rests_on": [
            {
                "line": line.id,
                "firm_id": line.firm_id,
                "category": line.category_code,
                "stated_on": line.stated_on.isoformat() if line.stated_on else None,
                "evidence": line.evidence,
            }
            for line in lines
        ],
    }


def readers_of(revision: ShortlistRevision, standing: Standing) -> dict[int, Reader]:
    """Who the person is to each firm that the frozen output rests on; empty if it is not theirs."""
    lines = revision.output["rests_on"] if revision.output else []
    readers = {line["firm_id"]: standing.to(line["firm_id"], line["category"]) for line in lines}
    known = all(
        may_see(standing.to(line["firm_id"], line["category"]), field)
        for line in lines
        for field in TOLD
    )
    return readers if known else {}
