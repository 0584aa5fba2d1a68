"""Evidence packs: equal bytes, checked sums, and what changed between two."""

import copy
import hashlib
import io
import json
import zipfile

import pytest

from registry.errors import RuleBroken
from registry.matches.evidence import gather_evidence
from registry.shortlists import locks
from registry.shortlists.comparison import compare
from registry.shortlists.pack import build_pack, differences, read_inputs
from registry.shortlists.service import add_firm, create_shortlist, judge_item

pytestmark = pytest.mark.usefixtures("app", "few_classes")


@pytest.fixture
def document(session, owner, make_firm):
    made = create_shortlist(session, owner.id, "Shells", {"class": "1320"})
    for name, offer in (
        ("Forge", "Artillery shells"),
        ("Press", "Shell bodies"),
        ("Oven", "Bread"),
    ):
        add_firm(session, owner.id, made, make_firm(name, offer).id, None, "v0")
    judge_item(session, owner.id, made.items[2], "rejected", "other", '=cmd|"/c"')
    revision = locks.lock(session, owner, made)
    session.commit()
    return revision.document


def test_a_pack_is_the_same_bytes_and_checks_itself(document):
    pack = build_pack(document)
    assert build_pack(json.loads(json.dumps(document))) == pack  # as read from the database
    assert (differences(pack), read_inputs(pack)) == ([], document)
    with zipfile.ZipFile(io.BytesIO(pack)) as files:
        assert files.namelist() == sorted(files.namelist())
        assert {entry.date_time for entry in files.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        sums = json.loads(files.read("manifest.json"))["sha256"]
        assert set(files.namelist()) == {*sums, "manifest.json"}
        for name, digest in sums.items():
            assert hashlib.sha256(files.read(name)).hexdigest() == digest
        assert "'=cmd|" in files.read("decisions.csv").decode()  # shown, not run
        assert len(files.read("scores.csv").decode("utf-8-sig").splitlines()) == 4


def forged(document, change):
    """A pack whose maker had other inputs than the matcher would have."""
    other = copy.deepcopy(document)
    change(other["firms"][0])
    return differences(build_pack(other))


def test_what_was_altered_is_named(document):
    def score(firm):
        firm["match"]["score"] += 1

    def value(firm):
        firm["match"]["parts"][0]["value"] += 0.5

    def fact(firm):
        firm["facts"]["names"].append("Other")

    def rank(firm):
        firm["match"]["rank"] += 1

    def gate(firm):
        firm["match"]["gates"].append(
            {"name": "maker", "state": "pass", "scheme": None, "expires_on": None, "activity": "x"}
        )

    number = str(document["firms"][0]["firm_id"])
    for change, words in (
        (score, "the score is"),
        (value, "the score is"),
        (fact, "record"),
        (rank, "the rank is"),
        (gate, "requirements"),
    ):
        found = forged(document, change)
        assert any(words in told and number in told for told in found), (change, found)


def test_a_changed_file_is_named(document):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(build_pack(document))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"Forge", b"Gorge"))
    assert any("inputs.json" in told for told in differences(out.getvalue()))


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip"])
def test_what_is_no_pack(content):
    with pytest.raises(RuleBroken):
        differences(content)


def test_a_ranking_has_its_pack_too(session, make_firm):
    make_firm("Forge", "Artillery shells")
    document = gather_evidence(session, {"text": "artillery shells"}, None, limit=5)
    assert [firm["name"]["en"] for firm in document["firms"]] == ["Forge"]
    assert differences(build_pack(document)) == []


def test_two_documents_compared(document):
    later = copy.deepcopy(document)
    first = min(later["firms"], key=lambda firm: firm["match"]["rank"])
    last = max(later["firms"], key=lambda firm: firm["match"]["rank"])
    first["match"]["rank"], last["match"]["rank"] = last["match"]["rank"], first["match"]["rank"]
    last["match"]["parts"][0]["points"] += 7.5
    middle = next(f for f in later["firms"] if f not in (first, last))
    middle["firm_id"] = 4711
    told = {one.firm_id: one for one in compare(document, later)}
    assert told[first["firm_id"]].how == "fell" and told[last["firm_id"]].how == "rose"
    assert told[last["firm_id"]].parts == [(last["match"]["parts"][0]["title"], 7.5)]
    assert told[4711].how == "new"
    assert [one.how for one in compare(document, later)][-1] == "gone"
    assert {one.how for one in compare(document, document)} == {"same"}
