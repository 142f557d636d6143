"""The relations between books, on a table that has each pair of books once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Row,
    Select,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.domain.catalogue.relation import Relation, RelationKind
from books_service.persistence.past_tables import changes
from books_service.persistence.tables import book_relations, books

_BOOK = bindparam("of_book", type_=book_relations.c.book_id.type)
_STORED = (RelationKind.PART_OF, RelationKind.CONTINUES, RelationKind.OTHER_EDITION)
"""The kinds that are stored; the others are these, seen from the other book."""
_INVERSE = case(
    *((book_relations.c.kind == kind, literal_column(f"'{kind.inverse}'")) for kind in _STORED[:-1]),
    else_=literal_column(f"'{RelationKind.OTHER_EDITION}'"),
)
_TOUCHES = or_(book_relations.c.book_id == _BOOK, book_relations.c.other_id == _BOOK)
IS_RELATED = exists().where(
    or_(book_relations.c.book_id == books.c.book_id, book_relations.c.other_id == books.c.book_id)
)


def _related() -> Select[Any]:
    label = book_relations.c.label
    here = select(book_relations.c.kind.label("kind"), book_relations.c.other_id.label("other_id"), label)
    there = select(_INVERSE.label("kind"), book_relations.c.book_id.label("other_id"), label)
    both = union_all(here.where(book_relations.c.book_id == _BOOK), there.where(book_relations.c.other_id == _BOOK))
    either = both.subquery("either")
    found = select(either.c.kind, either.c.other_id, either.c.label, books.c.title, books.c.hidden)
    return found.join_from(either, books, books.c.book_id == either.c.other_id).order_by(
        books.c.sort_key, books.c.book_id
    )


RELATED = _related()
"""The relations of the book `of_book`, as seen from it, in the order of the titles."""


def _above() -> Select[tuple[UUID]]:
    """Return the statement that finds all books of which a book is a part, by way of others, too."""
    is_part = book_relations.c.kind == literal_column(f"'{RelationKind.PART_OF}'")
    steps = select(book_relations.c.other_id).where(book_relations.c.book_id == _BOOK, is_part)
    above = steps.cte("above", recursive=True)
    further = select(book_relations.c.other_id).join_from(
        book_relations, above, book_relations.c.book_id == above.c.other_id
    )
    return select(above.union(further.where(is_part)).c.other_id)


_ABOVE = _above()
_MOST_EDITIONS = 20


def _editions() -> Select[tuple[UUID]]:
    """Return the statement that finds the other editions of the work of a book, by way of others, too."""
    is_edition = book_relations.c.kind == literal_column(f"'{RelationKind.OTHER_EDITION}'")
    one, other = book_relations.c.book_id, book_relations.c.other_id
    work = select(books.c.book_id).where(books.c.book_id == _BOOK).cte("work", recursive=True)
    next_one = case((one == work.c.book_id, other), else_=one)
    steps = select(next_one).join_from(work, book_relations, or_(one == work.c.book_id, other == work.c.book_id))
    work = work.union(steps.where(is_edition))
    others = select(books.c.book_id).join_from(work, books, books.c.book_id == work.c.book_id)
    return others.where(books.c.book_id != _BOOK, books.c.hidden.is_(False)).order_by(books.c.book_id)


EDITIONS = _editions().limit(_MOST_EDITIONS)
"""The other editions of the book `of_book` that the public is shown."""


def of_books(book_ids: Collection[UUID], *columns: Column[Any]) -> Select[Any]:
    """Return the statement that finds the relations of these books, with `columns` of the others, by their titles."""
    label = book_relations.c.label
    here = select(book_relations.c.book_id.label("of_id"), book_relations.c.other_id, book_relations.c.kind, label)
    there = select(book_relations.c.other_id.label("of_id"), book_relations.c.book_id, _INVERSE.label("kind"), label)
    both = union_all(
        here.where(book_relations.c.book_id.in_(book_ids)), there.where(book_relations.c.other_id.in_(book_ids))
    )
    either = both.subquery("either")
    found = select(either.c.of_id, either.c.kind, either.c.label, books.c.hidden, *columns)
    return found.join_from(either, books, books.c.book_id == either.c.other_id).order_by(
        books.c.sort_key, books.c.book_id
    )


class Relations:
    """The relations between books. Lock the books before changing them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._history: list[dict[str, Any]] = []

    async def shown(self, book_id: UUID) -> Sequence[Row[Any]]:
        """Return the relations of a book with the titles of the others, as rows of `RELATED`."""
        rows: Sequence[Row[Any]] = (await self._session.execute(RELATED, {"of_book": book_id})).all()
        return rows

    async def of(self, book_id: UUID) -> list[Relation]:
        """Return the relations of a book, as seen from it."""
        return [Relation(RelationKind(row.kind), row.other_id, row.label) for row in await self.shown(book_id)]

    async def count(self, book_id: UUID) -> int:
        """Return how many relations a book has."""
        count = select(func.count()).select_from(book_relations).where(_TOUCHES)
        return await self._session.scalar(count, {"of_book": book_id}) or 0

    async def is_part_of_itself(self, book_id: UUID) -> bool:
        """Return whether the book is a part of itself, by way of others."""
        return book_id in (await self._session.scalars(_ABOVE, {"of_book": book_id})).all()

    async def closes_a_ring(self, book_id: UUID, relation: Relation) -> bool:
        """Return whether a book would become a part of itself by one more relation."""
        part, whole = book_id, relation.book_id
        if relation.kind is RelationKind.HAS_PART:
            part, whole = whole, part
        elif relation.kind is not RelationKind.PART_OF:
            return False
        return part == whole or part in (await self._session.scalars(_ABOVE, {"of_book": whole})).all()

    async def replace(
        self, book_id: UUID, relations: Sequence[Relation], *, now: datetime, by: str | None, is_new: bool = False
    ) -> frozenset[UUID]:
        """Write all relations of a book anew; return the other books whose relations have changed, now marked as such.

        The history of a book that `is_new` begins with its being added.
        """
        before = {relation.book_id: relation for relation in await self.of(book_id)}
        after = {relation.book_id: relation for relation in relations}
        changed = [other for other in {**before, **after} if before.get(other) != after.get(other)]
        if not changed:
            return frozenset()
        await self._session.execute(delete(book_relations).where(_TOUCHES), {"of_book": book_id})
        if after:
            await self._session.execute(insert(book_relations), [_row(book_id, each) for each in after.values()])
        if not is_new:
            self._note(book_id, before.values(), after.values(), now=now, by=by)
        for other in changed:
            was, now_is = (
                [found[other].seen_from_other(book_id)] if other in found else [] for found in (before, after)
            )
            self._note(other, was, now_is, now=now, by=by)
        marking = update(books).where(books.c.book_id.in_(changed)).values(changed_at=now)
        await self._session.execute(marking, execution_options={"synchronize_session": False})
        return frozenset(changed)

    async def keep_history(self) -> None:
        """Add what changed to the history of each book."""
        if self._history:
            await self._session.execute(insert(changes), self._history)

    def _note(
        self, book_id: UUID, before: Iterable[Relation], after: Iterable[Relation], *, now: datetime, by: str | None
    ) -> None:
        changed = {"field": "relations", "before": [*map(_plain, before)], "after": [*map(_plain, after)]}
        self._history.append({"thing_id": book_id, "at": now, "by": by, "act": "revised", "changed": [changed]})


def _row(book_id: UUID, relation: Relation) -> dict[str, Any]:
    one, other = book_id, relation
    if relation.kind not in _STORED:
        one, other = relation.book_id, relation.seen_from_other(book_id)
    return {"book_id": one, "other_id": other.book_id, "kind": other.kind, "label": other.label}


def _plain(relation: Relation) -> dict[str, Any]:
    return {"kind": relation.kind, "book_id": str(relation.book_id), "label": relation.label}
