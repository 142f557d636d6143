"""Books and how they are found, copies, branches, imports, and the tables that carry events, receipts and cursors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from shared.persistence.types import BigNumber, UtcDateTime

revision = "0001"
down_revision = None

_TABLES = (
    *("books", "book_identifiers", "known_words", "branches", "copies", "circulation", "stock", "changes"),
    *("imports", "import_pieces", "import_errors", "outbox", "inbox", "receipts", "cursor_keys"),
)
_TABLES_OF_SQLITE = ("book_numbers", "book_index_terms", "word_trigrams")

_REFUSE = "refuse_to_change_history()"
_NEVER_CHANGED = "the history of books and copies is never changed"


def upgrade() -> None:
    _create_books()
    _create_words()
    _create_copies()
    _create_counts()
    _create_history()
    _create_imports()
    _create_plumbing()
    for statement in _on_postgresql() if _is_postgresql() else _on_sqlite():
        op.execute(statement)


def downgrade() -> None:
    """Drop everything but the extension, which other schemas of the database may use."""
    for table in reversed(_TABLES if _is_postgresql() else _TABLES + _TABLES_OF_SQLITE):
        op.drop_table(table)
    if _is_postgresql():
        op.execute(f"DROP FUNCTION {_REFUSE}")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _filed(length: int) -> sa.types.TypeEngine[str]:
    """Return text that both databases file by code points."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _index(name: str, table: str, *columns: str, where: str | None = None) -> None:
    rows = None if where is None else sa.text(where)
    op.create_index(name, table, list(columns), postgresql_where=rows, sqlite_where=rows)


def _create_books() -> None:
    many, none = sa.JSON().with_variant(JSONB(), "postgresql"), sa.text("'[]'")
    op.create_table(
        "books",
        sa.Column("book_id", sa.Uuid, primary_key=True),
        sa.Column("title", sa.String(1000), nullable=False),
        sa.Column("authors", many, nullable=False),
        sa.Column("isbn", sa.String(13), unique=True),
        sa.Column("subtitle", sa.String(1000)),
        sa.Column("publisher", sa.String(300)),
        sa.Column("published_year", sa.Integer),
        sa.Column("edition", sa.String(300)),
        sa.Column("language", sa.String(3)),
        sa.Column("subjects", many, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("match_key", sa.String(32), nullable=False),
        sa.Column("sort_key", _filed(150), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("contributors", many, nullable=False, server_default=none),
        sa.Column("identifiers", many, nullable=False, server_default=none),
        sa.Column("series", many, nullable=False, server_default=none),
        sa.Column("index_terms", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False, server_default=""),
        sa.Column("year_key", sa.Integer, nullable=False, server_default=sa.text("-10000")),
    )
    _index("ix_books_match_key", "books", "match_key")
    _index("ix_books_added_at", "books", "added_at", "book_id")
    _index("ix_books_sort_key", "books", "sort_key", "book_id")
    _index("ix_books_year_key", "books", "year_key", "book_id")


def _create_words() -> None:
    op.create_table(
        "book_identifiers",
        sa.Column("key", sa.String(320), primary_key=True),
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
    )
    op.create_table(
        "copies",
        sa.Column("copy_id", sa.Uuid, primary_key=True),
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id"), nullable=False),
        sa.Column("barcode", sa.String(64), nullable=False),
        sa.Column("barcode_key", sa.String(64), nullable=False, unique=True),
        sa.Column("branch", sa.String(40), sa.ForeignKey("branches.code"), nullable=False, index=True),
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
    )
    _index("ix_copies_book_id", "copies", "book_id", "copy_id")


def _create_counts() -> None:
    op.create_table(
        "circulation",
        sa.Column("copy_id", sa.Uuid, primary_key=True),
        sa.Column("availability", sa.String(20), nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        comment="What circulation last said of each copy; no foreign key, because it may know a copy that is not here.",
    )
    _index("ix_circulation_away", "circulation", "copy_id", where="availability <> 'available'")
    counts = ("copies", "lendable", "available", "on_loan", "on_hold_shelf")
    op.create_table(
        "stock",
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
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
    _index("ix_changes_thing_id", "changes", "thing_id", "sequence")


def _create_imports() -> None:
    counts = ("read", "created", "updated", "skipped", "failed", "errors")
    op.create_table(
        "imports",
        sa.Column("import_id", sa.Uuid, primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("format", sa.String(20), nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("lease", sa.Uuid),
        sa.Column("leased_until", UtcDateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("by", sa.String(100)),
    )
    _index("ix_imports_unfinished", "imports", "created_at", where="state IN ('queued', 'running')")
    op.create_table(
        "import_pieces",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("imports.import_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        comment="The files of unfinished imports, in pieces, so that any worker can read them.",
    )
    op.create_table(
        "import_errors",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("imports.import_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("record", sa.Integer, nullable=False),
        sa.Column("identifier", sa.String(100)),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )


def _create_plumbing() -> None:
    op.create_table(
        "outbox",
        sa.Column("sequence", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("occurred_at", UtcDateTime, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("correlation_id", sa.String(100)),
        sa.Column("traceparent", sa.String(60)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbox",
        sa.Column("listener", sa.String(60), primary_key=True),
        sa.Column("message_id", sa.String(100), primary_key=True),
        sa.Column("seen_at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "receipts",
        sa.Column("slot", sa.LargeBinary(32), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "cursor_keys",
        sa.Column("cursor_key_id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
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
