"""`cadence rank` and `cadence index`: what is written, what is said, how it ends."""

import csv
import json
from pathlib import Path

import pytest

import matching
from registry.feeds.models import Source
from registry.firms.models import FirmRecord
from registry.matches import cli
from registry.matches.publication import open_current


@pytest.fixture
def firms(add_firm, few_classes):
    """Five firms; S001 declares guns, S002 describes shells, the others neither."""
    return [
        add_firm("Guns", "Rifles and carbines", classes=("1005",)),
        add_firm("Shells", "155 mm artillery shells"),
        add_firm("Bread", "Bread and rolls"),
        add_firm("Boats", "Folding kayaks"),
        add_firm("Bolts", "Bolts"),
    ]


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "RANK.csv"


@pytest.fixture
def write_needs(tmp_path):
    """Write lines as they are (bytes), or needs as JSON."""

    def write(*lines: bytes | dict) -> Path:
        path = tmp_path / "needs.jsonl"
        path.write_bytes(
            b"".join(
                line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"
                for line in lines
            )
        )
        return path

    return write


@pytest.fixture
def rank(run_cadence, write_needs, out):
    def run(*lines, options=()):
        return run_cadence("rank", "--needs", write_needs(*lines), "--out", out, *options)

    return run


def read(out: Path) -> list[dict[str, str]]:
    with out.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


GUNS = {"id": "guns", "title_en": "rifles", "nsc": ["1005"]}
SHELLS = {"id": "shells", "title_en": "155mm shells"}
# A file is read alike whatever the database.
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_columns_and_order(rank, out, firms):
    done = rank(SHELLS, GUNS)
    assert done.exit_code == 0, done.output
    assert f"Ranked 2 needs into {out}." in done.output
    lines = out.read_bytes().decode().split("\r\n")
    assert lines[0] == "need_id,rank,firm_id,source_id,score"
    rows = read(out)
    assert list(dict.fromkeys(row["need_id"] for row in rows)) == ["shells", "guns"]
    best = {row["need_id"]: row for row in rows if row["rank"] == "1"}
    assert best["shells"]["firm_id"] == str(firms[1].id)
    assert best["guns"]["firm_id"] == str(firms[0].id)
    assert best["guns"]["source_id"] == f"S{firms[0].id:03d}"
    for need in ("shells", "guns"):
        mine = [row for row in rows if row["need_id"] == need]
        assert [int(row["rank"]) for row in mine] == list(range(1, len(mine) + 1))
        scores = [float(row["score"]) for row in mine]
        assert scores == sorted(scores, reverse=True) and 0 < scores[0] <= 100


def test_the_same_twice_is_the_same_file(rank, out, firms):
    rank(SHELLS, GUNS)
    first = out.read_bytes()
    rank(SHELLS, GUNS)
    assert out.read_bytes() == first


def test_limit(rank, out, firms):
    assert rank(SHELLS, options=("--limit", 1)).exit_code == 0
    assert len(read(out)) == 1
    assert rank(SHELLS, options=("--limit", 0)).exit_code == 0
    assert sorted(int(row["firm_id"]) for row in read(out)) == [firm.id for firm in firms]
    assert rank(SHELLS, options=("--limit", -1)).exit_code == 2


def test_a_pool_is_ranked_whole_and_alone(rank, out, firms, tmp_path):
    pool = tmp_path / "pool.txt"
    keys = [f"S{firms[place].id:03d}" for place in (2, 1, 2)]
    pool.write_text("\ufeff" + "\r\n".join([*keys, "", ""]), encoding="utf-8")
    done = rank(SHELLS, GUNS, options=("--pool", pool, "--limit", 0))
    assert done.exit_code == 0, done.output
    ranked = {(row["need_id"], row["firm_id"]) for row in read(out)}
    assert ranked == {
        (need, str(firm.id)) for need in ("shells", "guns") for firm in (firms[1], firms[2])
    }
    assert len(read(out)) == 4
    assert read(out)[0]["firm_id"] == str(firms[1].id)


def test_unknown_identifiers_of_a_pool_are_named(rank, out, firms, tmp_path):
    pool = tmp_path / "pool.txt"
    pool.write_text(f"S{firms[0].id:03d}\nnobody\nnoone else\n")
    done = rank(GUNS, options=("--pool", pool))
    assert done.exit_code == 0
    assert "2 identifiers of the pool are not in the registry, such as nobody, noone else." in (
        done.stderr
    )
    assert [row["firm_id"] for row in read(out)] == [str(firms[0].id)]


def test_a_pool_may_use_the_identifiers_of_any_source(rank, out, session, firms, tmp_path):
    later = Source(code="later", title_en="Later", title_fr="Plus tard")
    session.add(later)
    session.flush()
    session.add(FirmRecord(source_id=later.id, key="L 9", digest="", firm_id=firms[0].id))
    session.commit()
    pool = tmp_path / "pool.txt"
    pool.write_text("L 9\n")
    done = rank(GUNS, options=("--pool", pool))
    assert done.exit_code == 0 and done.stderr == ""
    # In the answer a firm has the identifier of its first source.
    assert [row["source_id"] for row in read(out)] == [f"S{firms[0].id:03d}"]


@pytest.mark.parametrize("content", [b"nobody\n", b"", b"\xff\xfeS\0"])
def test_a_pool_that_cannot_be_used(rank, out, firms, tmp_path, content):
    pool = tmp_path / "pool.txt"
    pool.write_bytes(content)
    done = rank(GUNS, options=("--pool", pool))
    assert done.exit_code == 1 and "Error: " in done.stderr
    assert not out.exists()


@sqlite_only
@pytest.mark.parametrize(
    "need",
    [
        {"title_en": "rifles and carbines"},
        {"description_en": "A rifle is wanted."},
        {"synonyms_en": ["carbines"]},
        {"nsc": ["1005"]},
        {"title_fr": "fusil"},
        {"description_fr": "On cherche des carabines."},
        {"title_en": "rifles", "title_fr": "fusils", "nsc": ["1005"], "domain": "ignored"},
    ],
    ids=str,
)
def test_needs_of_every_form(rank, out, firms, need):
    done = rank({"id": "n", **need})
    assert done.exit_code == 0, done.output
    assert read(out)[0]["firm_id"] == str(firms[0].id)


def test_blank_lines_and_a_byte_order_mark_are_nothing(rank, out, firms):
    line = json.dumps(GUNS).encode()
    done = rank(b"\xef\xbb\xbf" + line + b"\r\n\n   \n")
    assert done.exit_code == 0, done.output
    assert read(out)[0]["need_id"] == "guns"


def test_french_quotes_and_accents_pass_through(rank, out, firms):
    done = rank({"id": "« été, 2 »", "title_fr": "fusils « d’assaut »"})
    assert done.exit_code == 0
    assert read(out)[0]["need_id"] == "« été, 2 »"


GOOD = json.dumps(GUNS).encode() + b"\n"
LONG = '{"id": "long", "title_fr": "é'.encode() + b"\xc3\xa9" * 1_000_000 + b'"}\n'
BAD_LINES = {
    "malformed": (b'{"id": "x", "title_en": }\n', "this is not JSON"),
    "cut": (b'{"id": "x", "title_en": "a\n', "this is not JSON"),
    "two on a line": (b'{"id": "x"} {"id": "y"}\n', "this is not JSON"),
    "deep": (b"[" * 100_000 + b"\n", "this is not JSON"),
    "long number": (b'{"id": "x", "nsc": ' + b"1" * 5000 + b"}\n", "this is not JSON"),
    "half a pair": (b'{"id": "\\ud800", "title_en": "a"}\n', "this is not JSON"),
    "raw NUL": (b'{"id": "a\0b", "title_en": "a"}\n', "this is not JSON"),
    "NUL in the id": (b'{"id": "a\\u0000b", "title_en": "a"}\n', "id: "),
    "a list": (b"[1]\n", "a need is a JSON object"),
    "no id": (b'{"title_en": "rifles"}\n', "a need is a JSON object"),
    "empty id": (b'{"id": "", "title_en": "rifles"}\n', "id: "),
    "id of a number": (b'{"id": 7, "title_en": "rifles"}\n', "id: "),
    "duplicate id": (GOOD, "“guns” is already on line 1"),
    "no text": (b'{"id": "x"}\n', "here is none"),
    "blank text": (b'{"id": "x", "title_en": "  ", "synonyms_fr": [" "]}\n', "here is none"),
    "text of a number": (b'{"id": "x", "title_en": 5}\n', "title_en: "),
    "long text": (b'{"id": "x", "title_en": "' + b"a" * 4001 + b'"}\n', "title_en: "),
    "codes of a word": (b'{"id": "x", "nsc": "1005"}\n', "nsc: "),
    "unknown class": (b'{"id": "x", "nsc": ["1005", "0000"]}\n', "no supply class 0000"),
    "retired class": (b'{"id": "x", "nsc": ["8415"]}\n', "no supply class 8415"),
    "2 MB": (LONG, "longer than 1000000 bytes"),
}


@sqlite_only
@pytest.mark.parametrize("case", BAD_LINES)
def test_a_bad_line_is_told_and_the_good_ones_are_ranked(rank, out, firms, case):
    line, message = BAD_LINES[case]
    done = rank(GOOD, b"\n", line, SHELLS)
    assert done.exit_code == 1
    (told,) = done.stderr.splitlines()
    assert told.startswith("needs.jsonl, line 3: ") and message in told
    assert {row["need_id"] for row in read(out)} == {"guns", "shells"}


UNREADABLE = {
    "empty": (b"", "needs.jsonl holds no need that can be ranked"),
    "only blanks": (b"\n \n", "needs.jsonl holds no need that can be ranked"),
    "only bad lines": (b"x\n", "needs.jsonl holds no need that can be ranked"),
    "cp1252": (GOOD + '{"id": "é"}\n'.encode("cp1252"), "needs.jsonl, line 2 is not UTF-8"),
    "UTF-16": ('{"id": "x"}\n'.encode("utf-16"), "needs.jsonl, line 1 is not UTF-8"),
    "gzip": (b"\x1f\x8b\x08\x00\x00", "needs.jsonl, line 1 is not UTF-8"),
}


@sqlite_only
@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_cannot_be_read_leaves_the_old_answer(rank, out, firms, case):
    content, message = UNREADABLE[case]
    out.write_text("of yesterday")
    done = rank(content)
    assert done.exit_code == 1 and message in done.stderr
    assert out.read_text() == "of yesterday"


def test_a_failure_half_way_leaves_the_old_answer(rank, out, firms, monkeypatch):
    out.write_text("of yesterday")
    order, asked = matching.order, []

    def fail_at_the_second(*args, **kwargs):
        asked.append(1)
        if len(asked) == 2:
            raise OSError(28, "No space left on device", str(out))
        return order(*args, **kwargs)

    monkeypatch.setattr(cli.matching, "order", fail_at_the_second)
    done = rank(GUNS, SHELLS)
    assert done.exit_code == 1 and "No space left on device" in done.stderr
    assert out.read_text() == "of yesterday"
    assert [path.name for path in out.parent.glob("RANK*")] == ["RANK.csv"]


def test_places_that_cannot_be_written(run_cadence, write_needs, firms, tmp_path):
    needs = write_needs(GUNS)
    done = run_cadence("rank", "--needs", needs, "--out", tmp_path / "no" / "RANK.csv")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].endswith("No such file or directory")
    assert run_cadence("rank", "--needs", needs, "--out", tmp_path).exit_code == 2
    assert run_cadence("rank", "--needs", tmp_path / "none", "--out", "x").exit_code == 2
    assert run_cadence("rank", "--needs", needs).exit_code == 2


def test_index_command(run_cadence, index_dir, firms):
    done = run_cadence("index")
    assert done.exit_code == 0, done.output
    version = open_current(index_dir)[1]
    assert f"Published version {version.name} of 5 firms." in done.output
