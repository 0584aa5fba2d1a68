"""Provinces and towns, as files in either language write them."""

import re
from functools import lru_cache

from registry.feeds.text import fold_heading

# Names in English and French, folded like headings; the codes are Canada Post's.
_PROVINCES = {
    "AB": ("alberta",),
    "BC": ("british_columbia", "colombie_britannique", "c_b"),
    "MB": ("manitoba",),
    "NB": ("new_brunswick", "nouveau_brunswick", "n_b"),
    "NL": ("newfoundland_and_labrador", "newfoundland", "terre_neuve_et_labrador", "t_n_l"),
    "NS": ("nova_scotia", "nouvelle_ecosse", "n_e"),
    "NT": ("northwest_territories", "territoires_du_nord_ouest", "t_n_o"),
    "NU": ("nunavut",),
    "ON": ("ontario", "ont"),
    "PE": ("prince_edward_island", "ile_du_prince_edouard", "i_p_e", "pei"),
    "QC": ("quebec", "que", "pq"),
    "SK": ("saskatchewan", "sask"),
    "YT": ("yukon", "yukon_territory", "territoire_du_yukon"),
}
_CODES = {name: code for code, names in _PROVINCES.items() for name in (code.lower(), *names)}

# Small words inside a name ("Saint-Jean-sur-Richelieu"); at its beginning they are capitalised.
_SMALL_WORDS = "a à au aux de des du en et la le les lès of on sous sur the and in by"
_SMALL = frozenset(_SMALL_WORDS.split())
_ELIDED = frozenset(("l", "d", "qu", "o"))
_PIECE = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@lru_cache(1_000)
def province_code(text: str) -> str | None:
    """The two-letter code of a province or territory given by code or name; else None."""
    return _CODES.get(fold_heading(text))


@lru_cache(10_000)
def town_name(text: str) -> str:
    """A town as it is written in a sentence: "TROIS-RIVIÈRES" is Trois-Rivières.

    Names that are not all in capitals are left as they are; accents are neither added nor lost.
    """
    return _PIECE.sub(_capitalise, text) if text.isupper() else text


def _capitalise(match: re.Match[str]) -> str:
    piece = match.group().lower()
    if piece in _SMALL and match.start() > 0:
        return piece
    parts = re.split(r"(['’])", piece)
    if len(parts) >= 3:
        first = parts[0] if parts[0] == "d" and match.start() > 0 else parts[0].capitalize()
        rest = parts[2].capitalize() if parts[0] in _ELIDED else parts[2]
        return "".join((first, parts[1], rest, *parts[3:]))
    if piece.startswith("mc") and len(piece) > 3:
        return "Mc" + piece[2:].capitalize()
    return piece.capitalize()
