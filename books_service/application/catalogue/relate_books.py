"""Say how a book belongs together with others: shared by those who add, revise, merge and remove books."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from books_service.domain.catalogue.book import Book
from books_service.domain.catalogue.relation import (
    PartOfItself,
    RelatedBookNotFound,
    Relation,
    RelationKind,
    expect_possible,
)
from books_service.persistence.unit_of_work import UnitOfWork

_OF_PARTS = (RelationKind.PART_OF, RelationKind.HAS_PART)


async def relate(
    book: Book, relations: Sequence[Relation], *, uow: UnitOfWork, now: datetime, by: str | None, is_new: bool = False
) -> bool:
    """Give a book these relations and no others; return whether anything changed. The others have them, too.

    A merged book stands for the one in its place. Raises RelatedToItself, RelatedTwice, RelatedBookNotFound or
    PartOfItself.
    """
    expect_possible(book.id, relations)
    places = await uow.books.survivors([relation.book_id for relation in relations])
    if missing := [relation.book_id for relation in relations if relation.book_id not in places]:
        raise RelatedBookNotFound(book_id=missing[0])
    wanted = [Relation(each.kind, places[each.book_id].id, each.label) for each in relations]
    expect_possible(book.id, wanted)
    before = await uow.relations.of(book.id)
    await uow.books.lock({book.id, *(each.book_id for each in (*before, *wanted))})
    changed = await uow.relations.replace(book.id, wanted, now=now, by=by, is_new=is_new)
    if changed and await uow.relations.is_part_of_itself(book.id):
        raise PartOfItself
    return bool(changed)


async def hand_over_relations(
    book: Book, other: Book, *, uow: UnitOfWork, now: datetime, by: str | None, lock_too: Collection[UUID] = ()
) -> bool:
    """Move the relations of a book to the one that it is merged into; return whether that one has new ones.

    The books of `lock_too` are locked with all others that this concerns.

    Of two relations to one book that of the other stays, and none that would make it a part of itself is moved.
    """
    both = {book.id, other.id}
    touched = {each.book_id for one in both for each in await uow.relations.of(one)}
    await uow.books.lock(both | touched | {*lock_too})
    mine, kept = await uow.relations.of(book.id), await _besides(book.id, other.id, uow)
    known = {*both, *(each.book_id for each in kept)}
    moved = [each for each in mine if each.book_id not in known]
    await uow.relations.replace(book.id, (), now=now, by=by)
    changed = await uow.relations.replace(other.id, [*kept, *moved], now=now, by=by)
    if changed and await uow.relations.is_part_of_itself(other.id):
        await uow.relations.replace(
            other.id, [*kept, *(each for each in moved if each.kind not in _OF_PARTS)], now=now, by=by
        )
    return bool(changed)


async def _besides(book_id: UUID, other_id: UUID, uow: UnitOfWork) -> list[Relation]:
    return [each for each in await uow.relations.of(other_id) if each.book_id != book_id]
