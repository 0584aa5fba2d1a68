"""Fetching a published file: only if it has changed, whole or not at all."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from registry.feeds.problems import FileRefused
from registry.feeds.told import Told as _

CHUNK = 256 * 1024
# CanadaBuys answers 403 to what calls itself python-requests.
AGENT = "Cadence (registry of Canadian defence suppliers)"
MOST_REDIRECTS = 5
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Patience:
    """How long a server may take, how often it is asked again, and how much it may send."""

    connect_seconds: float = 15.0
    silence_seconds: float = 60.0  # between two pieces of the file
    whole_seconds: float = 3600.0  # so that a server that only trickles comes to an end
    attempts: int = 4
    pause_seconds: float = 2.0  # doubled after each attempt
    most_bytes: int = 8 * 1024**3


@dataclass(frozen=True)
class Fetched:
    """The file as it now lies here, and whether this fetch brought it: False after a 304."""

    path: Path
    sha256: str
    changed: bool


@dataclass(frozen=True)
class _Kept:
    """What is known of the file that was fetched before."""

    url: str
    etag: str | None
    last_modified: str | None
    sha256: str


class _Interrupted(Exception):
    """The attempt failed in a way that the next may not; `why` says how, in words."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


def is_address(text: str) -> bool:
    return urlsplit(text).scheme in ("http", "https") and bool(urlsplit(text).netloc)


def fetch(
    url: str,
    folder: Path,
    patience: Patience | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Fetched:
    """The published file in `folder`, fetched anew only if the server has another one.

    A file stands under its name only once it is whole; an attempt that fails leaves the one before
    as it was. Raises FileRefused if the server refuses, or if no attempt brought the whole file.
    """
    patience = patience or Patience()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _file_name(url)
    why = ""
    for attempt in range(patience.attempts):
        if attempt:
            pause(patience.pause_seconds * 2 ** (attempt - 1))
        try:
            return _attempt(url, path, patience)
        except _Interrupted as error:
            why = error.why
    raise FileRefused(
        _(
            "%(url)s could not be fetched in %(count)d attempts (%(why)s). Nothing was changed. "
            "Try again later, or save the file and import it.",
            url=url,
            count=patience.attempts,
            why=why,
        )
    )


def _in_words(error: requests.RequestException) -> str:
    """Messages of the library hold addresses and objects; what it is called says enough."""
    if isinstance(error, requests.Timeout):
        return _("it does not answer in time")
    # What breaks off in the middle of a file has several names, one of them this as well.
    if isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return _("the connection fails or breaks off")
    return type(error).__name__


def _file_name(url: str) -> str:
    """The file's own name behind a mark of its address: two publishers may use the same name."""
    name = Path(urlsplit(url).path).name or "feed"
    plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)[-100:]
    return f"{hashlib.sha256(url.encode()).hexdigest()[:12]}-{plain.lstrip('.')}"


def _attempt(url: str, path: Path, patience: Patience) -> Fetched:
    kept = _kept(url, path)
    try:
        with requests.Session() as session, _ask(session, url, kept, patience) as answer:
            if answer.status_code == requests.codes.not_modified and kept:
                return Fetched(path, kept.sha256, changed=False)
            _check_status(url, answer)
            sha256 = _save(answer, url, path, patience)
    except requests.RequestException as error:
        raise _Interrupted(_in_words(error)) from error
    return Fetched(path, sha256, changed=kept is None or kept.sha256 != sha256)


def _kept(url: str, path: Path) -> _Kept | None:
    """What is known of the file before; None if it is not there as it was written."""
    try:
        kept = _Kept(**json.loads(_note(path).read_text("utf-8")))
        with path.open("rb") as file:
            whole = hashlib.file_digest(file, "sha256").hexdigest() == kept.sha256
    except (OSError, ValueError, TypeError):
        return None
    return kept if whole and kept.url == url else None


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _ask(
    session: requests.Session, url: str, kept: _Kept | None, patience: Patience
) -> requests.Response:
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
    if kept and kept.etag:
        headers["If-None-Match"] = kept.etag
    if kept and kept.last_modified:
        headers["If-Modified-Since"] = kept.last_modified
    limits = (patience.connect_seconds, patience.silence_seconds)
    asked = url
    for _turn in range(MOST_REDIRECTS + 1):
        answer = session.get(
            asked, headers=headers, stream=True, timeout=limits, allow_redirects=False
        )
        if answer.status_code not in _REDIRECTS:
            return answer
        target = urljoin(asked, answer.headers.get("Location", ""))
        answer.close()
        if not is_address(target) or (asked.startswith("https:") and target.startswith("http:")):
            raise FileRefused(
                _("%(url)s leads to %(target)s, which is not followed.", url=url, target=target)
            )
        asked = target
    raise FileRefused(_("%(url)s leads from one address to the next without an end.", url=url))


def _check_status(url: str, answer: requests.Response) -> None:
    status = answer.status_code
    if status == requests.codes.ok:
        return
    if status in _WORTH_ANOTHER_TRY:
        raise _Interrupted(f"HTTP {status}")
    raise FileRefused(
        _("%(url)s answers with HTTP status %(status)d. Check it.", url=url, status=status)
    )


def _save(answer: requests.Response, url: str, path: Path, patience: Patience) -> str:
    """Write the body beside and rename it once it is whole; its SHA-256."""
    partial = path.with_name(path.name + ".partial")
    digest, count = hashlib.sha256(), 0
    end = time.monotonic() + patience.whole_seconds
    try:
        with partial.open("wb") as file:
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                digest.update(chunk)
                count += len(chunk)
                if count > patience.most_bytes:
                    raise FileRefused(_("%(url)s sends more than a feed holds.", url=url))
                if time.monotonic() > end:
                    raise _Interrupted(_("it sends too slowly"))
        stated = answer.headers.get("Content-Length")
        if stated is not None and stated.isdigit() and int(stated) != count:
            raise _Interrupted(_("%(count)s of %(all)s bytes came", count=count, all=stated))
        if not count:
            raise _Interrupted(_("the file is empty"))
        headers = answer.headers
        note = _Kept(url, headers.get("ETag"), headers.get("Last-Modified"), digest.hexdigest())
        # Without its note a file counts as not there, so no moment pairs one with another's.
        _note(path).unlink(missing_ok=True)
        partial.replace(path)
        _write_note(path, asdict(note))
        return note.sha256
    finally:
        partial.unlink(missing_ok=True)


def _write_note(path: Path, values: dict[str, Any]) -> None:
    partial = _note(path).with_name(_note(path).name + ".partial")
    partial.write_text(json.dumps(values), "utf-8")
    partial.replace(_note(path))
