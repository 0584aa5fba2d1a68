"""One option: write the frozen result anew."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refreeze", action="store_true", help="write tests/matching/judged/frozen.json anew"
    )
