"""Where Canadian places are: a small gazetteer of public facts, for sites without coordinates.

A position found here is that of the place, to within a few kilometres, and is shown as such.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from registry.feeds.text import fold_words


@dataclass(frozen=True)
class Place:
    """A city or town; degrees north and east."""

    name: str
    province: str
    latitude: float
    longitude: float

    @property
    def key(self) -> str:
        """How an address names it."""
        return f"{self.name}, {self.province}"


@cache
def list_places() -> tuple[Place, ...]:
    """All places, by name."""
    text = files("registry.finding").joinpath("data", "places.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    places = [
        Place(row["name"], row["province"], float(row["latitude"]), float(row["longitude"]))
        for row in rows
    ]
    return tuple(sorted(places, key=lambda place: (fold_words(place.name), place.province)))


def place_at(latitude: float, longitude: float) -> str | None:
    """The key of the place that stands exactly there."""
    return _by_position().get((latitude, longitude))


@cache
def _by_position() -> dict[tuple[float, float], str]:
    return {(place.latitude, place.longitude): place.key for place in list_places()}


@cache
def _by_name() -> dict[tuple[str, str], Place]:
    return {(_folded(place.name), place.province): place for place in list_places()}


def _folded(name: str) -> str:
    words = fold_words(name).replace(".", "").replace("-", " ").replace("'", " ").split()
    return " ".join({"saint": "st", "sainte": "ste"}.get(word, word) for word in words)


def find_place(text: str) -> Place | None:
    """The place that a person names, "Kingston, ON" or only "Kingston"; None if none is known."""
    name, _comma, province = text.rpartition(",")
    if place := _by_name().get((_folded(name), province.strip().upper())):
        return place
    wanted = _folded(text)
    named = (place for (other, _province), place in _by_name().items() if other == wanted)
    return next(named, None)


def coordinates_of(city: str | None, province: str | None) -> tuple[float, float] | None:
    """Degrees north and east of a site's place; None for one that is not known here."""
    if not city or not province:
        return None
    place = _by_name().get((_city(city), province))
    return (place.latitude, place.longitude) if place else None


@cache
def _city(name: str) -> str:
    """A few thousand names recur over all sites."""
    return _folded(name)
