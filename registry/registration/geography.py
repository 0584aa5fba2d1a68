"""Canada as a picture that a place can be pointed at; no outside service is asked.

Lambert's conformal conic projection with Canada's usual parallels (those of EPSG:3978), on a
sphere: a pixel of the picture is some 22 km, far more than the sphere's error.
"""

import math
from functools import cache
from importlib.resources import files

WIDTH, HEIGHT = 256, 220  # pixels, as a form shows it on the narrowest screen
SOUTH, NORTH, WEST, EAST = 41.0, 84.0, -142.0, -52.0  # degrees
Point = tuple[float, float]  # latitude, longitude in degrees

_PARALLELS, _MIDDLE = (49.0, 77.0), -95.0
_SCALE, _LEFT, _TOP = 287.0, 112.0, 178.0  # pixels a radius, and where the origin lies


def _cone() -> tuple[float, float]:
    first, second = map(math.radians, _PARALLELS)
    n = math.log(math.cos(first) / math.cos(second)) / math.log(
        math.tan(math.pi / 4 + second / 2) / math.tan(math.pi / 4 + first / 2)
    )
    return n, math.cos(first) * math.tan(math.pi / 4 + first / 2) ** n / n


_N, _F = _cone()
_RHO_ORIGIN = _F / math.tan(math.pi / 4 + math.radians(49.0) / 2) ** _N


def to_pixel(point: Point) -> tuple[float, float]:
    """Where a place lies on the picture, from its upper left corner."""
    latitude, longitude = point
    rho = _F / math.tan(math.pi / 4 + math.radians(latitude) / 2) ** _N
    theta = _N * math.radians(longitude - _MIDDLE)
    return (
        _LEFT + _SCALE * rho * math.sin(theta),
        _TOP - _SCALE * (_RHO_ORIGIN - rho * math.cos(theta)),
    )


def to_point(x: float, y: float) -> Point:
    """Which place a pixel of the picture shows."""
    east, north = (x - _LEFT) / _SCALE, (_TOP - y) / _SCALE
    down = _RHO_ORIGIN - north
    rho = math.copysign(math.hypot(east, down), _N)
    latitude = 2 * math.atan((_F / rho) ** (1 / _N)) - math.pi / 2
    return math.degrees(latitude), _MIDDLE + math.degrees(math.atan2(east, down)) / _N


def pressed(x: str, y: str) -> Point | None:
    """The place where the picture was pressed; None outside Canada's degrees or for no numbers."""
    try:
        point = to_point(float(x), float(y))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return point if _within(point) else None


def point_of(latitude: str | None, longitude: str | None) -> Point | None:
    """A point from what two fields hold; None unless both are numbers within Canada's degrees."""
    try:
        point = (
            float((latitude or "").replace(",", ".")),
            float((longitude or "").replace(",", ".")),
        )
    except ValueError:
        return None
    return point if _within(point) else None


def _within(point: Point) -> bool:
    return SOUTH <= point[0] <= NORTH and WEST <= point[1] <= EAST


@cache
def _outline() -> str:
    """Provinces and territories (Natural Earth, public domain) as one SVG path."""
    return files("registry.registration").joinpath("data", "canada.path").read_text("ascii").strip()


def draw(point: Point | None) -> str:
    """The picture, with a mark where the point is. A file of its own, so it brings its colours."""
    mark = ""
    if point:
        x, y = to_pixel(point)
        mark = (
            f'<g transform="translate({x:.1f} {y:.1f})" fill="#9d2430" stroke="#9d2430">'
            f'<circle r="9" fill="none" stroke-width="2"/><circle r="2"/></g>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' viewBox="0 0 {WIDTH} {HEIGHT}"><rect width="100%" height="100%" fill="#e8eef0"/>'
        f'<path d="{_outline()}" fill="#fbfaf7" stroke="#5b6771" stroke-width=".7"/>{mark}</svg>'
    )
