"""Which official language a text is in, by the small words that hold its sentences together."""

import re
from typing import Literal

Language = Literal["en", "fr"]

# Words that only one of the two languages uses, and uses all the time. Left out on purpose:
# "a", "on", "plus", "service", "information", which both have.
_FRENCH = (
    "le la les l des du de et en un une au aux pour dans avec sur par nos notre votre vos vous "
    "nous qui que est sont ou ses leur leurs ainsi sans entre tout tous toutes depuis chez "
    "fabrication vente conception fabricant entreprise gestion réparation usinage"
)
_ENGLISH = (
    "the and of for with to in is are our we your you from by that this which has have as at "
    "an all or also other their its was manufacturing manufacturer design sales repair "
    "machining management company custom"
)
_FRENCH_WORDS, _ENGLISH_WORDS = frozenset(_FRENCH.split()), frozenset(_ENGLISH.split())
_WORD = re.compile(r"[a-zà-öø-ÿœ]+")
_ELISION = re.compile(r"\b(?:[ldnsjc]|qu)['’](?=[a-zà-öø-ÿœ])")
_ACCENTED = re.compile(r"[àâçéèêëîïôûùœ]")
_ENOUGH = 600  # characters: sentences tell early, and profiles run to many pages


def language_of(text: str, otherwise: Language = "en") -> Language:
    """`en` or `fr`; `otherwise` when the text does not tell, as bare names of products do not."""
    sample = text[:_ENOUGH]
    small = sample.lower()
    words = _WORD.findall(small)
    french = len([word for word in words if word in _FRENCH_WORDS])
    english = len([word for word in words if word in _ENGLISH_WORDS])
    if not sample.isascii() or "'" in sample:
        french += len(_ELISION.findall(small))
        # Accents speak for French, but one may be in a name of a place.
        french += min(2, len([word for word in words if _ACCENTED.search(word)]))
    if french == english:
        return otherwise
    return "fr" if french > english else "en"
