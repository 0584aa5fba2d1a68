"""What a shortlist came to, as open contracting data: no word of what is not for everyone."""

import json

import pytest

from registry.db import today, utcnow
from registry.demand.importing import import_awards
from registry.feeds.packages import write_package
from registry.shortlists import locks
from registry.shortlists.open_data import outcome_release
from registry.shortlists.service import add_firm, create_shortlist, judge_item
from tests.registry.ocds import SCHEMAS, faults_of

pytestmark = [
    pytest.mark.usefixtures("app", "few_classes"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def test_the_outcome_leaves_and_nothing_else_of_the_list(
    session, owner, make_firm, tmp_path, with_report
):
    made = create_shortlist(session, owner.id, "Secret title", {"class": "1305"})
    forge, press = make_firm("Forge", french="Forges"), make_firm("Press")
    for firm in (forge, press):
        add_firm(session, owner.id, made, firm.id, None, "v0")
    judge_item(session, owner.id, made.items[1], "rejected", "other", "Secret reason", tags="East")
    before = outcome_release(session, made)
    assert (before["tag"], before["tender"]["status"]) == (["tender"], "planned")
    locked = locks.lock(session, owner, made)
    locks.tell_outcome(session, owner.id, locked, "awarded", today(), "Secret note", [forge.id])
    session.commit()
    release = outcome_release(session, made)
    assert (release["tag"], release["tender"]["status"]) == (["tender", "award"], "complete")
    (award,) = release["awards"]
    assert award["suppliers"] == [{"id": f"firm-{forge.id}", "name": "Forge", "name_fr": "Forges"}]
    assert release["tender"]["items"][0]["classification"] == {"scheme": "NSC", "id": "1305"}
    text = "".join(write_package([release], utcnow()))
    assert not any(word in text for word in ("Secret", "Press", "East", owner.email))
    if SCHEMAS.is_dir():
        assert faults_of(json.loads(text)) == []
    path = tmp_path / "outcome.json"
    path.write_text(text, "utf-8")
    tally, report = with_report(import_awards, session, path, "ocds")
    assert (tally.written, report.refused) == (0, 0)  # an outcome is no published contract
