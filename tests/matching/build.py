"""Facts for tests of the matcher: suppliers, needs and a few supply classes, all invented."""

import csv
from functools import cache
from pathlib import Path
from typing import Any

from matching import Need, Offer, Supplier, SupplyClass

TAXONOMY = Path(__file__).parents[2] / "registry" / "taxonomy" / "data"

CLASSES = (
    SupplyClass(
        code="1315",
        title_en="Ammunition, 75 mm through 125 mm",
        title_fr="Munitions, de 75 mm à 125 mm inclusivement",
        keywords_en=("81 mm mortar bomb", "105 mm ammunition"),
        keywords_fr=("bombe de mortier de 81 mm",),
        group_title_en="Ammunition and explosives",
        group_title_fr="Munitions et explosifs",
    ),
    SupplyClass(
        code="1320",
        title_en="Ammunition, over 125 mm",
        title_fr="Munitions, de plus de 125 mm",
        keywords_en=("155 mm projectile", "shell body", "propelling charge"),
        keywords_fr=("projectile de 155 mm", "obus de gros calibre"),
        group_title_en="Ammunition and explosives",
        group_title_fr="Munitions et explosifs",
    ),
    SupplyClass(
        code="4320",
        title_en="Power and hand pumps",
        title_fr="Pompes à moteur et pompes à main",
        keywords_en=("centrifugal pump", "bilge pump"),
        keywords_fr=("pompe centrifuge", "pompe de cale"),
        group_title_en="Pumps and compressors",
        group_title_fr="Pompes et compresseurs",
    ),
    SupplyClass(
        code="5820",
        title_en="Radio and television communication equipment",
        title_fr="Matériel de communication par radio et télévision",
        keywords_en=("tactical radio", "manpack radio", "EW"),
        keywords_fr=("radio tactique", "poste radio"),
        group_title_en="Communication equipment",
        group_title_fr="Matériel de communication",
    ),
    SupplyClass(
        code="8340",
        title_en="Tents and tarpaulins",
        title_fr="Tentes et bâches",
        keywords_en=("command post tent", "arctic tent"),
        keywords_fr=("tente arctique", "bâche de camion"),
        group_title_en="Textiles, tents and flags",
        group_title_fr="Textiles, tentes et drapeaux",
    ),
)


def make_supplier(key: int = 1, *offers: str | Offer, **facts: Any) -> Supplier:
    """A firm with these products; a string is the name of one."""
    made = tuple(Offer(offer) if isinstance(offer, str) else offer for offer in offers)
    return Supplier(key=key, **{"names": (f"Firm {key} (fictional)",), "offers": made, **facts})


def make_suppliers() -> list[Supplier]:
    """A dozen firms of five trades in two languages; half declare what they supply."""
    return [
        make_supplier(1, "155 mm projectile bodies", "Steel forgings", class_codes=("1320",)),
        make_supplier(2, "Corps d’obus de 155 mm", profile="Forge d’artillerie de gros calibre."),
        make_supplier(3, "81 mm mortar bombs", class_codes=("1315",)),
        make_supplier(
            4, "Centrifugal pumps", class_codes=("4320",), industries=(("333910", "Pumps"),)
        ),
        make_supplier(5, "Pompes centrifuges", industries=(("333910", "Fabrication de pompes"),)),
        make_supplier(6, "Tactical radios", "Manpack radio", class_codes=("5820",)),
        make_supplier(7, "Postes radio portatifs", profile="Radios tactiques chiffrées."),
        make_supplier(8, "Arctic tents", "Truck tarps", class_codes=("8340",), employees=40),
        make_supplier(9, "Tentes de campagne", class_codes=("8340",)),
        make_supplier(10, Offer("Radio repair", "Two-way radios of all brands", service=True)),
        make_supplier(11, "Shell eggs", profile="Eggs by the dozen."),
        make_supplier(12),
    ]


def make_need(title_en: str = "", **fields: Any) -> Need:
    return Need(key="need", title_en=title_en, **fields)


@cache
def packaged_classes() -> tuple[SupplyClass, ...]:
    """The supply classes that come with Cadence, read from their files."""
    with (TAXONOMY / "nsc_groups.csv").open(encoding="utf-8", newline="") as file:
        groups = {row["code"]: row for row in csv.DictReader(file)}
    with (TAXONOMY / "nsc_classes.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_supply_class(row, groups[row["code"][:2]]) for row in csv.DictReader(file))


def _supply_class(row: dict[str, str], group: dict[str, str]) -> SupplyClass:
    return SupplyClass(
        code=row["code"],
        title_en=row["title_en"],
        title_fr=row["title_fr"],
        keywords_en=_keywords(row["keywords_en"]),
        keywords_fr=_keywords(row["keywords_fr"]),
        group_title_en=group["title_en"],
        group_title_fr=group["title_fr"],
    )


def _keywords(cell: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in cell.split(";") if word.strip())
