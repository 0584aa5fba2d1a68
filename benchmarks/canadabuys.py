"""A feed in exactly the shape of CanadaBuys tender notices, as long as asked for; all fictional.

    python -m benchmarks.canadabuys --rows 1000000 OUT.csv     # "-" for the standard output

Written row by row, the same for the same seed, with every quirk of the real one: a byte order mark,
headings that hold both languages, cells with line breaks, quotes and several starred values,
amendments in any order (T01 and S01 among them), cancelled notices, blank codes, twin columns of
which one is blank, and closing times in fixed UTC-05:00.
"""

import argparse
import csv
import datetime as dt
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

# As published, in the order of the file.
HEADINGS = Path(__file__).with_name("canadabuys_headings.txt").read_text("ascii").split()

FIRST_DAY = dt.date(2022, 4, 1)
DAYS = 1_900  # from the first publication to the last: some notices close after today
WINDOW = 40  # rows that are mixed, so that an amendment may stand before its notice

# What is asked for: both titles, the NATO supply class, the UNSPSC code and its words.
GOODS = (
    ("155 mm projectile bodies", "Corps de projectiles de 155 mm", "1320", "46101600",
     "Ammunition", "Munitions"),
    ("Night vision monoculars", "Monoculaires de vision nocturne", "5855", "46171600",
     "Surveillance and detection equipment", "Matériel de surveillance et de détection"),
    ("Spare parts for armoured vehicles", "Pièces de rechange pour véhicules blindés", "2530",
     "25172000", "Suspension system components", "Composants de suspension"),
    ("Ballistic plates and carriers", "Plaques balistiques et porte-plaques", "8470", "46181500",
     "Safety apparel", "Vêtements de sécurité"),
    ("Field hospital shelters", "Abris d’hôpital de campagne", "8340", "30190000",
     "Prefabricated structures", "Constructions préfabriquées"),
    ("Titanium castings, aircraft grade", "Pièces moulées en titane, qualité aéronautique", "9540",
     "31101700", "Non ferrous castings", "Pièces moulées non ferreuses"),
    ("Repair of ship radars", "Réparation de radars de navires", "5841", "81101700",
     "Electrical engineering services", "Services de génie électrique"),
    ("Office furniture", "Mobilier de bureau", "7110", "56101700", "Office furniture",
     "Mobilier de bureau"),
    ("Drinking water treatment units", "Unités de traitement de l’eau potable", "4610", "47101500",
     "Water treatment equipment", "Matériel de traitement de l’eau"),
    ("Development of training software", "Élaboration d’un logiciel d’instruction", "7030",
     "43232500", "Educational software", "Logiciels éducatifs"),
)  # fmt: skip
PLACES = (("Fictional Arsenal", "Arsenal fictif"), ("Fictional Base North", "Base fictive du Nord"),
          ("Fictional Dockyard", "Chantier naval fictif"))  # fmt: skip
BUYERS = (
    ("Fictional Department of Purchasing", "Ministère fictif des Achats"),
    ("Fictional Agency of Works", "Agence fictive des Travaux"),
)
USERS = (
    ("Department of National Defence (fictional notice)",
     "Ministère de la Défense nationale (avis fictif)"),
    ("Fictional Coast Service", "Service côtier fictif"),
    ("Fictional Agency of Works", "Agence fictive des Travaux"),
)  # fmt: skip
TYPES = (
    ("Request for Proposal", "Demande de propositions"),
    ("Request for Information", "Demande de renseignements"),
    ("Advance Contract Award Notice", "Préavis d’adjudication de contrat"),
    ("RFP against Supply Arrangement", "DP au titre d’un arrangement en matière"
     " d’approvisionnement"),
)  # fmt: skip
STATUSES = (("Open", "Ouvert"), ("Expired", "Expiré"), ("Cancelled", "Annulé"))
AGREEMENTS = (
    ("Canadian Free Trade Agreement (CFTA)", "Accord de libre-échange canadien (ALEC)"),
    ("None of the agreements", "Aucun des accords"),
    ("Canada-Fictionia Agreement", "Accord Canada-Fictionie"),
)
REGIONS = (("Ontario", "Ontario"), ("Québec", "Québec"), ("Nova Scotia", "Nouvelle-Écosse"))
SECURITY = (
    ("There is no security requirement associated with this requirement.",
     "Ce besoin ne comporte aucune exigence relative à la sécurité."),
    ("The supplier must be registered in the Controlled Goods Program.",
     "Le fournisseur doit être inscrit au Programme des marchandises contrôlées."),
    ("A facility security clearance at the level of Secret is required.",
     "Une attestation de sécurité d’installation de niveau Secret est exigée."),
    ("This work is not subject to the Controlled Goods Program.",
     "Ces travaux ne sont pas assujettis au Programme des marchandises contrôlées."),
)  # fmt: skip
AMENDMENTS = (("001",), ("001", "002"), ("T01",), ("S01", "002"))


def starred(values: tuple[str, ...]) -> str:
    """Several values as the feed writes them; one alone has its star too."""
    return "\n".join(f"*{value}" for value in values)


Notice = Callable[[int, random.Random], list[dict[str, str]]]


def rows(count: int, seed: int = 1, notice: Notice | None = None) -> Iterator[dict[str, str]]:
    """`count` rows by heading: notices and their amendments, slightly out of order."""
    make = notice or _notice
    chance = random.Random(seed)
    window: list[dict[str, str]] = []
    made = number = 0
    while made < count:
        number += 1
        for row in make(number, chance)[: count - made]:
            made += 1
            window.append(row)
        while len(window) > WINDOW:
            yield window.pop(chance.randrange(len(window)))
    chance.shuffle(window)
    yield from window


def _notice(number: int, chance: random.Random) -> list[dict[str, str]]:
    """A notice and its amendments."""
    published = FIRST_DAY + dt.timedelta(days=chance.randrange(DAYS))
    first = _row(number, "000", published, None, chance)
    amendments = chance.choice(AMENDMENTS) if chance.random() < 0.15 else ()
    changed = []
    for turn, amendment in enumerate(amendments, start=1):
        later = _row(number, amendment, published, published + dt.timedelta(days=turn), chance)
        for twin in ("eng", "fra"):  # the same thing is asked for, in more words
            title = f"title-titre-{twin}"
            later[title] = first[title]
        changed.append(later)
    return [first, *changed]


def _row(
    number: int, amendment: str, published: dt.date, amended: dt.date | None, chance: random.Random
) -> dict[str, str]:
    title, titre, code, unspsc, words, mots = chance.choice(GOODS)
    place, lieu = chance.choice(PLACES)
    security, securite = chance.choice(SECURITY)
    buyer, user = chance.choice(BUYERS), chance.choice(USERS)
    kind, status = chance.choice(TYPES), chance.choice(STATUSES)
    closes = (amended or published) + dt.timedelta(days=chance.randrange(10, 60))
    hour = chance.randrange(9, 17)
    agreements = tuple(chance.sample(AGREEMENTS, chance.randrange(1, 3)))
    regions = tuple(chance.sample(REGIONS, chance.randrange(1, 4)))
    coded, alone = chance.random() < 0.08, chance.random() < 0.03
    values = dict.fromkeys(HEADINGS, "")
    values.update(
        {
            "title-titre-eng": f"{title}, lot {number} (fictional)",
            "title-titre-fra": "" if alone else f"{titre}, lot {number} (fictif)",
            "referenceNumber-numeroReference": f"cb-{number}-{10_000_000 + number}",
            "amendmentNumber-numeroModification": amendment,
            "solicitationNumber-numeroSollicitation": f"X0000-{number:07}/A",
            "publicationDate-datePublication": published.isoformat(),
            "tenderClosingDate-appelOffresDateCloture": f"{closes}T{hour:02}:00:00",
            "amendmentDate-dateModification": amended.isoformat() if amended else "",
            "expectedContractStartDate-dateDebutContratPrevue": (
                closes + dt.timedelta(days=60)
            ).isoformat(),
            "tenderStatus-appelOffresStatut-eng": status[0],
            "tenderStatus-appelOffresStatut-fra": status[1],
            "gsin-nibs": f"*N{code}A" if coded else "",
            "gsinDescription-nibsDescription-eng": f"*{title.upper()}" if coded else "",
            "gsinDescription-nibsDescription-fra": f"*{titre.upper()}" if coded else "",
            "unspsc": starred((unspsc, f"{unspsc[:4]}0000")) if chance.random() < 0.55 else "",
            "unspscDescription-eng": starred((words, f"{words}, “other”")),
            "unspscDescription-fra": starred((mots, f"{mots}, « autres »")),
            "procurementCategory-categorieApprovisionnement": chance.choice(
                ("*GD", "*SRV", "*SRVTGD", "*CNST", "*GD\n*SRVTGD")
            ),
            "noticeType-avisType-eng": kind[0],
            "noticeType-avisType-fra": kind[1],
            "tradeAgreements-accordsCommerciaux-eng": starred(tuple(a for a, _b in agreements)),
            "tradeAgreements-accordsCommerciaux-fra": starred(tuple(b for _a, b in agreements)),
            "regionsOfDelivery-regionsLivraison-eng": starred(tuple(a for a, _b in regions)),
            "regionsOfDelivery-regionsLivraison-fra": starred(tuple(b for _a, b in regions)),
            "contractingEntityName-nomEntitContractante-eng": buyer[0],
            "contractingEntityName-nomEntitContractante-fra": buyer[1],
            "contractingEntityAddressCountry-entiteContractanteAdressePays-eng": chance.choice(
                ("CA", "Canada")
            ),
            "endUserEntitiesName-nomEntitesUtilisateurFinal-eng": f"*{user[0]}",
            "endUserEntitiesName-nomEntitesUtilisateurFinal-fra": f"*{user[1]}",
            "noticeURL-URLavis-eng": f"https://notices.example/en/{number}",
            "noticeURL-URLavis-fra": f"https://notices.example/fr/{number}",
            "attachment-piecesJointes-eng": f"https://notices.example/{number}.pdf",
            "tenderDescription-descriptionAppelOffres-eng": (
                f"{title} for “{place}”, lot {number}.\n\n{security}\n"
                f'Deliver to the "{place}"; see annex A, B.'
            ),
            "tenderDescription-descriptionAppelOffres-fra": (
                f"{titre} pour « {lieu} », lot {number}.\n\n{securite}"
            ),
        }
    )
    return values


def write_feed(file: TextIO, count: int, seed: int = 1) -> None:
    """Write a feed of `count` rows; the file is to be opened with newline="" and in UTF-8."""
    write_rows(file, HEADINGS, rows(count, seed))


def write_rows(file: TextIO, headings: Sequence[str], written: Iterable[dict[str, str]]) -> None:
    """Write rows as the publisher does: a mark, and other line ends than in the cells."""
    file.write("\ufeff")
    writer = csv.DictWriter(file, headings, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(written)


def main(write: Callable[[TextIO, int, int], None] = write_feed, about: str | None = None) -> None:
    """Write a feed as the command line asks; `about` is the text of its help."""
    parser = argparse.ArgumentParser(description=about or __doc__)
    parser.add_argument("out", help="the file to write")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.out == "-":
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[attr-defined]
        write(sys.stdout, arguments.rows, arguments.seed)
        return
    with Path(arguments.out).open("w", encoding="utf-8", newline="") as file:
        write(file, arguments.rows, arguments.seed)


if __name__ == "__main__":
    main()
