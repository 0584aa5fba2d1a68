"""Provinces and towns."""

import pytest

from registry.intake.places import province_code, town_name


@pytest.mark.parametrize(
    ("text", "code"),
    [("Ontario", "ON"), ("Québec", "QC"), ("qc", "QC"), ("Nouvelle-Écosse", "NS"), ("Ohio", None)],
)
def test_provinces(text, code):
    assert province_code(text) == code


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("VANCOUVER", "Vancouver"),
        ("NORTH YORK", "North York"),
        ("TROIS-RIVIÈRES", "Trois-Rivières"),
        ("SAINT-JEAN-SUR-RICHELIEU", "Saint-Jean-sur-Richelieu"),
        ("ST. JOHN'S", "St. John's"),
        ("L'ASSOMPTION", "L'Assomption"),
        ("VAL-D'OR", "Val-d'Or"),
        ("MCBRIDE", "McBride"),
        ("LA TUQUE", "La Tuque"),
        ("Fort McMurray", "Fort McMurray"),
        ("", ""),
    ],
)
def test_towns(text, name):
    assert town_name(text) == name
