"""The report is safe to open, short, and counts."""

import pytest

from registry.feeds.problems import Fault, FileRefused, RowRefused
from registry.feeds.report import SHOWN, Report


def test_counts_rows_and_writes_every_fault(tmp_path, read_report):
    with Report(tmp_path / "report.csv") as report:
        report.refuse(3, RowRefused(Fault("a", "x", "bad", "fix"), Fault("b", "y", "bad", "fix")))
        report.warn(4, Fault("c", "z", "odd", "look"))
    assert (report.refused, report.warned) == (1, 1)
    rows = read_report()
    assert [(row["Line"], row["Column"], row["Severity"]) for row in rows] == [
        ("3", "a", "refused"),
        ("3", "b", "refused"),
        ("4", "c", "warning"),
    ]


def test_values_are_short_and_never_formulas(tmp_path, read_report):
    with Report(tmp_path / "report.csv") as report:
        report.warn(1, Fault("=A1", "=cmd|' /C calc'!A0", "odd", "look"))
        report.warn(2, Fault("a", "long\n" * 1000, "odd", "look"))
    first, second = read_report()
    assert first["Value"].startswith("'=") and first["Column"] == "'=A1"
    assert len(second["Value"]) == SHOWN and "\n" not in second["Value"]


def test_the_report_ends_somewhere(tmp_path, read_report, monkeypatch):
    monkeypatch.setattr("registry.feeds.report.MOST_LINES", 3)
    with Report(tmp_path / "report.csv") as report:
        for line in range(10):
            report.warn(line, Fault("a", "x", "odd", "look"))
    assert report.warned == 10
    rows = read_report()
    assert [row["Line"] for row in rows] == ["0", "1", "2"] and "more lines" in rows[2]["Reason"]


def test_a_place_that_cannot_be_written(tmp_path):
    with pytest.raises(FileRefused, match="--report"):
        Report(tmp_path)
