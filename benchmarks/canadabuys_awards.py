"""A feed in exactly the shape of CanadaBuys award notices, as long as asked for; all fictional.

    python -m benchmarks.canadabuys_awards --rows 100000 OUT.csv     # "-" for the standard output

With the quirks of the feed of tenders, and those of awards: a total that repeats on every
amendment, amounts that do not add up to it, awards that were cancelled, one supplier in several
spellings, other currencies, blank amounts, and a contract that two notices tell of.
"""

import datetime as dt
import random
from pathlib import Path
from typing import TextIO

from benchmarks.canadabuys import (
    AMENDMENTS,
    BUYERS,
    DAYS,
    FIRST_DAY,
    GOODS,
    USERS,
    main,
    rows,
    starred,
    write_rows,
)

# As published, in the order of the file.
HEADINGS = Path(__file__).with_name("canadabuys_award_headings.txt").read_text("ascii").split()
SUPPLIERS = (
    ("Fictional Arsenal Works Ltd.", "North Bay", "Ontario"),
    ("FICTIONAL ARSENAL WORKS LIMITED", "NORTH BAY", "ON"),
    ("Forges fictives inc.", "Trois-Rivières", "Québec"),
    ("Fictional Optics Corp.", "Halifax", "Nova Scotia"),
)
STATUSES = (("Active", "Actif"), ("Expired", "Expiré"), ("Cancelled", "Annulé"))
CURRENCIES = ("CAD", "CAD", "CAD", "USD", "")


def award(number: int, chance: random.Random) -> list[dict[str, str]]:
    """A notice of an award and its amendments."""
    day = FIRST_DAY + dt.timedelta(days=chance.randrange(DAYS))
    total = chance.randrange(10_000, 5_000_000)
    first = _row(number, day, total, chance)
    amendments = chance.choice(AMENDMENTS) if chance.random() < 0.15 else ()
    changed = []
    for turn, amendment in enumerate(amendments, start=1):
        later = {**first, "amendmentNumber-numeroModification": amendment}
        later["amendmentDate-dateModification"] = (day + dt.timedelta(days=turn)).isoformat()
        later["contractAmount-montantContrat"] = f"{chance.randrange(100, 9_000)}.00"
        changed.append(later)
    return [first, *changed]


def _row(number: int, day: dt.date, total: int, chance: random.Random) -> dict[str, str]:
    title, titre, code, unspsc, words, mots = chance.choice(GOODS)
    supplier, city, province = chance.choice(SUPPLIERS)
    buyer, user, status = chance.choice(BUYERS), chance.choice(USERS), chance.choice(STATUSES)
    alone = chance.random() < 0.03
    contract = number - 1 if chance.random() < 0.02 and number > 1 else number
    values = dict.fromkeys(HEADINGS, "")
    values.update(
        {
            "title-titre-eng": f"{title}, lot {number} (fictional)",
            "title-titre-fra": "" if alone else f"{titre}, lot {number} (fictif)",
            "referenceNumber-numeroReference": f"ca-{number}-{10_000_000 + number}",
            "amendmentNumber-numeroModification": "000",
            "solicitationNumber-numeroSollicitation": f"X0000-{number:07}/A",
            "contractNumber-numeroContrat": f"X0000-{contract:07}/001/XX",
            "publicationDate-datePublication": (day + dt.timedelta(days=3)).isoformat(),
            "contractAwardDate-dateAttributionContrat": day.isoformat(),
            "contractStartDate-contratDateDebut": day.isoformat(),
            "contractEndDate-dateFinContrat": (day + dt.timedelta(days=365)).isoformat(),
            "contractAmount-montantContrat": chance.choice((f"{total}.00", "", "0.00")),
            "totalContractValue-valeurTotaleContrat": f"{total}.00",
            "contractCurrency-contratMonnaie": chance.choice(CURRENCIES),
            "awardStatus-attributionStatut-eng": status[0],
            "awardStatus-attributionStatut-fra": status[1],
            "gsin-nibs": f"*N{code}A" if chance.random() < 0.08 else "",
            "unspsc": starred((unspsc, f"{unspsc[:4]}0000")) if chance.random() < 0.55 else "",
            "unspscDescription-eng": starred((words, f"{words}, “other”")),
            "unspscDescription-fra": starred((mots, f"{mots}, « autres »")),
            "procurementCategory-categorieApprovisionnement": "*GD",
            "supplierLegalName-nomLegalFournisseur-eng": supplier,
            "supplierLegalName-nomLegalFournisseur-fra": supplier,
            "supplierAddressCity-fournisseurAdresseVille-eng": city,
            "supplierAddressProvince-fournisseurAdresseProvince-eng": province,
            "supplierAddressCountry-fournisseurAdressePays-eng": chance.choice(("CA", "Canada")),
            "contractingEntityName-nomEntitContractante-eng": buyer[0],
            "contractingEntityName-nomEntitContractante-fra": buyer[1],
            "endUserEntitiesName-nomEntitesUtilisateurFinal-eng": f"*{user[0]}",
            "endUserEntitiesName-nomEntitesUtilisateurFinal-fra": f"*{user[1]}",
            "awardDescription-descriptionAttribution-eng": (
                f"{title} for “lot {number}”.\n\nSee annex A, B."
            ),
            "awardDescription-descriptionAttribution-fra": f"{titre}, « lot {number} ».",
        }
    )
    return values


def write_feed(file: TextIO, count: int, seed: int = 1) -> None:
    """Write a feed of `count` rows; the file is to be opened with newline="" and in UTF-8."""
    write_rows(file, HEADINGS, rows(count, seed, award))


if __name__ == "__main__":
    main(write_feed, __doc__)
