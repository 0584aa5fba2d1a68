"""A full-text index of notices, and one of when they close: the search read every notice whole."""

from alembic import op

revision = "0018_tender_words"
down_revision = "0017_rules"
branch_labels = None
depends_on = None

_POSTGRESQL = (
    """create index ix_tenders_words on tenders using gin (
      array_to_tsvector(string_to_array(
        btrim(regexp_replace(words, '[^a-z0-9]+', ' ', 'g')), ' ')))""",
    "create index ix_tenders_closing on tenders (closes_at desc nulls last, status)",
)
# The words stay in their table: the index holds no second copy, and triggers tell it of changes.
_SQLITE = (
    """create virtual table tender_words using fts5(
      words, content='tenders', content_rowid='id', detail=none, columnsize=0)""",
    """create trigger tenders_words_added after insert on tenders begin
      insert into tender_words(rowid, words) values (new.id, new.words);
    end""",
    """create trigger tenders_words_removed after delete on tenders begin
      insert into tender_words(tender_words, rowid, words) values ('delete', old.id, old.words);
    end""",
    """create trigger tenders_words_changed after update of words on tenders begin
      insert into tender_words(tender_words, rowid, words) values ('delete', old.id, old.words);
      insert into tender_words(rowid, words) values (new.id, new.words);
    end""",
    "insert into tender_words(tender_words) values ('rebuild')",
    "create index ix_tenders_closing on tenders (closes_at, status)",  # backwards, unknown times come last
)
_TRIGGERS = ("added", "removed", "changed")


def _is_sqlite():
    return op.get_bind().dialect.name == "sqlite"


def upgrade():
    for statement in _SQLITE if _is_sqlite() else _POSTGRESQL:
        op.execute(statement)


def downgrade():
    op.execute("drop index ix_tenders_closing")
    if not _is_sqlite():
        op.execute("drop index ix_tenders_words")
        return
    for trigger in _TRIGGERS:
        op.execute(f"drop trigger tenders_words_{trigger}")
    op.execute("drop table tender_words")
