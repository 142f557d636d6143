"""Further languages, variant titles, texts in their own script, and the place of publication.

The main ISBN and the first language stay in their columns, and the other ISBNs among the identifiers, where the release
before goes on reading and writing them. Books that came as MARC get what their records say of the rest.
"""

import json
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"

_MANY = sa.JSON().with_variant(JSONB(), "postgresql")
_LISTS = ("further_languages", "variant_titles", "own_script")
_AT_ONCE = 500
_SOURCES = (
    sa.text(
        "SELECT source_records.book_id, leader, fields, language FROM source_records"
        " JOIN books ON books.book_id = source_records.book_id"
        " WHERE source_records.book_id > :after ORDER BY source_records.book_id LIMIT :most"
    )
    .bindparams(sa.bindparam("after", type_=sa.Uuid))
    .columns(book_id=sa.Uuid, fields=sa.JSON)
)
_NOTED = sa.table("read_in_marc", *(sa.column(name) for name in ("book_id", "place", *_LISTS, "index_terms")))


def upgrade() -> None:
    """Read the records before the table is locked."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute(
        "CREATE TEMPORARY TABLE read_in_marc (book_id VARCHAR(32) PRIMARY KEY, place TEXT, further_languages TEXT,"
        " variant_titles TEXT, own_script TEXT, index_terms TEXT)"
    )
    _read_sources(is_postgresql=is_postgresql)
    for name in _LISTS:
        op.add_column("books", sa.Column(name, _MANY, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("books", sa.Column("place", sa.String(300)))
    cast, blank, book_id = ("::jsonb", "", "books.book_id::text") if is_postgresql else ("", "|| ' '", "books.book_id")
    terms = f"books.index_terms {blank} || found.index_terms{'::tsvector' if is_postgresql else ''}"
    op.execute(
        f"UPDATE books SET place = found.place, index_terms = {terms},"  # noqa: S608 - constants
        f" {', '.join(f'{name} = found.{name}{cast}' for name in _LISTS)}"
        f" FROM read_in_marc AS found WHERE found.book_id = replace({book_id}, '-', '')"
    )
    op.execute("DROP TABLE read_in_marc")


def downgrade() -> None:
    for name in ("place", *_LISTS):
        op.drop_column("books", name)


def _read_sources(*, is_postgresql: bool) -> None:
    connection, after = op.get_bind(), sa.Uuid().python_type(int=0)
    while rows := connection.execute(_SOURCES, {"after": after, "most": _AT_ONCE}).all():
        found = [_read(row, is_postgresql=is_postgresql) for row in rows]
        if any(found):
            connection.execute(_NOTED.insert(), [each for each in found if each])
        after = rows[-1].book_id


def _read(row: Any, *, is_postgresql: bool) -> dict[str, str | None]:
    """Return what a record says that a book had no field for."""
    from books_service.adapters.exchange.marc.fields import raw_fields_of  # noqa: PLC0415 - pymarc, for these alone
    from books_service.adapters.exchange.marc.sources import record_from  # noqa: PLC0415 - as above
    from books_service.domain.catalogue.index_term import index_terms  # noqa: PLC0415 - as above
    from books_service.domain.catalogue.language import Language  # noqa: PLC0415 - as above
    from books_service.domain.catalogue.record import BookRecord  # noqa: PLC0415 - as above
    from books_service.domain.exchange.source_record import SourceRecord  # noqa: PLC0415 - as above

    raw = raw_fields_of(record_from(SourceRecord(row.leader, tuple(row.fields))))
    new: dict[str, Any] = {
        name: raw[name] for name in ("place", "variant_titles", "own_script", "languages") if name in raw
    }
    record, _ = BookRecord.repaired({"title": "-", **new})
    codes = [one.library_code for one in record.languages]
    is_unchanged = row.language is not None and codes[:1] == [Language(row.language).library_code]
    further = record.languages[1:] if is_unchanged else ()
    if not (record.place or record.variant_titles or record.own_script or further):
        return {}
    terms = index_terms(replace(record, title="", languages=further, place=None))
    return {
        "book_id": row.book_id.hex,
        "place": record.place,
        "further_languages": json.dumps([str(one) for one in further]),
        "variant_titles": json.dumps(record.variant_titles),
        "own_script": json.dumps([{"field": one.field, "text": one.text} for one in record.own_script]),
        "index_terms": " ".join(f"'{term}'" for term in terms) if is_postgresql else " ".join(terms),
    }
