"""What a notice requires is read from plain statements alone, and quoted."""

import pytest

from registry.tenders.requirements import stated_requirements

CGP = "The supplier must be registered in the Controlled Goods Program."


def names(text_en="", text_fr=""):
    return [stated.requirement.name for stated in stated_requirements(text_en, text_fr)]


@pytest.mark.parametrize(
    ("english", "french", "expected"),
    [
        (CGP, "", ["controlled goods"]),
        ("", "L’inscription au Programme des marchandises contrôlées est exigée.",
         ["controlled goods"]),
        ("A facility security clearance (Secret) is required.", "", ["facility clearance"]),
        ("", "Une attestation de sécurité d’installation est exigée.", ["facility clearance"]),
        ("", "Vérification d’organisation désignée (VOD).", ["organization screening"]),
        ("Quality to AQAP 2110.", "Certification CPCSC.", ["cyber certification",
                                                            "quality system"]),
        ("This is not subject to the Controlled Goods Program.", "", []),
        ("", "Ces travaux ne sont pas assujettis au Programme des marchandises contrôlées.", []),
        ("There is no security requirement.", "Aucune attestation de sécurité d’installation.", []),
        ("Uncontrolled goods.\nControlled drinks.", "", []),
        ("", "", []),
    ],
)  # fmt: skip
def test_statements(english, french, expected):
    assert names(english, french) == expected


def test_a_requirement_is_quoted_once_and_its_negation_elsewhere_does_not_matter():
    text = f"Delivery is not urgent.\n{CGP}\nDrawings: controlled goods."
    (stated,) = stated_requirements(text, "Programme des marchandises contrôlées.")
    assert (stated.quote, stated.language) == (CGP, "en")
    assert stated.requirement.any_of == ("CGP",)
    (stated,) = stated_requirements(text, "Programme des marchandises contrôlées.", "fr")
    assert (stated.quote, stated.language) == ("Programme des marchandises contrôlées.", "fr")
