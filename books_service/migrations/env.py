"""Runs the migrations on the connection that `shared.persistence.migrating.migrations` hands over."""

from typing import Any

from alembic import context

from books_service.persistence.tables import metadata

# Each database searches in its own way: these are made by the migrations alone.
_FOR_SEARCHING = (
    "book_numbers",
    "book_index_terms",
    "word_trigrams",
    "ix_books_index_terms",
    "ix_known_words_trigrams",
)


def _is_declared(_: Any, name: str | None, *__: Any) -> bool:
    return name is None or not name.startswith(_FOR_SEARCHING)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    include_object=_is_declared,
)
with context.begin_transaction():
    context.run_migrations()
