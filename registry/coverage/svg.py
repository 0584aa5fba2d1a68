"""A drawing as an SVG that stands alone: for files, where no style sheet reaches.

Areas differ in lightness and lines in dashes, so that greyscale loses nothing.
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from registry.coverage.chart import Drawing
from registry.i18n import gettext as _

PAPER, INK, GRID, NEED = "#ffffff", "#1b2428", "#c8ccce", "#9d2430"
AREAS = {"a0": "#084345", "a1": "#1f6a68", "a2": "#4f8f8b", "a3": "#bcd8d4", "a4": "#e2eeec"}
STROKES: dict[str, dict[str, str]] = {
    "base": {"stroke": INK, "stroke-width": "2"},
    "now": {"stroke": INK, "stroke-width": "2", "stroke-dasharray": "9 5"},
    "band": {"stroke": INK, "stroke-width": "1.3", "stroke-dasharray": "2 4"},
    "need": {"stroke": NEED, "stroke-width": "2.8"},
}
STRONG = ("base", "need", "lab")


def svg_of(drawing: Drawing, font: str) -> str:
    """The same picture as on a page; its text alternative is for whoever places it."""
    width, height = drawing.size
    attributes = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width} {height}"}
    svg = Element("svg", {**attributes, "font-family": font, "font-size": "15", "fill": INK})
    _axes(svg, drawing)
    for css, path in drawing.areas:
        fill = {"fill": AREAS[css], "stroke": PAPER, "stroke-width": "1"}
        SubElement(svg, "path", {"d": path, **fill})
    for css, path in drawing.strokes:
        SubElement(svg, "path", {"d": path, "fill": "none", **STROKES[css]})
    for label in drawing.labels:
        place = {"x": f"{label.x}", "y": f"{label.y}"}
        weight = {"font-weight": "bold"} if label.css in STRONG else {}
        _text(svg, label.text, {**place, **weight, **_HALO.get(label.css, {})})
    return tostring(svg, encoding="unicode")


# A name on an area is read on a light ground whatever the area's own.
_HALO = {
    "lab": {
        "text-anchor": "middle", "stroke": PAPER, "stroke-width": "4", "paint-order": "stroke"
    },
    "need": {"fill": NEED},
}  # fmt: skip


def _axes(svg: Element, drawing: Drawing) -> None:
    left, right, _top, bottom = drawing.box
    for y, text in drawing.across:
        across = {"x1": f"{left}", "x2": f"{right}", "y1": f"{y}", "y2": f"{y}", "stroke": GRID}
        SubElement(svg, "line", across)
        _text(svg, text, {"x": f"{left - 8}", "y": f"{y + 4}", "text-anchor": "end"})
    for x, month in drawing.along:
        text = _("month %(num)s", num=month) if month else _("today")
        place = {"x": f"{x}", "y": f"{bottom + 28}"}
        _text(svg, text, {**place, "text-anchor": "middle" if month else "start"})


def _text(svg: Element, text: str, attributes: Mapping[str, str]) -> None:
    SubElement(svg, "text", dict(attributes)).text = text
