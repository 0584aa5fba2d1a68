"""Centres of Canadian cities, to put a site on the map without asking an outside service."""

import csv
from functools import cache
from importlib.resources import files

from matching import text
from registry.registration.geography import Point


@cache
def _rows() -> list[dict[str, str]]:
    content = files("registry.registration").joinpath("data", "cities.csv").read_text("utf-8")
    return list(csv.DictReader(content.splitlines()))


@cache
def _centres() -> dict[tuple[str, str], Point]:
    return {
        (text.normalised(row["city"]), row["province"]): (
            float(row["latitude"]),
            float(row["longitude"]),
        )
        for row in _rows()
    }


def city_names() -> list[str]:
    """The cities whose centre is known."""
    return [row["city"] for row in _rows()]


def centre_of(city: str, province: str) -> Point | None:
    """The centre of a city; without a province, of the one city of that name."""
    sought = text.normalised(city)
    found = [
        point for (name, of), point in _centres().items() if name == sought and province in ("", of)
    ]
    return found[0] if len(found) == 1 else None
