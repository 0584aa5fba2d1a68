"""Files as bytes: limits, encodings, compression."""

import gzip
import os

import pytest

from registry.feeds.json_lines import read_json_lines
from registry.feeds.problems import FileRefused, Silence
from registry.feeds.reader import Feed, Limits, read_lines

SMALL = Limits(line_bytes=100, expanded_bytes=100_000, ratio=20, ratio_from_bytes=1_000, rows=50)


def lines_of(path, limits=None):
    with Feed(path, limits) as feed:
        return [(line.number, line.text) for line in read_lines(feed)]


class Heard(Silence):
    def __init__(self):
        self.refusals = []
        self.warnings = []

    def refuse(self, line, refusal):
        self.refusals.append((line, refusal.faults[0].column, refusal.faults[0].reason))

    def warn(self, line, fault):
        self.warnings.append((line, fault.column))


def objects_of(path, limits=None):
    heard = Heard()
    with Feed(path, limits) as feed:
        return [(row.line, row.values) for row in read_json_lines(feed, heard)], heard


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_utf8_with_or_without_mark_plain_or_gzip(tmp_path, mark, compress):
    path = tmp_path / "a.txt"
    path.write_bytes(compress(mark + "é\r\nb".encode()))
    assert lines_of(path) == [(1, "é\r\n"), (2, "b")]


def test_a_feed_can_be_read_again(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"a\nb\n"))
    with Feed(path) as feed:
        assert list(read_lines(feed)) == list(read_lines(feed))
        assert feed.position == feed.size


def test_other_encodings_are_refused_with_line_and_byte(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("key,name\n1,Métaux\n".encode("cp1252"))
    with pytest.raises(FileRefused, match=r"Line 2 is not UTF-8: byte 4 is 0xE9.*UTF-8"):
        lines_of(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_named(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes("key,name\n".encode(encoding))
    with pytest.raises(FileRefused, match="UTF-16"):
        lines_of(path)


def test_a_workbook_is_not_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"PK\x03\x04" + bytes([9]) * 50)
    with pytest.raises(FileRefused, match="--format xlsx"):
        lines_of(path)


def test_a_line_over_the_limit_is_passed_over(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\n" + b"x" * 300_000 + b"\nb\n")
    assert lines_of(path, Limits(line_bytes=100)) == [(1, "a\n"), (2, None), (3, "b\n")]


def test_too_many_lines(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\n" * 51)
    with pytest.raises(FileRefused, match="more than 50 lines"):
        lines_of(path, SMALL)


def test_a_bomb_is_stopped_early(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"0" * 90_000))
    with pytest.raises(FileRefused, match="more than 20 times"):
        lines_of(path, SMALL)


def test_more_content_than_allowed(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(os.urandom(100_001).hex().encode()))
    with pytest.raises(FileRefused, match="Split it"):
        lines_of(path, SMALL)


@pytest.mark.parametrize("spoil", [lambda b: b[:-12], lambda b: b[:40] + b"\0\0\0\0" + b[44:]])
def test_damaged_gzip(tmp_path, spoil):
    path = tmp_path / "a.gz"
    path.write_bytes(spoil(gzip.compress(os.urandom(2000).hex().encode())))
    with pytest.raises(FileRefused, match="damaged or cut short"):
        lines_of(path)


def test_pipes_are_refused(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(FileRefused, match="read twice"):
        Feed(path)


def test_json_lines_that_are_not_objects_are_refused_one_by_one(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"a": 1}\n'
        '{"a": \n'
        "\n"
        "[1]\n"
        '{"a": NaN}\n'
        '{"a": "b\0c"}\n'
        f"{'[' * 100_000}\n"
        f'{{"a": {"9" * 5000}}}\n'
        '{"a": "\\ud800"}\n'
        '{"a": 2}\n'
    )
    rows, heard = objects_of(path)
    assert rows == [(1, {"a": 1}), (10, {"a": 2})]
    assert [line for line, _column, _reason in heard.refusals] == [2, 4, 5, 6, 7, 8, 9]
    assert heard.refusals[0][2] == "The line is not valid JSON from character 6."
    assert "NUL" in heard.refusals[3][2]
    assert heard.refusals[6][1] == "a"


def test_an_escaped_nul_is_taken_out_and_told(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": "x\\u0000y", "b": "\\\\u0000", "c": [{"d": "\\\\\\u0000"}]}\n')
    rows, heard = objects_of(path)
    assert rows == [(1, {"a": "xy", "b": "\\u0000", "c": [{"d": "\\"}]})]
    assert heard.warnings == [(1, "a"), (1, "c")]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file(tmp_path, content):
    path = tmp_path / "nothing.jsonl"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match=r"nothing\.jsonl is empty"):
        objects_of(path)
