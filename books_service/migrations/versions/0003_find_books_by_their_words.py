"""What searches look in: the index_terms of each book, and the words that titles and authors are spelt with.

The words are made by the domain as it is today: whoever changes how words are folded adds a migration that makes all
of them anew, and then it does not matter what this one made.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from books_service.domain.catalogue.contributor import Contributor
from books_service.domain.catalogue.identifier import Identifier
from books_service.domain.catalogue.isbn import Isbn
from books_service.domain.catalogue.language import Language
from books_service.domain.catalogue.record import BookRecord
from books_service.domain.catalogue.series import Series
from books_service.domain.search.index_term import index_terms, spelt_words

revision = "0003"
down_revision = "0002"

_BATCH = 1000


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    kind = TSVECTOR if is_postgresql else sa.Text
    op.add_column("books", sa.Column("index_terms", kind, nullable=False, server_default=sa.text("''")))
    op.add_column("books", sa.Column("year_key", sa.Integer, nullable=False, server_default=sa.text("-10000")))
    op.execute("UPDATE books SET year_key = published_year WHERE published_year IS NOT NULL")
    op.create_table(
        "known_words",
        sa.Column("word", sa.String(60).with_variant(sa.String(60, collation="C"), "postgresql"), primary_key=True),
        comment="The words of titles and authors, to look for what somebody meant who misspelt one.",
    )
    op.create_index("ix_books_year_key", "books", ["year_key", "book_id"])
    _file_all_books(kind)
    for statement in _ON_POSTGRESQL if is_postgresql else _ON_SQLITE:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for trigger in ("books_added", "books_revised", "books_removed", "known_words_added"):
            op.execute(f"DROP TRIGGER {trigger}")
        for table in ("book_index_terms", "word_trigrams", "book_numbers"):
            op.drop_table(table)
    op.drop_table("known_words")
    op.drop_index("ix_books_year_key", "books")
    op.execute("DROP INDEX IF EXISTS ix_books_index_terms")
    for name in ("index_terms", "year_key"):
        op.drop_column("books", name)


# The list of what is not yet in the index is read by every search: it must stay short, even if adding costs more.
_ON_POSTGRESQL = (
    "CREATE INDEX ix_books_index_terms ON books USING gin (index_terms) WITH (gin_pending_list_limit = 256)",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX ix_known_words_trigrams ON known_words USING gin (word gin_trgm_ops)",
    "ALTER TABLE books ALTER COLUMN index_terms SET STATISTICS 1000",
)

# The triggers keep the index in the transaction that changes a book. VACUUM may number the rows of `books` anew, which
# the index must not notice: therefore the numbers of its own.
_ON_SQLITE = (
    "CREATE TABLE book_numbers (number INTEGER PRIMARY KEY, book_id CHAR(32) NOT NULL UNIQUE)",
    """
    CREATE VIRTUAL TABLE book_index_terms
    USING fts5(index_terms, content='', detail=none, columnsize=0, tokenize="ascii tokenchars '=@#!~+'")
    """,
    "INSERT INTO book_numbers (book_id) SELECT book_id FROM books ORDER BY book_id",
    """
    INSERT INTO book_index_terms (rowid, index_terms)
    SELECT number, index_terms FROM books JOIN book_numbers USING (book_id)
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
    "INSERT INTO word_trigrams (word) SELECT '  ' || word || ' ' FROM known_words",
    """
    CREATE TRIGGER known_words_added AFTER INSERT ON known_words BEGIN
        INSERT INTO word_trigrams (word) VALUES ('  ' || new.word || ' ');
    END
    """,
)


def _file_all_books(kind: Any) -> None:
    connection, books = op.get_bind(), _books(kind)
    known = sa.table("known_words", sa.column("word"))
    last, words = None, set[str]()
    while True:
        query = sa.select(books).order_by(books.c.book_id).limit(_BATCH)
        rows = connection.execute(query if last is None else query.where(books.c.book_id > last)).all()
        if not rows:
            break
        last = rows[-1].book_id
        records = [(row.book_id, _record(row)) for row in rows]
        filed = [
            {"id": id, "match": record.match_key, "sort": record.sort_key, "found": _written(index_terms(record), kind)}
            for id, record in records
        ]
        keys: dict[str, Any] = {"match_key": sa.bindparam("match"), "sort_key": sa.bindparam("sort")}
        change = sa.update(books).where(books.c.book_id == sa.bindparam("id"))
        connection.execute(change.values(keys | {"index_terms": sa.bindparam("found", type_=kind)}), filed)
        words |= {word for _, record in records for word in spelt_words(record)}
    if words:
        connection.execute(sa.insert(known), [{"word": word} for word in sorted(words)])


def _books(kind: Any) -> sa.TableClause:
    texts = ("title", "isbn", "subtitle", "publisher", "language", "match_key", "sort_key")
    lists = ("authors", "contributors", "identifiers", "series", "subjects")
    return sa.table(
        "books",
        sa.column("book_id", sa.Uuid),
        sa.column("published_year", sa.Integer),
        sa.column("index_terms", kind),
        *(sa.column(name, sa.String) for name in texts),
        *(sa.column(name, sa.JSON) for name in lists),
    )


def _record(row: sa.Row[Any]) -> BookRecord:
    return BookRecord(
        title=row.title,
        authors=tuple(row.authors),
        contributors=tuple(Contributor(**parts) for parts in row.contributors),
        isbn=None if row.isbn is None else Isbn(row.isbn),
        identifiers=tuple(Identifier(**parts) for parts in row.identifiers),
        subtitle=row.subtitle,
        publisher=row.publisher,
        published_year=row.published_year,
        language=None if row.language is None else Language(row.language),
        series=tuple(Series(**parts) for parts in row.series),
        subjects=tuple(row.subjects),
    )


def _written(words: Sequence[str], kind: Any) -> str:
    return " ".join(f"'{word}'" for word in words) if kind is TSVECTOR else " ".join(words)
