"""English and French: the catalogue is a .po file, compiled when it changes, never by hand."""

import gettext as stdlib_gettext
import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import flask_babel
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).parent / "translations"
LOCALES = {"en": "en_CA", "fr": "fr_CA"}


def language_spoken() -> str:
    """`en` or `fr`, as Flask-Babel has it; outside an application English."""
    locale = flask_babel.get_locale()
    return str(locale.language) if locale else "en"


@lru_cache(maxsize=20_000)
def in_language(message: str, language: str) -> str:
    """A message in the language that is spoken: a page says hundreds, and catalogues do not
    change."""
    return str(flask_babel.gettext(message))


# Services and commands translate through these; outside an application they answer in English.
def gettext(message: str, **values: Any) -> str:
    """The message in the reader's language, with these values in it."""
    said = in_language(message, language_spoken())
    return said % values if values else said


ngettext = flask_babel.ngettext


def mark(message: str) -> str:
    """Mark a message for extraction that is translated later, where it is shown."""
    return message


def mark_plural(singular: str, plural: str) -> tuple[str, str]:
    """Mark a message that has a plural, for extraction."""
    return singular, plural


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Inside, messages are translated for someone else: the reader of a mail."""
    with flask_babel.force_locale(LOCALES[language]):
        yield


def compiled_catalogues(home: Path) -> Path:
    """A folder of .mo files made from today's .po files; made once for each content.

    Compiling at start-up leaves no build step that can be forgotten, and so no stale French.
    Flask-Security's French is labelled as that of France, where a Canadian reader's locale would
    never find it; it is offered here as plain French, under our own words for what it says.
    """
    security = find_spec("flask_security")
    assert security and security.origin  # a dependency of ours
    ours = CATALOGUES / "fr" / "LC_MESSAGES" / "messages.po"
    theirs = Path(security.origin).parent / "translations/fr_FR/LC_MESSAGES/flask_security.po"
    sources = {"messages": (ours,), "flask_security": (theirs, ours)}
    digest = hashlib.sha256(ours.read_bytes() + theirs.read_bytes()).hexdigest()[:16]
    target = home / "translations" / digest
    for domain, paths in sources.items():
        file = target / "fr" / "LC_MESSAGES" / f"{domain}.mo"
        if not file.is_file():
            _write(_compiled(paths, digest), file)
    return target


@cache
def _compiled(sources: tuple[Path, ...], digest: str) -> bytes:
    """One catalogue of several, of which a later one wins; kept for a process with many homes."""
    catalogue = Catalog(locale="fr")
    for source in sources:
        with source.open("rb") as file:
            for message in read_po(file, locale="fr"):
                catalogue[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def _write(content: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # Two processes may start at once: each writes its own file, and the rename is atomic.
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as partial:
        partial.write(content)
    Path(partial.name).replace(target)


def language_of_environment() -> str:
    """The command line's language: CADENCE_LANG, else the first of the POSIX variables set."""
    for name in ("CADENCE_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "fr" if value.lower().startswith("fr") else "en"
    return "en"


def speak_at_command_line(home: Path) -> None:
    """Let `click`, which translates through the standard library, use our catalogue too."""
    os.environ["LANGUAGE"] = language_of_environment()
    stdlib_gettext.bindtextdomain("messages", str(compiled_catalogues(home)))
