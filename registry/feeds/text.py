"""Texts and numbers as outside files write them, in English or French typography."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from registry.feeds.problems import Fault
from registry.i18n import gettext as _

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ACCENTS = re.compile(r"[\u0300-\u036f]")  # as they stand apart from their letters
_NUMBER_DRESS = re.compile(r"[\s\u00a0\u202f«»'’]")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")
_DECIMAL = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#<>\"']+\.[^\s<>\"']*", re.IGNORECASE)
_BARE_ADDRESS = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[/?#][^\s<>\"']*)?")


def clean(text: str) -> str:
    """The text without control characters and outer blanks; line breaks and tabs stay.

    The characters 0x80 to 0x9F are controls in Unicode and letters or bullets in Windows-1252;
    texts that hold them were mis-decoded once, and are read as the latter.
    """
    if not text.isprintable() and _CONTROLS.search(text):
        text = _CONTROLS.sub(_replace_control, text)
    return text.strip()


def _replace_control(match: re.Match[str]) -> str:
    character = match.group()
    if character < "\x80":
        return ""
    return character.encode("latin-1").decode("cp1252", errors="ignore")


def nul_fault(column: str, value: object) -> Fault:
    return Fault(
        column.replace("\0", "�"),
        str(value).replace("\0", "�"),
        _("The text holds a NUL byte."),
        _("Remove it, or export the file again."),
    )


def fold_heading(heading: str) -> str:
    """A heading as we compare it: "Code postal" is code_postal, without accents or capitals."""
    return re.sub(r"[^a-z0-9]+", "_", _plain(heading)).strip("_")


@lru_cache(maxsize=20_000)
def fold_words(text: str) -> str:
    """A text as a search compares it: without accents, capitals and doubled blanks."""
    return " ".join(_plain(text).split())


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = text.lower().replace("’", "'").replace("œ", "oe").replace("æ", "ae")
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))


def parse_whole(text: str) -> int | None:
    """A whole number: "1 234", "1,234", "« 25 »"; None if it is not one."""
    bare = _NUMBER_DRESS.sub("", text)
    if _THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    try:
        return int(bare) if bare.isascii() and len(bare) < 12 else None
    except ValueError:
        return None


def parse_decimal(text: str) -> Decimal | None:
    """A number with a decimal point or comma ("45,5", "-75.7", "1 234,50"), or None."""
    bare = _NUMBER_DRESS.sub("", text)
    if not bare.isascii() or len(bare) > 30 or not _DECIMAL.fullmatch(bare):
        return None
    try:
        return Decimal(bare.replace(",", "."))
    except InvalidOperation:
        return None


def web_address(text: str) -> str | None:
    """An http or https address, with the scheme added when it is missing; None for anything else.

    Pages link to it, so no other scheme may pass.
    """
    if _BARE_ADDRESS.fullmatch(text):
        text = f"http://{text}"
    return text if _WEB_ADDRESS.fullmatch(text) else None
