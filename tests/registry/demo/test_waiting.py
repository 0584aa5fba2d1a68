"""The administrator of the demonstration finds something to decide."""

import pytest

from registry.accounts.service import find_user
from registry.demo.service import load_demo
from registry.demo.waiting import NAME, WHO, add_waiting
from registry.moderation.service import list_waiting

sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@sqlite_only
def test_a_record_and_a_claim_wait_once(app, session):
    load_demo(session)
    add_waiting(session)
    add_waiting(session)
    (revision,) = [entry.revision for entry in list_waiting(session) if entry.revision]
    (claim,) = [entry.claim for entry in list_waiting(session) if entry.claim]
    assert revision.content["identity"]["legal_name_fr"] == NAME
    assert [len(revision.content[each]) for each in ("sites", "capabilities", "contacts")] == [
        1
    ] * 3
    assert claim.user_id == revision.submitted_by == find_user(session, WHO).id
