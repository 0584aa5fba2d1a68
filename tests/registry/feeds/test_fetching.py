"""Fetching from a server that drops, truncates, stalls, redirects and says "not modified"."""

import pytest

from registry.feeds.fetching import Patience, fetch
from registry.feeds.problems import FileRefused
from tests.registry.publishing import BODY

QUICK = Patience(connect_seconds=2, silence_seconds=0.3, attempts=3, pause_seconds=0)


@pytest.fixture
def get(publisher, tmp_path):
    def run(*turns):
        publisher.turns = list(turns)
        return fetch(publisher.address, tmp_path / "feeds", QUICK).path

    return run


def left(tmp_path):
    return sorted(path.name.partition("-")[2] for path in (tmp_path / "feeds").iterdir())


def test_a_file_is_fetched_once_and_then_asked_for_by_its_marks(publisher, get, tmp_path):
    path = get("whole")
    assert path.read_bytes() == BODY and path.name.endswith("-tenders.csv")
    assert "python-requests" not in publisher.asked[0][1]["User-Agent"]
    assert get("whole") == path and path.read_bytes() == BODY
    asked = publisher.asked[1][1]
    assert asked["If-None-Match"] and asked["If-Modified-Since"].endswith("2026 10:00:00 GMT")
    publisher.body = b"heading\r\nanother\r\n"
    assert get("whole").read_bytes() == publisher.body
    assert left(tmp_path) == ["tenders.csv", "tenders.csv.json"]


@pytest.mark.parametrize("fault", ["drop", "truncate", "stall", "chunks_cut", "busy", "empty"])
def test_another_attempt_brings_it(publisher, get, tmp_path, fault):
    assert get(fault, "whole").read_bytes() == BODY
    assert len(publisher.asked) == 2
    assert left(tmp_path) == ["tenders.csv", "tenders.csv.json"]


@pytest.mark.parametrize("fault", ["drop", "truncate", "stall", "chunks_cut", "busy", "empty"])
def test_what_never_comes_whole_leaves_the_one_before(publisher, get, tmp_path, fault):
    path = get("whole")
    with pytest.raises(FileRefused, match="in 3 attempts"):
        get(fault)
    assert path.read_bytes() == BODY and len(publisher.asked) == 4
    assert left(tmp_path) == ["tenders.csv", "tenders.csv.json"]


def test_it_says_whether_the_server_had_another_file(publisher, tmp_path):
    def changed():
        return fetch(publisher.address, tmp_path, QUICK).changed

    assert [changed(), changed()] == [True, False]
    publisher.body = b"another"
    assert [changed(), changed()] == [True, False]


def test_redirects_are_followed_over_http_alone(publisher, get):
    assert get("elsewhere", "whole").read_bytes() == BODY
    assert [path for path, _headers in publisher.asked] == ["/opendata/tenders.csv", "/moved.csv"]
    with pytest.raises(FileRefused, match="not followed"):
        get("to_a_file")
    with pytest.raises(FileRefused, match="without an end"):
        get("round_and_round")


def test_a_refusal_is_not_asked_again(publisher, get):
    with pytest.raises(FileRefused, match="403"):
        get("forbidden")
    assert len(publisher.asked) == 1


def test_a_kept_file_that_was_altered_is_fetched_anew(publisher, get):
    path = get("whole")
    path.write_bytes(b"other")
    assert get("whole").read_bytes() == BODY
    assert "If-None-Match" not in publisher.asked[1][1]


def test_a_server_may_not_send_without_end(publisher, tmp_path):
    with pytest.raises(FileRefused, match="more than"):
        fetch(publisher.address, tmp_path, Patience(most_bytes=1000))
    assert list(tmp_path.iterdir()) == []
