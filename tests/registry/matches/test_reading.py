"""Firms are read in processes of their own, and the index is the same."""

import matching
from registry.matches import reading
from registry.matches.candidates import all_suppliers, count_suppliers, supply_classes
from registry.matches.reading import read_firms

NEEDS = (matching.Need("a", title_en="folding kayak"), matching.Need("b", title_en="tin whistle"))


def test_processes_read_what_one_would(session, add_firm, few_classes, monkeypatch):
    for number in range(7):
        add_firm(
            f"Maker {number}", "Folding kayak" if number % 2 else "Tin whistle", f"Thing {number}"
        )
    session.commit()
    monkeypatch.setattr(reading, "AT_ONCE", 3)
    monkeypatch.setattr(reading, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(reading.os, "cpu_count", lambda: 2)
    classes = supply_classes(session)
    readings = list(read_firms(session, count_suppliers(session)))
    assert [len(one) for one in readings] == [3, 3, 1]
    apart = matching.join(readings, classes)
    whole = matching.build_index(all_suppliers(session), classes)
    for need in NEEDS:
        assert matching.order(apart, need, limit=0) == matching.order(whole, need, limit=0) != []
