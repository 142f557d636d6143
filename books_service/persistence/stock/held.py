"""Which copies hold a book: its own, and those in which it is bound with another one."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Subquery, select, union_all

from books_service.persistence.tables import books, bound_copies, copies

ANY_BOUND_IS_SHOWN = (
    select(books.c.book_id)
    .join_from(bound_copies, books)
    .where(bound_copies.c.copy_id == copies.c.copy_id, books.c.hidden.is_(False))
    .exists()
)
"""Whether the public is shown one of the books that are bound in a copy with its own."""


def held(book_ids: Collection[UUID] | Select[Any]) -> Subquery:
    """Return a row with `book_id` and `copy_id` for each of these books and each copy that holds it."""
    own = select(copies.c.book_id, copies.c.copy_id).where(copies.c.book_id.in_(book_ids))
    bound = select(bound_copies.c.book_id, bound_copies.c.copy_id).where(bound_copies.c.book_id.in_(book_ids))
    return union_all(own, bound).subquery("held")
