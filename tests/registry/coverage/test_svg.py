"""A chart that stands alone: in print and in greyscale nothing is told by hue alone."""

from itertools import combinations
from xml.etree import ElementTree

import numpy as np

from registry.coverage import chart
from registry.coverage.svg import AREAS, STROKES, svg_of

SVG = "{http://www.w3.org/2000/svg}"


def lightness(colour: str) -> float:
    """Relative luminance (WCAG 2.1) of a colour as #rrggbb."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def test_a_drawing_as_a_file(app):
    months = np.arange(25.0)
    with app.test_request_context("/fr/"):
        app.preprocess_request()
        drawing = chart.draw(
            [chart.Series("a3", "sans", 1000 * months), chart.Series("a2", "<&>", 2000 * months)],
            [chart.Series(css, css, 3000 * months) for css in STROKES],
        )
        root = ElementTree.fromstring(svg_of(drawing, "Serif"))
    assert root.get("viewBox") == "0 0 760 380"
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert {"aujourd’hui", "mois 12", "mois 24", "<&>", "80", "need 72"} <= set(texts)
    beside = sorted(one.y for one in drawing.labels if one.css != "lab")
    assert beside[0] >= 14  # four that want one place stand apart, and in the picture
    assert min(np.diff(beside)) >= chart.LEAST_APART
    paths = list(root.iter(f"{SVG}path"))
    assert [one.get("d") for one in paths] == [d for _, d in (*drawing.areas, *drawing.strokes)]


def test_nothing_is_told_by_hue_alone():
    """Neighbours differ in lightness (3:1 for those that plans use), lines in dashes or width."""
    for one, other in combinations(sorted(AREAS), 2):
        assert abs(lightness(AREAS[one]) - lightness(AREAS[other])) > 0.05, (one, other)
    light, dark = lightness(AREAS["a3"]), lightness(AREAS["a2"])
    assert (light + 0.05) / (dark + 0.05) > 2
    drawn = [(one["stroke-width"], one.get("stroke-dasharray")) for one in STROKES.values()]
    assert len(set(drawn)) == len(drawn)
