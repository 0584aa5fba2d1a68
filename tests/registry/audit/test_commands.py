"""`cadence audit` in both languages."""

import pytest
from sqlalchemy import select

from registry.audit.chain import head
from registry.audit.models import AuditLink


@pytest.fixture
def broken(session, add_events, tamper) -> int:
    """The place of an event that was changed behind the service's back."""
    add_events(3)
    end = head(session).events
    event_id = session.scalar(select(AuditLink.event_id).where(AuditLink.number == end - 1))
    session.commit()
    tamper(f"update audit_events set actor_id = 8 where id = {event_id}")
    return end - 1


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_whole_chain_is_said_to_be_whole(run_cadence, session, add_events, language):
    add_events(2)
    end = head(session)
    env = {"CADENCE_LANG": language}
    done = run_cadence("audit", "verify", env=env)
    assert done.exit_code == 0 and end.digest in done.output and str(end.events) in done.output
    assert {"en": "chain whole", "fr": "chaîne intacte"}[language] in done.output
    assert run_cadence("audit", "head").output.strip() == end.digest


def test_a_digest_kept_elsewhere_may_be_old_but_must_be_there(run_cadence, session, add_events):
    kept = head(session).digest
    session.commit()
    assert "since" not in run_cadence("audit", "verify", "--expect", kept.upper()).output
    add_events(2)
    assert "2 events were added since" in run_cadence("audit", "verify", "--expect", kept).output
    other = run_cadence("audit", "verify", "--expect", "a" * 64)
    assert other.exit_code == 1 and "cut off" in other.output
    wrong = run_cadence("audit", "verify", "--expect", "abc")
    assert wrong.exit_code == 2 and "64" in wrong.output


@pytest.mark.parametrize("language", ["en", "fr"])
def test_where_it_breaks_is_said(run_cadence, broken, language):
    done = run_cadence("audit", "verify", env={"CADENCE_LANG": language})
    assert done.exit_code == 1 and f" {broken}" in done.output
    assert {"en": "was changed", "fr": "a été modifié"}[language] in done.output
