"""Files that a job made, kept in the home folder until they expire."""

import datetime as dt
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from registry.config import Settings
from registry.db import utcnow

KEPT = dt.timedelta(days=7)  # what left with confidence is not kept longer than it is wanted


def folder_of(settings: Settings) -> Path:
    """Where they lie; nobody but the service may look in."""
    folder = settings.home / "exports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def forget_expired(folder: Path) -> None:
    """Remove what is older than KEPT, and what a run that died left half-written."""
    before = (utcnow() - KEPT).timestamp()
    for path in folder.iterdir():
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)


@contextmanager
def new_file(folder: Path, form: str) -> Iterator[tuple[str, IO[bytes]]]:
    """A name that no one can guess, and the file to write; gone again if that fails."""
    name = f"{secrets.token_hex(16)}.{form}"
    path = folder / name
    try:
        with path.open("xb") as out:
            yield name, out
    except BaseException:
        path.unlink(missing_ok=True)
        raise
