"""Importing notices of tenders, with everything that the feed does and others do not."""

import datetime as dt
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from benchmarks.canadabuys import HEADINGS, starred, write_feed
from registry.feeds.cli import FILE_REFUSED, ROWS_REFUSED
from registry.feeds.models import ImportRun
from registry.feeds.text import fold_heading
from registry.tenders.canadabuys import (
    COLUMNS,
    read_moment,
)
from registry.tenders.importing import import_tenders
from registry.tenders.models import CANCELLED, EXPIRED, OPEN, Tender
from registry.tenders.notice_rows import amendment_rank, split_values

ROOT = Path(__file__).parents[3]


def test_every_published_heading_is_known_or_left(write_notices):
    """None of our spellings is one that the publisher does not use."""
    published = {fold_heading(heading) for heading in HEADINGS}
    assert len(published) == len(HEADINGS) == 67
    assert {spelled for (spelled,) in COLUMNS.spellings.values()} <= published


def test_a_notice_finds_its_place(load, row, tender):
    tally, report = load(
        row(
            1,
            solicitation="W0000-1/A",
            description_en='Bodies for “Arsenal”,\n\nNSN 1320-21-123-4567; see "annex" A.',
            gsin_codes="*N5855A\n*D302A",
            gsin_en="*NIGHT VISION EQUIPMENT",
            unspsc_codes="*46101600\n*46101500",
            unspsc_fr="*Munitions\n*Munitions, « autres »",
            kinds="*GD\n*SRVTGD",
            buyer_en="Fictional Department",
            users_fr="*Chantier fictif",
            url_en="https://notices.example/1",
        )
    )
    assert (tally.new, report.refused, report.warned) == (1, 0, 0)
    stored = tender()
    assert (stored.title_en, stored.title_fr) == ("Projectile bodies", "Corps de projectiles")
    assert stored.description_en.count("\n") == 2 and '"annex"' in stored.description_en
    assert stored.closes_at == dt.datetime(2026, 12, 1, 19, tzinfo=dt.UTC)
    assert (stored.status, stored.kinds) == (OPEN, ["GD", "SRVTGD"])
    assert stored.gsin_codes == ["N5855A", "D302A"] and stored.class_codes == ["5855", "1320"]
    assert stored.unspsc_fr == ["Munitions", "Munitions, « autres »"]
    assert stored.as_of == dt.date(2026, 11, 2)
    assert "chantier fictif" in stored.words and "w0000-1/a" in stored.words


def test_closing_is_in_the_same_zone_in_summer(load, row, tender):
    load(row(1, closes_at="2026-07-01T14:00:00"), row(2, closes_at="2026-07-01"))
    assert tender(1).closes_at.hour == 19
    # Without an hour nobody may take the day as over.
    assert tender(2).closes_at == dt.datetime(2026, 7, 2, 4, 59, tzinfo=dt.UTC)
    assert read_moment("2026-07-01T14:00:00-04:00").utcoffset() == dt.timedelta(hours=-4)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"status_en": "Cancelled"}, CANCELLED),
        ({"status_en": "", "status_fr": "Annulé"}, CANCELLED),
        ({"status_en": "EXPIRED"}, EXPIRED),
        ({"status_en": "", "status_fr": ""}, None),
    ],
)
def test_the_published_state(load, row, tender, given, status):
    _tally, report = load(row(1, **given))
    assert (tender().status, report.warned) == (status, 0)


@pytest.mark.parametrize("batch_rows", [1, 1000])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_highest_amendment_counts(load, row, tender, batch_rows, order):
    rows = [
        row(1),
        row(1, amendment="T01", amended_on="2026-11-09", title_en="Once amended"),
        row(1, amendment="002", amended_on="2026-11-12", status_en="Cancelled", title_en="Twice"),
    ]
    load(*(rows[place] for place in order), batch_rows=batch_rows)
    stored = tender()
    assert (stored.amendment, stored.title_en, stored.status) == ("002", "Twice", CANCELLED)
    # A file of an earlier day does not bring the past back.
    tally, _report = load(rows[1])
    assert (tally.changed, tally.unchanged, tender().amendment) == (0, 1, "002")


def test_the_state_changes_without_an_amendment(load, row, tender):
    load(row(1))
    tally, _report = load(row(1, status_en="Expired", status_fr="Expiré"))
    assert (tally.changed, tender().status) == (1, EXPIRED)


def test_one_language_alone(load, row, tender):
    load(row(1, title_fr=""), row(2, title_en=""))
    assert tender(1).title_fr is None and tender(1).title_in("fr") == "Projectile bodies"
    assert tender(1).language_of("title", "fr") == "en"
    assert tender(2).title_in("en") == "Corps de projectiles"
    assert tender(2).language_of("title", "fr") == "fr"


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"reference": ""}, "referenceNumber-numeroReference"),
        ({"reference": "x" * 81}, "referenceNumber-numeroReference"),
        ({"title_en": "", "title_fr": ""}, "title-titre-eng"),
        ({"amendment": "first"}, "amendmentNumber-numeroModification"),
    ],
)
def test_a_row_without_its_key_is_refused(load, row, read_report, change, column):
    tally, report = load(row(1), row(2, **change), row(3))
    assert (tally.new, report.refused) == (2, 1)
    assert [(r["Line"], r["Column"]) for r in read_report()] == [("3", column)]


@pytest.mark.parametrize(
    ("column", "cell", "kept"),
    [
        ("closes_at", "soon", None),
        ("published_on", "2026-02-30", None),
        ("status_en", "Perhaps", OPEN),  # the French twin still says it
        ("url_fr", "javascript:alert(1)", None),
        ("title_en", "x" * 401, "x" * 399 + "…"),
        ("kinds", "*GD\n*XX", ["GD"]),
    ],
)
def test_what_cannot_be_read_is_left_out_with_a_warning(load, row, tender, column, cell, kept):
    tally, report = load(row(1, **{column: cell}))
    assert (tally.new, report.refused, report.warned) == (1, 0, 1)
    assert getattr(tender(), "status" if column == "status_en" else column) == kept


def test_new_columns_are_tolerated_and_missing_ones_are_not(
    run_cadence, write_notices, row, session, everything
):
    path = write_notices(row(1), headings=["newColumn-nouvelleColonne-eng", *HEADINGS])
    done = run_cadence("import", "tenders", path, "--format", "canadabuys")
    assert done.exit_code == 0, done.output
    before = everything()
    short = [heading for heading in HEADINGS if "Cloture" not in heading]
    path = write_notices(row(2), headings=short, name="short.csv")
    done = run_cadence("import", "tenders", path, "--format", "canadabuys")
    assert done.exit_code == FILE_REFUSED and "“closes_at / tenderclosingdate" in done.output
    assert everything() == before


def test_the_same_feed_again_changes_nothing(session, tmp_path, with_report, everything):
    path = tmp_path / "feed.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_feed(file, 400)

    def read():
        return with_report(import_tenders, session, path, "canadabuys", lambda _: None, 50)

    tally, report = read()
    assert (report.refused, report.warned) == (0, 0)
    stored = session.scalar(select(func.count(Tender.id)))
    assert stored == tally.new < 400 and {
        tender.status for tender in session.scalars(select(Tender))
    } == {OPEN, EXPIRED, CANCELLED}
    before = everything()
    tally, _report = read()
    assert (tally.new, tally.changed, tally.unchanged) == (0, 0, 400)
    assert everything() == before


def test_the_command_reports(run_cadence, write_notices, row):
    path = write_notices(row(1), row(2, reference=""))
    done = run_cadence("import", "tenders", path, "--format", "canadabuys")
    assert done.exit_code == ROWS_REFUSED
    assert "New: 1. Changed: 0. Unchanged: 0. Refused: 1." in done.output


IMPORT = """
    import time
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session
    import registry.schema
    from registry.feeds.reader import Feed
    from registry.feeds.report import Report
    from registry.tenders.importing import import_tenders

    with Session(create_engine(url), expire_on_commit=False) as session:
        with Feed(file) as feed, Report(report) as problems:
            def slowly(position): time.sleep(pause)
            import_tenders(session, feed, "canadabuys", problems, slowly, 20)
"""


def test_killed_and_started_again(database_url, session, tmp_path, content, forget, begin_process):
    path = tmp_path / "feed.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_feed(file, 300)

    def begin(pause=0):
        report = tmp_path / "report.csv"
        return begin_process(IMPORT, url=database_url, file=path, report=report, pause=pause)

    assert ended(begin()) == 0
    undisturbed = content()
    forget()
    process = begin(pause=2)  # seconds in which it can be killed
    while process.is_alive() and not stored(session):
        time.sleep(0.01)
    process.kill()
    process.join()
    assert 0 < stored(session) < len(undisturbed["tenders"])
    assert session.scalars(select(ImportRun.finished_at)).all() == [None]
    session.rollback()
    assert ended(begin()) == 0
    assert content() == undisturbed


def ended(process):
    process.join(120)
    return process.exitcode


def stored(session):
    session.rollback()
    return session.scalar(select(func.count(Tender.id)))


# The quirks, whatever stands in the cells

VALUES = st.lists(
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=20)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text and not text.startswith("*")),
    min_size=1,
    max_size=5,
    unique=True,
)


@given(VALUES, st.sampled_from(["\n", "\r\n", "\n  ", "\n\n"]))
def test_starred_values_come_back(values, between):
    cell = starred(tuple(values)).replace("\n", between)
    assert list(split_values(cell)) == values


@given(st.integers(0, 99), st.integers(0, 99), st.sampled_from(["", "T", "S"]), st.dates())
def test_amendments_are_ordered_by_their_number(one, other, letter, day):
    first, second = amendment_rank(f"{one:03}", day), amendment_rank(f"{letter}{other:02}", day)
    assert (first < second) == (one < other) or one == other
    assert (first > second) == (one > other) or one == other


@given(st.integers(0, 4_000_000_000))
def test_closing_is_five_hours_before_utc_on_every_day(seconds):
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    written = moment.strftime("%Y-%m-%dT%H:%M:%S")
    assert read_moment(written) - moment == dt.timedelta(hours=5)
