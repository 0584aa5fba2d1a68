"""Names of firms as they are found while one types: by the beginning of any of their words."""

from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.feeds.text import fold_words
from registry.firms.models import Firm, FirmName

BEYOND = "\uffff"  # after every letter
Entry = tuple[str, bool, int, str]  # folded from a word on, whether inside, firm, name in full


@dataclass(frozen=True)
class Names:
    """Entries in order, one for each word of a name; firms in `gone` are in a newer list."""

    entries: list[Entry]
    newer: "Names | None" = None
    gone: frozenset[int] = frozenset()

    def beginning_with(self, words: str, limit: int) -> list[tuple[int, str]]:
        """(firm, one of its names): names that begin so first, then those with such a word."""
        sought = fold_words(words)
        if not sought:
            return []
        found = [entry for entry in self._span(sought) if entry[2] not in self.gone]
        if self.newer:
            found += self.newer._span(sought)
        firms: dict[int, str] = {}
        for _folded, _inside, firm, name in sorted(found, key=lambda one: (one[1], one[0], one[2])):
            firms.setdefault(firm, name)
            if len(firms) == limit:
                break
        return list(firms.items())

    def _span(self, sought: str) -> list[Entry]:
        first = bisect_left(self.entries, (sought,))
        last = bisect_left(self.entries, (sought + BEYOND,))
        return self.entries[first:last]

    def replaced(self, fresh: "Names", changed: Collection[int]) -> "Names":
        """These names with those of some firms as they are now."""
        return Names(self.entries, fresh, frozenset(changed))


def load_names(session: Session, ids: Collection[int] | None = None) -> Names:
    """All names of listed firms, or of some; two queries."""
    own = select(Firm.id, Firm.name).where(Firm.listed == "listed")
    other = select(FirmName.firm_id, FirmName.name).join(Firm).where(Firm.listed == "listed")
    if ids is not None:
        own, other = own.where(Firm.id.in_(ids)), other.where(Firm.id.in_(ids))
    named = {(firm, name) for query in (own, other) for firm, name in session.execute(query)}
    return Names(sorted(entry for firm, name in named for entry in _entries(firm, name)))


def _entries(firm: int, name: str) -> Iterable[Entry]:
    words = fold_words(name).split()
    return ((" ".join(words[place:]), place > 0, firm, name) for place in range(len(words)))
