"""Join the books that MARC records name to those that came with these records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
    - A link is followed once: a relation that somebody takes away does not come back.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self) -> None:
        after = None
        while True:
            async with self.unit_of_work() as uow:
                found = await uow.sought_books.here(after=after, most=_AT_ONCE)
                if not found:
                    return
                await self._join([each for each in found if each.other_id is not None], uow, now=self.clock.now())
                await uow.commit()
            after = found[-1].book_id

    async def _join(self, found: Sequence[SoughtBook], uow: UnitOfWork, *, now: datetime) -> None:
        pairs = [(each, other) for each in found if (other := each.other_id) is not None]
        await uow.books.lock({book_id for each, other in pairs for book_id in (each.book_id, other)})
        joined = list[SoughtBook]()
        for each, other in pairs:
            kept = await uow.relations.of(each.book_id)
            if other not in {relation.book_id for relation in kept}:
                if max(len(kept), await uow.relations.count(other)) >= MOST_RELATIONS:
                    continue
                relation = Relation(each.kind, other, each.label)
                await uow.relations.replace(each.book_id, [*kept, relation], now=now, by=None)
                if await uow.relations.is_part_of_itself(each.book_id):
                    await uow.relations.replace(each.book_id, kept, now=now, by=None)
            joined.append(each)
        await uow.sought_books.forget(joined)
