"""OCDS 1.1: releases become notices, notices become releases, and both ways nothing is lost."""

import datetime as dt
import json

import pytest
from sqlalchemy import select

from benchmarks.canadabuys import write_feed
from registry.feeds.cli import FILE_REFUSED
from registry.feeds.packages import write_package
from registry.tenders.importing import import_tenders
from registry.tenders.models import CANCELLED, EXPIRED, OPEN, Tender
from registry.tenders.releases import ocid_of, release_of
from tests.registry.ocds import faults_of, needs_schema, package

OCID = "ocds-xyz123-1"


def release(number=1, **other):
    """A release of a notice with everything that is read of one."""
    tender = {
        "id": "W0000-1/A",
        "title": "Projectile  bodies",
        "title_fr": "Corps de projectiles",
        "description": "Bodies, NSN 1320-21-123-4567.",
        "status": "active",
        "procuringEntity": {"id": "p-1", "name": "Fictional Department"},
        "procurementMethodDetails": "Request for Proposal",
        "mainProcurementCategory": "goods",
        "items": [
            {
                "id": "1",
                "classification": {
                    "scheme": "UNSPSC",
                    "id": "46101600",
                    "description": "Ammunition",
                    "description_fr": "Munitions",
                },
                "additionalClassifications": [{"scheme": "NSC", "id": "5855"}],
            },
            {"id": "2", "classification": {"scheme": "GSIN", "id": "N1005A"}},
        ],
        "tenderPeriod": {
            "startDate": "2026-11-02T00:00:00-05:00",
            "endDate": "2026-12-01T14:00:00-05:00",
        },
        "contractPeriod": {"startDate": "2027-01-01T00:00:00Z"},
        "documents": [
            {
                "id": "d1",
                "documentType": "tenderNotice",
                "url": "https://notices.example/1",
                "language": "en",
            }
        ],
        **other.pop("tender", {}),
    }
    whole = {
        "ocid": f"ocds-xyz123-{number}",
        "id": "r-1",
        "date": "2026-11-02T09:00:00Z",
        "tag": ["tender"],
        "initiationType": "tender",
        "language": "en",
        "parties": [
            {"id": "p-1", "name": "Fictional Department", "roles": ["procuringEntity"]},
            {"id": "p-2", "name": "Fictional Base", "name_fr": "Base fictive", "roles": ["buyer"]},
        ],
        "buyer": {"id": "p-2", "name": "Fictional Base"},
        **other,
        "tender": {name: value for name, value in tender.items() if value is not None},
    }
    return {name: value for name, value in whole.items() if value is not None}


def later(tag, tender, date="2026-11-09T09:00:00Z", number="r-2", ocid=OCID):
    """A release that says only what is new."""
    return {
        "ocid": ocid, "id": number, "date": date, "tag": [tag], "initiationType": "tender",
        "language": "en", "tender": {"id": "W0000-1/A", **tender},
    }  # fmt: skip


@pytest.fixture
def write_package_file(tmp_path):
    def write(*parts, name="package.json", **form):
        path = tmp_path / name
        path.write_text(json.dumps(package(*parts, **form), ensure_ascii=False), "utf-8")
        return path

    return write


@pytest.fixture
def load(session, write_package_file, with_report):
    def run(*parts, batch_rows=1000, **form):
        path = write_package_file(*parts, **form)
        return with_report(import_tenders, session, path, "ocds", lambda _: None, batch_rows)

    return run


@pytest.fixture
def stored(session):
    def find(ocid=OCID):
        session.expire_all()
        return session.scalars(select(Tender).where(Tender.reference == ocid)).one()

    return find


def test_a_release_finds_its_place(load, stored):
    tally, report = load(release())
    assert (tally.new, report.refused, report.warned) == (1, 0, 0)
    found = stored()
    assert (found.title_en, found.title_fr) == ("Projectile bodies", "Corps de projectiles")
    assert (found.solicitation, found.amendment, found.status) == ("W0000-1/A", "000", OPEN)
    assert found.closes_at == dt.datetime(2026, 12, 1, 19, tzinfo=dt.UTC)
    assert (found.published_on, found.starts_on) == (dt.date(2026, 11, 2), dt.date(2027, 1, 1))
    assert (found.kinds, found.gsin_codes, found.unspsc_codes) == (["GD"], ["N1005A"], ["46101600"])
    assert (found.unspsc_fr, found.class_codes) == (["Munitions"], ["1005", "1320", "5855"])
    assert (found.buyer_en, found.users_fr) == ("Fictional Department", ["Base fictive"])
    assert found.url_en == "https://notices.example/1" and "base fictive" in found.words


@pytest.mark.parametrize("batch_rows", [1, 1000])
def test_later_releases_say_what_is_new_whatever_the_order(load, stored, everything, batch_rows):
    changes = [
        later("tenderAmendment", {"title": "Bodies", "amendments": [{"id": "002"}]}),
        later("tenderUpdate", {"status": "complete"}, number="r-3"),  # of the same moment
        release(2),
        later("tenderCancellation", {}, "2026-11-12T00:00:00Z", "r-4", "ocds-xyz123-2"),
    ]
    tally, report = load(release(), *changes, batch_rows=batch_rows)
    assert (tally.new, report.refused) == (2, 0)
    found = stored()
    assert (found.title_en, found.title_fr) == ("Bodies", "Corps de projectiles")
    assert (found.status, found.release_id) == (EXPIRED, "r-3")
    assert (found.amendment, found.amended_on) == ("002", dt.date(2026, 11, 9))
    assert found.class_codes == ["1005", "1320", "5855"] and "bodies" in found.words
    assert stored("ocds-xyz123-2").status == CANCELLED
    before = everything()
    tally, _report = load(release(), *changes, batch_rows=batch_rows)
    assert (tally.written, tally.unchanged, everything()) == (0, 5, before)
    tally, _report = load(release(), name="older.json")  # of an earlier day
    assert tally.written == 0 and stored().title_en == "Bodies"


def test_bad_releases_are_reported_by_their_place_and_the_others_kept(load, read_report, stored):
    tally, report = load(
        release(1, tender={"tenderPeriod": {"endDate": "soon"}, "status": "asleep"}),
        release(2, ocid=""),
        release(3, date="2026-02-30"),
        release(4, tender={"title": 7.5, "title_fr": None}),
        "no release",
        release(5, tag=["planning"]),
        {"ocid": "ocds-xyz123-6", "id": "a", "date": "2026-01-01T00:00:00Z", "tag": ["award"]},
        release(7, tender={"documents": [{"documentType": "tenderNotice", "url": "javascript:1"}]}),
    )
    assert (tally.new, report.refused) == (2, 4)
    told = {(row["Line"], row["Column"]) for row in read_report()}
    assert told == {
        ("1", "/releases/0/tender/tenderPeriod/endDate"),
        ("1", "/releases/0/tender/status"),
        ("2", "/releases/1/ocid"),
        ("3", "/releases/2/date"),
        ("4", "/releases/3/tender/title"),
        ("5", "/releases/4"),
        ("8", "/releases/7/tender/documents/0/url"),
    }
    assert stored().closes_at is None and stored().status is None


def test_records_are_read_by_their_compiled_release(load, stored, read_report):
    compiled = release(tag=["compiled"], language="fr", tender={"title": "Corps", "title_fr": None})
    tally, report = load({"ocid": OCID, "compiledRelease": compiled}, {"ocid": "x"}, kind="records")
    assert (tally.new, report.refused, stored().title_fr) == (1, 1, "Corps")
    assert [row["Column"] for row in read_report()] == ["/records/1/compiledRelease"]


@pytest.mark.parametrize(
    "content",
    [b"", b"[1, 2]", b'{"version": "1.1"}', b'{"releases": []}', b'{"releases": [{"ocid": "x"}, {',
     b'{"releases": [{"a": "\xff"}]}', b"PK\x03\x04", b'{"releases": [NaN]}'],
)  # fmt: skip
def test_what_is_no_package_changes_nothing(run_cadence, tmp_path, content, everything):
    path = tmp_path / "package.json"
    path.write_bytes(content)
    before = everything()
    done = run_cadence("import", "tenders", path, "--format", "ocds")
    assert (done.exit_code, everything()) == (FILE_REFUSED, before), done.output


def test_one_huge_release_is_refused_and_many_small_ones_are_not(monkeypatch, load):
    monkeypatch.setattr("registry.feeds.ocds.LARGEST", 200_000)
    tally, _report = load(*(release(number) for number in range(200)))
    assert tally.new == 200
    with pytest.raises(Exception, match="larger than"):
        load(release(tender={"description": "x" * 300_000}), name="huge.json")


def released(session, tmp_path, name="out.json"):
    """Every notice here as a package."""
    session.expire_all()
    found = session.scalars(select(Tender).order_by(Tender.id))
    releases = [release_of(tender) for tender in found]
    path = tmp_path / name
    moment = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
    path.write_text("".join(write_package(releases, moment)), "utf-8")
    return path


VARIED = (
    release(),
    release(2, language="fr", tender={"title": None, "description": None}, buyer=None),
    later("tenderUpdate", {"title": "No beginning"}, ocid="ocds-xyz123-3"),
    release(4, tag=["compiled"], parties=[], tender={"tenderPeriod": {}, "procuringEntity": None}),
    release(5, tender={"additionalProcurementCategories": ["services"], "items": []}),
)


def test_out_and_in_again_changes_nothing(load, session, tmp_path, with_report, everything):
    load(*VARIED)
    path = released(session, tmp_path)
    before = everything()
    tally, report = with_report(import_tenders, session, path, "ocds")
    assert (tally.written, tally.unchanged, report.refused, report.warned) == (0, 5, 0, 0)
    after = everything()
    assert after.pop("import_runs") != before.pop("import_runs")  # another file was read
    assert after == before


def canadabuys(session, tmp_path, with_report):
    """Notices with every quirk of that feed, which has no ocids."""
    path = tmp_path / "feed.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write_feed(file, 120)
    with_report(import_tenders, session, path, "canadabuys")


def test_notices_of_another_format_keep_everything_on_their_way(
    session, tmp_path, with_report, everything, forget
):
    canadabuys(session, tmp_path, with_report)
    path = released(session, tmp_path)
    before = everything()["tenders"]
    tally, report = with_report(import_tenders, session, path, "ocds")
    assert (tally.written, report.refused, report.warned) == (0, 0, 0)
    assert everything()["tenders"] == before  # it knows its own
    kept = told(session)
    session.rollback()
    forget()  # as if another registry read it
    tally, report = with_report(import_tenders, session, path, "ocds")
    assert (tally.new, report.refused, report.warned) == (len(before), 0, 0)
    assert told(session) == kept
    again = released(session, tmp_path, "again.json")
    assert by_ocid(again) == by_ocid(path)


def by_ocid(path):
    return {one["ocid"]: one for one in json.loads(path.read_text("utf-8"))["releases"]}


OWN = {"id", "source_id", "source", "reference", "digest", "released_at", "release_id", "words"}


def told(session):
    """What the notices say, by their ocids."""
    session.expire_all()
    columns = [column.name for column in Tender.__table__.c if column.name not in OWN]
    return {
        ocid_of(tender): [getattr(tender, name) for name in columns]
        for tender in session.scalars(select(Tender))
    }


@needs_schema
def test_packages_are_valid_by_the_published_schema(load, session, tmp_path, with_report):
    assert faults_of(package(*VARIED)) == [] != faults_of(package({"ocid": 1}))
    load(*VARIED)
    canadabuys(session, tmp_path, with_report)
    content = json.loads(released(session, tmp_path).read_text("utf-8"))
    assert len(content["releases"]) > 50 and faults_of(content) == []
