"""`cadence serve` with two processes: what they share, and what becomes of them."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from registry.accounts.limits import PER_ACCOUNT
from registry.accounts.tries import TriesFile
from registry.feeds.models import Source
from registry.firms.models import Firm
from registry.firms.service import announce_changes
from registry.matches.publication import LOOK_EVERY_SECONDS

ROOT = Path(__file__).parent.parent
TOKEN = re.compile(
    r'name="csrf_token" type="hidden" value="([^"]+)"|name="csrf_token" value="([^"]+)"'
)


class Service:
    """A service of two processes that serve, beside a worker."""

    def __init__(self, home: Path):
        kept = {name: value for name, value in os.environ.items() if "CADENCE" not in name}
        self.home = home
        self.environment = {**kept, "CADENCE_HOME": str(home), "OPENBLAS_NUM_THREADS": "1"}
        self._open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar())
        ).open

    def start(self) -> None:
        command = [sys.executable, "-m", "registry"]
        quiet = {"cwd": ROOT, "env": self.environment, "stdout": subprocess.PIPE, "text": True}
        subprocess.run([*command, "init"], check=True, timeout=120, **quiet)
        serve = ["serve", "--port", "0", "--processes", "2"]
        self.process = subprocess.Popen([*command, *serve], **quiet)
        said = "".join(self.process.stdout.readline() for _line in range(3))
        self.address = re.search(r"http://\S+/", said)[0]
        until(lambda: len(self.serving()) == 2)

    def children(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(number) for number in listed.split()]

    def serving(self) -> list[int]:
        return [
            one for one in self.children() if b"serve" in Path(f"/proc/{one}/cmdline").read_bytes()
        ]

    @contextmanager
    def answered_by(self, chosen: int) -> Iterator[None]:
        """Inside, all others are stopped, and leave connections to the one that is chosen."""
        others = [one for one in self.serving() if one != chosen]
        for other in others:
            os.kill(other, signal.SIGSTOP)
        try:
            yield
        finally:
            for other in others:
                os.kill(other, signal.SIGCONT)

    def get(self, path: str) -> str:
        with self._open(self.address + path, timeout=30) as answer:
            return answer.read().decode()

    def try_to_sign_in(self) -> int:
        """The status of an answer to a wrong password."""
        token = next(filter(None, TOKEN.search(self.get("en/sign-in")).groups()))
        form = {"csrf_token": token, "email": "someone@cadence.example", "password": "a guess"}
        try:
            with self._open(self.address + "en/sign-in", urlencode(form).encode(), 30) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code

    def add_firm(self, name: str) -> None:
        engine = create_engine(f"sqlite:///{self.home / 'cadence.sqlite'}")
        with Session(engine) as session:
            source = Source(code=name, title_en=name, title_fr=name)
            firm = Firm(name=name, source=source)
            session.add(firm)
            session.flush()
            announce_changes(session, [firm.id])
            session.commit()
        engine.dispose()


def until(holds: Callable[[], bool]) -> None:
    for _turn in range(600):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it does not come to hold")


def gone(process: int) -> bool:
    """Whether it has ended; one that nobody has waited for yet has."""
    try:
        return ") Z " in Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return True


@pytest.fixture
def service(tmp_path) -> Iterator[Service]:
    service = Service(tmp_path / "home")
    service.start()
    yield service
    if service.process.poll() is None:
        service.process.kill()
    service.process.stdout.close()
    service.process.wait(30)


def test_processes_share_what_must_be_shared_and_are_kept(service):
    first, second = service.serving()
    # Tries count in all of them.
    tries = int(PER_ACCOUNT.split()[0])
    for place, one in enumerate((first, second)):
        with service.answered_by(one):
            wrong = [service.try_to_sign_in() for _try in range(tries // 2)]
            assert wrong == [200] * len(wrong), place
    for one in (first, second):
        with service.answered_by(one):
            assert service.try_to_sign_in() == 429
    # A change of a firm shows in each, without being told.
    assert "Zorvex Forge" not in service.get("en/search?q=zorvex")
    service.add_firm("Zorvex Forge")
    time.sleep(LOOK_EVERY_SECONDS + 0.1)
    for one in (first, second):
        with service.answered_by(one):
            assert "Zorvex Forge" in service.get("en/search?q=zorvex")
    # One that dies is replaced by another that knows as much.
    os.kill(first, signal.SIGKILL)
    until(lambda: len(service.serving()) == 2 and first not in service.serving())
    (fresh,) = set(service.serving()) - {second}
    with service.answered_by(fresh):
        assert "Zorvex Forge" in service.get("en/search?q=zorvex")
        assert service.try_to_sign_in() == 429
    # The end of the first is the end of all.
    everyone = service.children()
    assert len(everyone) == 3  # with the worker
    service.process.terminate()
    assert service.process.wait(40) == 0
    until(lambda: all(gone(one) for one in everyone))


def test_tries_are_counted_for_a_window_of_time(tmp_path, monkeypatch):
    now = 1000.0
    monkeypatch.setattr("registry.accounts.tries.time.time", lambda: now)
    address = f"sqlite://{tmp_path / 'tries.sqlite'}"
    here, there = TriesFile(address), TriesFile(address)
    assert here.check() and here.get("one") == 0
    assert [one.incr("one@example.org", 60) for one in (here, there, here)] == [1, 2, 3]
    assert there.get("one@example.org") == 3 and there.get_expiry("one@example.org") == 1060.0
    assert there.incr("two", 30, amount=2) == 2
    assert b"example" not in (tmp_path / "tries.sqlite").read_bytes()
    now = 1030.0
    assert here.get("two") == 0 and here.incr("two", 30) == 1
    now = 1060.0
    assert here.incr("one@example.org", 60) == 1
    here.clear("one@example.org")
    assert there.get("one@example.org") == 0 and there.reset() == 0
    broken = TriesFile(f"sqlite://{tmp_path}", wrap_exceptions=False)
    assert not broken.check()
    with pytest.raises(sqlite3.Error):
        broken.incr("one", 60)
