"""Made-up firms in each format."""

import pytest


def ccc_profile(number: int, **other):
    """A made-up profile as the `ccc` format has it."""
    return {
        "ccc_id": f"{number:012d}",
        "name": f"Zorvex Forge {number}",
        "exporting": "No",
        "primary_activity": "Manufacturer / Processor / Producer",
        "mailing": {"province": "Ontario", "city": "NORTH BAY", "postal_prefix": "P1A"},
        "items": [{"kind": "product", "name": f"Forged ring {number}", "desc": ""}],
        **other,
    }


@pytest.fixture
def profile():
    return ccc_profile


@pytest.fixture
def profiles():
    return lambda count, **other: [ccc_profile(number, **other) for number in range(1, count + 1)]
