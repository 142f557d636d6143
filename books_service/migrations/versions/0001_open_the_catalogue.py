"""Books and how they are found, copies, branches, imports, and the tables that carry events, receipts and cursors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from shared.persistence.migrating.making import MACHINERY, create_index, create_machinery
from shared.persistence.types import BigNumber, UtcDateTime

revision = "0001"
down_revision = None

_TABLES = (
    *("books", "book_identifiers", "known_words", "branches", "copies", "circulation", "stock", "changes"),
    *("source_records", "gone_books", "inventories", "inventory_scans"),
)
_TABLES_OF_SQLITE = ("book_numbers", "book_index_terms", "word_trigrams")

_MANY, _NONE = sa.JSON().with_variant(JSONB(), "postgresql"), sa.text("'[]'")

_REFUSE = "refuse_to_change_history()"
_NEVER_CHANGED = "the history of books and copies is never changed"


def upgrade() -> None:
    _create_books()
    _create_words()
    _create_copies()
    _create_counts()
    _create_history()
    _create_sources()
    _create_inventories()
    create_machinery()
    for statement in _on_postgresql() if _is_postgresql() else _on_sqlite():
        op.execute(statement)


def downgrade() -> None:
    """Drop everything but the extension, which other schemas of the database may use."""
    for table in reversed((*_TABLES, *MACHINERY) if _is_postgresql() else (*_TABLES, *MACHINERY, *_TABLES_OF_SQLITE)):
        op.drop_table(table)
    if _is_postgresql():
        op.execute(f"DROP FUNCTION {_REFUSE}")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _filed(length: int) -> sa.types.TypeEngine[str]:
    """Return text that both databases file by code points."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _create_books() -> None:
    op.create_table(
        "books",
        sa.Column("book_id", sa.Uuid, primary_key=True),
        sa.Column("title", sa.String(1000), nullable=False),
        sa.Column("nonfiling_characters", sa.Integer),
        sa.Column("authors", _MANY, nullable=False),
        sa.Column("isbn", sa.String(13), unique=True),
        sa.Column("subtitle", sa.String(1000)),
        sa.Column("publisher", sa.String(300)),
        sa.Column("published_year", sa.Integer),
        sa.Column("edition", sa.String(300)),
        sa.Column("language", sa.String(3)),
        sa.Column("subjects", _MANY, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("match_key", sa.String(32), nullable=False),
        sa.Column("title_key", _filed(150), nullable=False),
        sa.Column("sort_key", _filed(150), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("contributors", _MANY, nullable=False, server_default=_NONE),
        sa.Column("identifiers", _MANY, nullable=False, server_default=_NONE),
        sa.Column("series", _MANY, nullable=False, server_default=_NONE),
        sa.Column("index_terms", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False, server_default=""),
        sa.Column("year_key", sa.Integer, nullable=False, server_default=sa.text("-10000")),
        *(
            sa.Column(name, _MANY, nullable=False, server_default=_NONE)
            for name in ("classification", "notes", "links")
        ),
        sa.Column("format", sa.String(20)),
        sa.Column("extent", sa.String(300)),
        sa.Column("audience", sa.String(20)),
        sa.Column("external_id", sa.String(100)),
        sa.Column("changed_at", UtcDateTime),
    )
    create_index("ix_books_changed_at", "books", "changed_at", "book_id")
    create_index("ix_books_match_key", "books", "match_key")
    create_index("ix_books_added_at", "books", "added_at", "book_id")
    create_index("ix_books_title_key", "books", "title_key", "book_id")
    create_index("ix_books_sort_key", "books", "sort_key", "book_id")
    create_index("ix_books_year_key", "books", "year_key", "book_id")


def _create_words() -> None:
    op.create_table(
        "book_identifiers",
        sa.Column("key", sa.String(640), primary_key=True),
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True, index=True),
        comment="Finds books by what books.identifiers says; written anew with each change of it.",
    )
    op.create_table(
        "known_words",
        sa.Column("word", _filed(60), primary_key=True),
        comment="The words of titles and authors, to look for what somebody meant who misspelt one.",
    )


def _create_copies() -> None:
    op.create_table(
        "branches",
        sa.Column("key", _filed(40), primary_key=True),
        sa.Column("code", sa.String(40), nullable=False, unique=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("timezone", sa.String(100), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("locations", _MANY, nullable=False, server_default=_NONE),
    )
    op.create_table(
        "copies",
        sa.Column("copy_id", sa.Uuid, primary_key=True),
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id"), nullable=False),
        sa.Column("barcode", sa.String(64), nullable=False),
        sa.Column("barcode_key", sa.String(64), nullable=False, unique=True),
        sa.Column("branch", sa.String(40), sa.ForeignKey("branches.code"), nullable=False),
        sa.Column("item_type", sa.String(40), nullable=False),
        sa.Column("shelf_mark", sa.String(200)),
        sa.Column("condition", sa.String(200)),
        sa.Column("price_amount", sa.BigInteger),
        sa.Column("price_currency", sa.String(3)),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("status_since", UtcDateTime, nullable=False),
        sa.Column("status_reason", sa.String(500)),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status_by", sa.String(100)),
        sa.Column("location", sa.String(40)),
        sa.Column("volume", sa.String(100)),
        sa.Column("note", sa.String(200)),
        sa.Column("external_id", sa.String(100)),
        sa.Column("last_seen_at", UtcDateTime),
        sa.Column("shelf_mark_key", _filed(600), nullable=False, server_default=""),
        sa.Column("external_key", sa.String(200)),
    )
    create_index("ix_copies_shelf", "copies", "branch", "shelf_mark_key")
    create_index("ix_copies_external_key", "copies", "external_key")
    create_index("ix_copies_book_id", "copies", "book_id", "copy_id")


def _create_counts() -> None:
    op.create_table(
        "circulation",
        sa.Column("copy_id", sa.Uuid, primary_key=True),
        sa.Column("availability", sa.String(20), nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("transit_to", sa.String(40)),
        comment="What circulation last said of each copy; no foreign key, because it may know a copy that is not here.",
    )
    create_index("ix_circulation_away", "circulation", "copy_id", where="availability <> 'available'")
    counts = ("copies", "lendable", "available", "on_loan", "on_hold_shelf")
    op.create_table(
        "stock",
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
        sa.Column("requested", sa.Integer, nullable=False, server_default=sa.text("0")),
        comment="The copies of each book that has any, counted: what copies and circulation say together.",
        postgresql_with={"fillfactor": 70},
    )


def _create_history() -> None:
    op.create_table(
        "changes",
        sa.Column("sequence", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("thing_id", sa.Uuid, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(100)),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("changed", sa.JSON, nullable=False),
        comment="Who changed which book or copy, when and how; rows are only ever added, and outlive the thing.",
        sqlite_autoincrement=True,
    )
    create_index("ix_changes_thing_id", "changes", "thing_id", "sequence")


def _create_sources() -> None:
    op.create_table(
        "source_records",
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("leader", sa.String(24), nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        comment="The MARC records that books came in with, for what goes out to be as rich.",
    )
    op.create_table(
        "gone_books",
        sa.Column("book_id", sa.Uuid, primary_key=True),
        sa.Column("gone_at", UtcDateTime, nullable=False),
        sa.Column("into_id", sa.Uuid),
        comment="The books that were removed, or merged into another: harvesters hear of them.",
    )
    create_index("ix_gone_books_gone_at", "gone_books", "gone_at", "book_id")


def _create_inventories() -> None:
    op.create_table(
        "inventories",
        sa.Column("inventory_id", sa.Uuid, primary_key=True),
        sa.Column("branch", sa.String(40), sa.ForeignKey("branches.code"), nullable=False),
        sa.Column("location", sa.String(40)),
        sa.Column("shelf_mark_from", sa.String(200)),
        sa.Column("shelf_mark_to", sa.String(200)),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(100)),
    )
    op.create_table(
        "inventory_scans",
        sa.Column("inventory_id", sa.Uuid, sa.ForeignKey("inventories.inventory_id"), primary_key=True),
        sa.Column("barcode_key", sa.String(64), primary_key=True),
        sa.Column("barcode", sa.String(64), nullable=False),
        sa.Column("copy_id", sa.Uuid, index=True),
        sa.Column("at", UtcDateTime, nullable=False),
    )


def _on_postgresql() -> tuple[str, ...]:
    return (
        # Every search reads the list of what is not yet in the index: it must stay short, even if adding costs more.
        "CREATE INDEX ix_books_index_terms ON books USING gin (index_terms) WITH (gin_pending_list_limit = 256)",
        "ALTER TABLE books ALTER COLUMN index_terms SET STATISTICS 1000",
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "CREATE INDEX ix_known_words_trigrams ON known_words USING gin (word gin_trgm_ops)",
        f"""
        CREATE FUNCTION {_REFUSE} RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION '{_NEVER_CHANGED}'; END $$
        """,
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON changes EXECUTE FUNCTION {_REFUSE}",
    )


def _on_sqlite() -> tuple[str, ...]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_NEVER_CHANGED}'); END"
    return (
        *_SEARCH_ON_SQLITE,
        f"CREATE TRIGGER changes_no_update BEFORE UPDATE ON changes {refuse}",
        f"CREATE TRIGGER changes_no_delete BEFORE DELETE ON changes {refuse}",
    )


# The triggers keep the index in the transaction that changes a book. VACUUM may number the rows of `books` anew, which
# the index must not notice: therefore the numbers of its own.
_SEARCH_ON_SQLITE = (
    "CREATE TABLE book_numbers (number INTEGER PRIMARY KEY, book_id CHAR(32) NOT NULL UNIQUE)",
    """
    CREATE VIRTUAL TABLE book_index_terms
    USING fts5(index_terms, content='', detail=none, columnsize=0, tokenize="ascii tokenchars '=@#!~+'")
    """,
    """
    CREATE TRIGGER books_added AFTER INSERT ON books BEGIN
        INSERT INTO book_numbers (book_id) VALUES (new.book_id);
        INSERT INTO book_index_terms (rowid, index_terms)
        SELECT number, new.index_terms FROM book_numbers WHERE book_id = new.book_id;
    END
    """,
    """
    CREATE TRIGGER books_revised AFTER UPDATE OF index_terms ON books WHEN old.index_terms <> new.index_terms BEGIN
        INSERT INTO book_index_terms (book_index_terms, rowid, index_terms)
        SELECT 'delete', number, old.index_terms FROM book_numbers WHERE book_id = new.book_id;
        INSERT INTO book_index_terms (rowid, index_terms)
        SELECT number, new.index_terms FROM book_numbers WHERE book_id = new.book_id;
    END
    """,
    """
    CREATE TRIGGER books_removed AFTER DELETE ON books BEGIN
        INSERT INTO book_index_terms (book_index_terms, rowid, index_terms)
        SELECT 'delete', number, old.index_terms FROM book_numbers WHERE book_id = old.book_id;
        DELETE FROM book_numbers WHERE book_id = old.book_id;
    END
    """,
    # Blanks around a word let its beginning and its end count, as PostgreSQL has it.
    "CREATE VIRTUAL TABLE word_trigrams USING fts5(word, tokenize='trigram')",
    """
    CREATE TRIGGER known_words_added AFTER INSERT ON known_words BEGIN
        INSERT INTO word_trigrams (word) VALUES ('  ' || new.word || ' ');
    END
    """,
)
