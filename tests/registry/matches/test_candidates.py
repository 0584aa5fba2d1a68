"""Rows to matching facts."""

import datetime as dt

import pytest

from matching import Holding, Offer, Win
from registry.capabilities.models import Capability
from registry.firms.models import Certificate, FirmName, Industry, Statement
from registry.matches import candidates
from registry.matches.candidates import (
    all_suppliers,
    count_suppliers,
    suppliers_of,
    supply_classes,
)
from registry.taxonomy.models import SupplyClass


def test_every_fact_finds_its_place(session, add_firm, add_contract, source):
    fact = {"source_id": source.id}
    firm = add_firm(
        "Forge", "Forged rings", classes=("3040", "1005"), activity="manufacturer", employees=40,
        exports=True, profile_en="We forge.", profile_fr="Nous forgeons.",
    )  # fmt: skip
    session.add_all(
        [
            FirmName(firm_id=firm.id, kind="former", name="Old Forge", **fact),
            FirmName(firm_id=firm.id, kind="operating", name="Forge", **fact),
            Industry(firm_id=firm.id, code="332113", title="Forging", primary=False, **fact),
            Statement(
                firm_id=firm.id, kind="technology", text_en="Presses", text_fr="À chaud", **fact
            ),
            Statement(firm_id=firm.id, kind="clients", text_en="A navy", **fact),
            Statement(firm_id=firm.id, kind="nsn", text_en="1005-21-000-0000", **fact),
            Capability(
                firm_id=firm.id, kind="service", name_en="Repair", name_fr="Réparation",
                description_en="Of presses", **fact,
            ),
            Certificate(
                firm_id=firm.id, scheme="FSC", level="Secret", expires_on=dt.date(2030, 1, 2),
                **fact,
            ),
        ]
    )  # fmt: skip
    session.commit()
    add_contract(firm, "a")
    (supplier,) = suppliers_of(session, [firm.id])
    assert supplier.key == firm.id
    assert supplier.names == ("Forge", "Forge Inc.", "Old Forge")
    assert (supplier.activity, supplier.employees, supplier.exports) == ("manufacturer", 40, True)
    assert supplier.profile == "We forge.\nNous forgeons."
    assert supplier.statements == ("Presses\nÀ chaud",)
    assert supplier.mentions == ("A navy",)
    assert supplier.offers == (
        Offer("Forged rings"),
        Offer("Repair", "Of presses", service=True),
        Offer("Réparation", "", service=True),
    )
    assert supplier.industries == (("332999", "Metal products"), ("332113", "Forging"))
    assert supplier.class_codes == ("1005", "3040")
    assert supplier.wins == (Win("1005", 1, dt.date(2020, 1, 1)),)
    assert supplier.holdings == (Holding("FSC", "Secret", dt.date(2030, 1, 2)),)


def test_what_is_not_stated_stays_unknown(session, add_firm):
    (supplier,) = suppliers_of(session, [add_firm("Forge").id])
    assert (supplier.activity, supplier.employees, supplier.exports) == (None, None, None)
    assert (supplier.profile, supplier.offers, supplier.holdings, supplier.wins) == ("", (), (), ())


def test_amendments_count_once(session, add_firm, add_contract):
    firm = add_firm("Forge")
    for number, (reference, year) in enumerate(
        [("W1", 2019), ("W1", 2021), ("W1", 2020), ("W2", 2018), (None, 2017), (None, 2016)]
    ):
        add_contract(
            firm, f"k{number}", reference=reference, awarded_on=dt.date(year, 5, 1),
            amended=number in (1, 2),
        )  # fmt: skip
    add_contract(firm, "other class", "3040", reference="W1")
    add_contract(firm, "no class", None)
    add_contract(firm, "not surely theirs", "8415", link="unsure")
    (supplier,) = suppliers_of(session, [firm.id])
    # W1 and W2, and the two rows whose reference was not published.
    assert supplier.wins == (
        Win("1005", 4, dt.date(2021, 5, 1)),
        Win("3040", 1, dt.date(2020, 1, 1)),
    )


def test_withdrawn_firms_are_left_out(session, add_firm):
    kept, gone = add_firm("Kept"), add_firm("Gone")
    gone.listed = "withdrawn"
    session.commit()
    assert [supplier.key for supplier in all_suppliers(session)] == [kept.id]
    assert [supplier.key for supplier in suppliers_of(session, [kept.id, gone.id])] == [kept.id]
    assert count_suppliers(session) == 1


def test_no_firm_is_asked_for(session, count_queries):
    with count_queries() as seen:
        assert suppliers_of(session, []) == []
    assert seen == []


def test_facts_of_firms_between_are_not_mixed_in(session, add_firm):
    firms = [add_firm(f"Firm {n}", f"Thing {n}") for n in range(5)]
    found = suppliers_of(session, [firms[4].id, firms[0].id])
    assert [(s.names[0], s.offers[0].name) for s in found] == [
        ("Firm 0", "Thing 0"),
        ("Firm 4", "Thing 4"),
    ]


@pytest.mark.parametrize("span", [1, 3, 4000])
def test_every_firm_once_in_the_order_of_ids(session, add_firm, monkeypatch, span):
    monkeypatch.setattr(candidates, "SPAN", span)
    firms = [add_firm(f"Firm {n}", f"Thing {n}", classes=("1005",)) for n in range(7)]
    found = list(all_suppliers(session))
    assert [supplier.key for supplier in found] == [firm.id for firm in firms]
    assert [supplier.offers for supplier in found] == [(Offer(f"Thing {n}"),) for n in range(7)]
    assert all(supplier.class_codes == ("1005",) for supplier in found)


def test_queries_do_not_grow_with_firms(session, add_firm, add_contract, count_queries):
    used = []
    for batch in range(3):
        for number in range(1 + 5 * batch):
            add_contract(add_firm(f"Firm {batch} {number}", "Thing"), f"{batch} {number}")
        with count_queries() as seen:
            assert len(list(all_suppliers(session))) == count_suppliers(session)
        used.append(len(seen))
    # Ids, eight of facts, ids again (no more follow), and the count.
    assert used == [11, 11, 11]


def test_classes_in_force_with_their_groups(session):
    session.get(SupplyClass, "1010").retired = True
    session.commit()
    classes = supply_classes(session)
    assert len(classes) == 675 and "1010" not in {entry.code for entry in classes}
    guns = classes[0]
    assert (guns.code, guns.title_en, guns.group_title_fr) == (
        "1005", "Guns, through 30 mm", "Armes",
    )  # fmt: skip
    assert "rifle" in guns.keywords_en and "fusil" in guns.keywords_fr
