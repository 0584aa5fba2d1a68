"""OCDS 1.1 release packages, written one release at a time.

Nothing but what was published goes into them: no figures of capacity and nothing told in
confidence. The prefix of our ocids says that it is a local one: a registered prefix is given out by
the Open Contracting Partnership to a publisher.
"""

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

VERSION = "1.1"
PUBLISHER = "Cadence"
PREFIX = "local-cadence-"
MEDIA_TYPE = "application/json"
_ZONE = dt.timezone(dt.timedelta(hours=-5))  # of the days of CanadaBuys, all year
Json = dict[str, Any]


def write_package(
    releases: Iterable[Json], published_at: dt.datetime, uri: str | None = None
) -> Iterator[str]:
    """The package, piece by piece; `uri` is where it is to be had."""
    head = {
        "uri": uri or uuid.uuid4().urn,
        "version": VERSION,
        "publishedDate": moment_text(published_at),
        "publisher": {"name": PUBLISHER},
    }
    yield json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "releases": ['
    between = "\n"
    for release in releases:
        yield between + json.dumps(release, ensure_ascii=False, indent=1)
        between = ",\n"
    yield "\n ]\n}\n"


def moment_text(moment: dt.datetime) -> str:
    """As the standard writes moments (RFC 3339), in UTC."""
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def day_text(day: dt.date | None) -> str | None:
    """A day as the standard's date with a time; what reads it again takes the day as written."""
    return None if day is None else day_moment(day).isoformat()


def day_moment(day: dt.date) -> dt.datetime:
    """When a day began where it was written."""
    return dt.datetime.combine(day, dt.time(), _ZONE)


def stated(values: Json) -> Json:
    """Without what is unknown: the standard has no field that is blank."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def in_both(name: str, english: Any, french: Any, language: str) -> Json:
    """A field in the release's language as such, and in the other one with its letters."""
    here, there = (french, english) if language == "fr" else (english, french)
    other = "en" if language == "fr" else "fr"
    return stated({name: here, f"{name}_{other}": there})


def pairs(english: list[str], french: list[str]) -> list[tuple[str | None, str | None]]:
    """Texts in two languages beside each other where there are as many of both; else apart."""
    if len(english) == len(french):
        return list(zip(english, french, strict=True))
    return [*((text, None) for text in english), *((None, text) for text in french)]
