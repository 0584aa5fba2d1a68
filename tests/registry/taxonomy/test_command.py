"""`cadence taxonomy load`."""

import json
from importlib.resources import files

import pytest

from registry.taxonomy.service import get_category, list_categories


@pytest.fixture
def edited(tmp_path):
    """A categories file without its last entry and with another title for its first."""
    data = files("registry.taxonomy").joinpath("data", "shortfall_categories.json")
    entries = json.loads(data.read_text(encoding="utf-8"))[:-1]
    entries[0]["title_en"] = "Shells of 155 mm"
    path = tmp_path / "categories.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


def test_a_file_becomes_the_current_one(run_cadence, session, edited):
    done = run_cadence("taxonomy", "load", edited, "--kind", "categories")
    assert (done.exit_code, done.output) == (0, "Loaded 65 entries of categories.json.\n")
    assert len(list_categories(session)) == 65
    assert get_category(session, "AMM-01").title_en == "Shells of 155 mm"
    again = run_cadence("taxonomy", "load", edited, "--kind", "categories")
    assert again.exit_code == 0
    assert again.output == "categories.json is already the current version.\n"


def test_a_bad_file_is_told_in_a_sentence(run_cadence, session, tmp_path):
    path = tmp_path / "categories.json"
    path.write_text('[{"code": "AMM-01", "nsc_classes": []}]')
    done = run_cadence("taxonomy", "load", path, "--kind", "categories")
    assert done.exit_code == 1
    assert done.output.startswith("Error: categories.json, entry 1, ")
    assert len(list_categories(session)) == 66


@pytest.mark.parametrize(
    "arguments",
    [
        ("missing.json", "--kind", "categories"),
        (".", "--kind", "categories"),
        ("categories.json", "--kind", "colours"),
        ("categories.json",),
        (),
    ],
)
def test_what_is_not_understood(run_cadence, edited, monkeypatch, arguments):
    monkeypatch.chdir(edited.parent)
    done = run_cadence("taxonomy", "load", *arguments)
    assert done.exit_code == 2 and "Error: " in done.output
