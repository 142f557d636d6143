"""The ISBNs of books among the identifiers by which they are found."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_FILE = text(
    "INSERT INTO book_identifiers (key, book_id)"
    " SELECT 'isbn::' || isbn, book_id FROM books WHERE isbn IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM book_identifiers AS known"
    " WHERE known.key = 'isbn::' || books.isbn AND known.book_id = books.book_id)"
    " ON CONFLICT DO NOTHING"
)


async def file_own_isbns(connection: AsyncConnection) -> None:
    """File each book by its ISBN that is not: a release before added it, during an upgrade or after the way back."""
    await connection.execute(_FILE)
