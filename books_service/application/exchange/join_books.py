"""Join the books that MARC records name to those that came with these records."""

from collections.abc import Sequence
from dataclasses import dataclass

from books_service.domain.catalogue.relation import MOST_RELATIONS, Relation
from books_service.domain.exchange.record_links import SoughtBook
from books_service.persistence.unit_of_work import BooksWorkFactory, UnitOfWork
from shared.kernel.clock import Clock

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class JoinBooks:
    """Relate books as their MARC records say, whichever of both came first.

    - The other book is found by control number, ISBN or ISSN, if it alone has that number.
    - Two books that are related already stay as they are, and no book becomes a part of itself.
    - A link is followed once: a relation that somebody takes away does not come back, nor does one that a book had no
      room for.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self) -> None:
        after = None
        while True:
            async with self.unit_of_work() as uow:
                seen = await uow.sought_books.here(after=after, most=_AT_ONCE)
                if not seen:
                    return
                locked = {book_id for each in seen for book_id in (each.book_id, each.other_id)}
                await uow.books.lock(locked)
                # Somebody may have joined, merged or removed them before they were locked.
                found = await uow.sought_books.here(after=after, most=_AT_ONCE)
                await self._join([each for each in found if locked >= {each.book_id, each.other_id}], uow)
                await uow.commit()
            after = seen[-1].book_id

    async def _join(self, found: Sequence[SoughtBook], uow: UnitOfWork) -> None:
        for each in found:
            kept = await uow.relations.of(each.book_id)
            relation = Relation(each.kind, each.other_id, each.label)
            is_related = each.other_id in {one.book_id for one in kept}
            if (
                not is_related
                and max(len(kept), await uow.relations.count(each.other_id)) < MOST_RELATIONS
                and not await uow.relations.closes_a_ring(each.book_id, relation)
            ):
                await uow.relations.replace(each.book_id, [*kept, relation], now=self.clock.now(), by=None)
        await uow.sought_books.forget(found)
