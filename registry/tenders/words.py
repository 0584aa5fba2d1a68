"""Which notices hold some words: the full-text index of the database, of either kind.

The migration 0018_tender_words makes the index, and the database keeps it true to `Tender.words`.
"""

import re

from sqlalchemy import ColumnElement, cast, column, false, literal_column, select, table, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from matching import join_quantities
from registry.feeds.text import fold_words
from registry.tenders.models import Tender

MOST_WORDS = 12
_RUN = re.compile("[a-z0-9]+")
_QUANTITY = re.compile(r"(\d+)([a-z]+)")
# As the index was made on, to the letter: PostgreSQL looks for this expression.
_VECTOR = (
    "array_to_tsvector(string_to_array("
    "btrim(regexp_replace(tenders.words, '[^a-z0-9]+', ' ', 'g')), ' '))"
)
_INDEX = table("tender_words", column("rowid"))


def holds(session: Session, query: str) -> list[ColumnElement[bool]]:
    """Conditions on notices: each word of the query begins one of theirs; none for no query.

    Words are runs of letters and digits; accents and capitals do not matter, nor whether a quantity
    stands apart from its unit.
    """
    runs = _RUN.findall(join_quantities(fold_words(query)))[:MOST_WORDS]
    if not runs:
        return [false()] if query.strip() else []
    if session.get_bind().dialect.name == "postgresql":
        sought = cast(" & ".join(_sought(run, "'{}':*", "&", "|") for run in runs), TSQUERY)
        return [literal_column(_VECTOR).op("@@", is_comparison=True)(sought)]
    sought_by_sqlite = text("tender_words match :runs").bindparams(
        runs=" AND ".join(_sought(run, '"{}"*', "AND", "OR") for run in runs)
    )
    return [Tender.id.in_(select(_INDEX.c.rowid).where(sought_by_sqlite))]


def _sought(run: str, begins: str, both: str, either: str) -> str:
    """A run in the language of an index; "155mm" is also met by "155" and "mm"."""
    whole = begins.format(run)
    if not (quantity := _QUANTITY.fullmatch(run)):
        return whole
    number, unit = map(begins.format, quantity.groups())
    return f"({whole} {either} ({number} {both} {unit}))"
