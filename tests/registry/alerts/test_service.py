"""Saving and following: one row and one run for equal searches, all results compared."""

import pytest
from sqlalchemy import event, func, select

from matching import PROFILE
from registry.alerts import service
from registry.alerts.comparing import unpack
from registry.alerts.models import SavedSearch, SearchRun, Subscription
from registry.alerts.running import Round, latest_run, refresh, run_searches
from registry.audit.models import AuditEvent
from registry.capabilities.models import Capability, ClassDeclaration
from registry.errors import NotFound, RuleBroken
from registry.finding.dismissals import dismiss
from registry.firms.service import announce_changes


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def run(session):
    run_searches(session, session.scalars(select(SavedSearch.id)).all())


def news(session, subscription):
    """(new, gone, changed firms) since the person looked."""
    (followed,) = service.list_followed(session, subscription.user_id)
    changes = followed.changes
    return tuple(
        [change.firm_id for change in some] for some in (changes.new, changes.gone, changes.changed)
    )


def test_the_baseline_holds_every_firm_that_fits(session, makers, save, add_firm):
    baker = add_firm("Baker", "bread")
    found = unpack(save().baseline_run.results)
    assert [entry.firm_id for entry in found.entries] == [firm.id for firm in makers]
    assert all(entry.score >= PROFILE.fits_at and entry.gates for entry in found.entries)
    assert baker.id not in found.by_firm


def test_equal_searches_are_one(session, makers, save, add_person):
    save("daily")
    save("never", add_person("other", "fr"), need={"category": "amm-01"})
    assert (count(session, SavedSearch), count(session, SearchRun)) == (1, 1)
    assert count(session, Subscription) == 2
    with pytest.raises(service.AlreadySaved):
        save("weekly")
    session.rollback()


def test_new_gone_and_changed(session, makers, save, add_firm, certify, unlist):
    subscription = save()
    delta = add_firm("Delta", "155 mm artillery shell bodies", classes=("1320",))
    unlist(makers[0])
    certify(makers[1])
    run(session)
    assert news(session, subscription) == ([delta.id], [makers[0].id], [makers[1].id])
    (followed,) = service.list_followed(session, subscription.user_id)
    assert ("controlled goods", "unknown", "pass") in followed.changes.changed[0].gates
    assert (followed.latest.appeared, followed.latest.gone, followed.latest.changed) == (1, 1, 1)


def test_a_record_that_falls_below_is_gone(session, makers, save):
    subscription = save()
    for model in (Capability, ClassDeclaration):
        for row in session.scalars(select(model).where(model.firm_id == makers[2].id)):
            session.delete(row)
    announce_changes(session, [makers[2].id])
    session.commit()
    run(session)
    assert news(session, subscription) == ([], [makers[2].id], [])


def test_a_run_that_finds_the_same_is_not_kept(session, makers, save, add_firm):
    search = save().search
    add_firm("Baker", "bread")
    run(session)
    assert count(session, SearchRun) == 1
    search = session.get(SavedSearch, search.id, populate_existing=True)
    assert search.change_seq == Round.now(session).live.seen_seq


def test_a_search_may_be_of_some_provinces(session, makers, save, add_firm):
    subscription = save(provinces=["AB"])
    assert subscription.baseline_run.fitting == 0
    delta = add_firm("Delta", "155 mm artillery shell bodies", province="AB", classes=("1320",))
    run(session)
    assert news(session, subscription) == ([delta.id], [], [])


def test_a_search_keeps_what_its_page_was_narrowed_to(session, makers, save, add_firm, certify):
    held = save(facets={"certificate": ["ISO 9001"]})
    assert held.baseline_run.fitting == 0
    certify(makers[1], "ISO 9001")
    run(session)
    assert news(session, held) == ([makers[1].id], [], [])


def test_phrases_exclusions_and_strict_words_hold_in_a_saved_search(session, makers, save):
    def fitting(text, **more):
        need = {"text": text}
        return save(need=need, **more).baseline_run.fitting

    asked = "155 mm artillery shell bodies 1320*"
    assert fitting(asked) == len(makers)
    assert fitting(f"{asked} -artillery") == 0
    assert fitting(f'"artillery shell" {asked}') == len(makers)
    assert fitting(f'"shell artillery" {asked}') == 0
    assert fitting(asked, strict=True) == len(makers)
    assert fitting(f"{asked} copper", strict=True) == 0


def test_a_dismissed_firm_is_no_news(session, makers, save, add_firm):
    subscription = save()
    delta = add_firm("Delta", "155 mm artillery shell bodies", classes=("1320",))
    run(session)
    need = subscription.search.criteria["need"]
    dismiss(session, subscription.user, need, delta.id, "A namesake.")
    assert news(session, subscription) == ([], [], [])


def test_looking_ends_the_news_and_forgets_what_nobody_needs(session, makers, save, add_firm):
    subscription = save()
    for name in ("Delta", "Echo", "Foxtrot"):
        add_firm(name, "155 mm artillery shell bodies", classes=("1320",))
        run(session)
    assert count(session, SearchRun) == 4
    newest = latest_run(session, subscription.search_id)
    subscription = service.get_subscription(session, subscription.id, subscription.user_id)
    service.mark_seen(session, subscription, newest.id)
    session.commit()
    assert news(session, subscription) == ([], [], [])
    assert count(session, SearchRun) == 2  # the baseline and the newest
    with pytest.raises(NotFound):
        service.mark_seen(session, subscription, newest.id + 1)


def test_only_ones_own(session, makers, save, add_person):
    subscription = save()
    with pytest.raises(NotFound):
        service.get_subscription(session, subscription.id, add_person("other").id)


def test_changing_and_deleting_leave_a_trail(session, makers, save, add_person):
    mine, theirs = save("never"), save("daily", add_person("other"))
    service.change(session, mine, " Shells ", "weekly", "fr")
    assert (mine.name, mine.frequency, mine.language) == ("Shells", "weekly", "fr")
    assert mine.due_at.weekday() == 0 and mine.due_at.hour == 11
    for wrong in (("", "daily", "en"), ("x" * 121, "daily", "en"), ("x", "hourly", "en")):
        with pytest.raises(RuleBroken):
            service.change(session, mine, *wrong)
    service.remove(session, mine)
    assert count(session, SavedSearch) == 1
    service.remove(session, theirs)
    session.commit()
    assert count(session, SavedSearch) == count(session, SearchRun) == 0
    events = select(AuditEvent.action).where(AuditEvent.subject == "search")
    assert session.scalars(events.order_by(AuditEvent.id)).all() == [
        "search.save", "search.save", "search.change", "search.delete", "search.delete",
    ]  # fmt: skip


def test_what_is_no_longer_there_is_refused_and_harms_no_other(session, makers, save):
    with pytest.raises(RuleBroken, match="not in the registry"):
        save(need={"category": "XXX-99"})
    session.rollback()
    kept, lost = save(), save(need={"text": "shell bodies"})
    lost.search.criteria = {"version": 1, "need": {"tender": "999"}}
    lost.search.change_seq = 0
    session.commit()
    run(session)
    assert latest_run(session, lost.search_id).id == lost.baseline_run_id
    assert refresh(Round.now(session), kept.search)


def test_the_list_asks_as_often_for_many_as_for_one(session, makers, save, engine):
    owner = save().user_id
    save(need={"text": "shell bodies"})
    save(need={"class": "1320"})
    session.expire_all()
    seen = []
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    assert len(service.list_followed(session, owner)) == 3
    assert len(seen) == 2


def test_ones_searches_are_listed_in_as_many_queries_whatever_their_number(
    session, engine, makers, save, add_firm
):
    def queries():
        seen = []
        session.expire_all()
        listen = ("before_cursor_execute", lambda *given: seen.append(given[2]))
        event.listen(session.get_bind(), *listen)
        found = service.list_followed(session, person)
        event.remove(session.get_bind(), *listen)
        assert all(one.changes for one in found)
        return len(seen)

    person = save().user_id
    add_firm("Delta", "155 mm artillery shell bodies", classes=("1320",))
    run(session)
    one = queries()
    for province in ("AB", "BC", "MB"):
        save(provinces=[province])
        add_firm(province, "155 mm artillery shell bodies", province=province, classes=("1320",))
    run(session)
    assert queries() == one
