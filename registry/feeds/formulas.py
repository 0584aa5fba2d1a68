"""Texts in files that a spreadsheet opens: shown, never run."""

# A spreadsheet reads a cell that starts with one of these as a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
QUOTE = "'"


def harmless(text: str) -> str:
    """The text as a CSV cell: an apostrophe before what would be a formula."""
    return QUOTE + text if text.lstrip(QUOTE).startswith(FORMULA_STARTS) else text


def as_typed(cell: str) -> str:
    """The text of a cell that `harmless` wrote."""
    guarded = cell.startswith(QUOTE) and cell.lstrip(QUOTE).startswith(FORMULA_STARTS)
    return cell[1:] if guarded else cell
