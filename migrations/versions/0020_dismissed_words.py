"""Dismissals for words are known by the words, however they were written."""

import sqlalchemy as sa
from alembic import op

revision = "0020_dismissed_words"
down_revision = "0019_comments_and_frozen_output"
branch_labels = None
depends_on = None

_DISMISSALS = sa.table(
    "dismissals",
    *(sa.column(name) for name in ("id", "whose", "need_kind", "need_key", "firm_id")),
)


def upgrade():
    """The first of several that become one is kept, as the page would have refused the others."""
    rows = sa.select(_DISMISSALS).where(_DISMISSALS.c.need_kind == "text").order_by("id")
    first, others = {}, []
    for number, whose, _kind, key, firm in op.get_bind().execute(rows).all():
        words = " ".join(key.casefold().split())[:400]
        if first.setdefault((whose, words, firm), number) != number:
            others.append(number)
    op.execute(sa.delete(_DISMISSALS).where(_DISMISSALS.c.id.in_(others)))
    for (_whose, words, _firm), number in first.items():
        op.execute(sa.update(_DISMISSALS).where(_DISMISSALS.c.id == number).values(need_key=words))


def downgrade():
    """The words stay as they are: the earlier code takes them as they stand."""
