"""Write docs/visibility.md from the one table: `python docs/write_visibility.py`.

A test compares the page with the table.
"""

from pathlib import Path

from registry.visibility.columns import COLUMNS
from registry.visibility.table import TABLE, Field, Purpose, Reader, Readers, may_see

PAGE = Path(__file__).parent / "visibility.md"
HEAD = "\n\n".join(
    (
        "# Who sees what",
        "Written from `registry/visibility/table.py` by `python docs/write_visibility.py`; a test "
        "keeps it true. What has no row is seen by no one.",
        "A *named official* is one to whom an administrator granted need to know of the firm or "
        "the category, until a day and for a reason. Sums (purpose *aggregate*) are shown under "
        "the rules of `registry/visibility/aggregates.py` only: at least three firms, none above "
        "three quarters, none that another could come within 15 % of, and with other sums hidden "
        "so that none can be had by subtraction. An e-mail says that there is something to see "
        "and where; a log says neither.",
        "",
    )
)
COLUMNS_HEAD = "## Which column holds which field\n\n| table | field | columns |\n|---|---|---|\n"


def page() -> str:
    """The whole page: for each purpose a table of fields by readers, then columns by field."""
    parts = [HEAD]
    for purpose in Purpose:
        parts += [f"## {purpose.capitalize()}\n\n", _table(purpose), "\n"]
    parts.append(COLUMNS_HEAD)
    for table, fields in COLUMNS.items():
        for field, columns in fields.items():
            names = ", ".join(f"`{column}`" for column in columns.split())
            parts.append(f"| `{table}` | {field} | {names} |\n")
    return "".join(parts)


def _table(purpose: Purpose) -> str:
    """Fields seen by the same readers stand together, those that most may see first."""
    groups: dict[Readers, list[Field]] = {}
    for field in Field:
        readers = TABLE.get(field, {}).get(purpose, frozenset())
        groups.setdefault(readers, []).append(field)
    lines = [
        "| field | " + " | ".join(Reader) + " |",
        "|---|" + ":-:|" * len(Reader),
    ]
    for _readers, fields in sorted(groups.items(), key=lambda group: -len(group[0])):
        for field in fields:
            marks = ("yes" if may_see(reader, field, purpose) else "·" for reader in Reader)
            lines.append(f"| {field} | " + " | ".join(marks) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
