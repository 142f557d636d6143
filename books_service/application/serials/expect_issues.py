"""Expect the further issues of periodicals in their time."""

from dataclasses import dataclass
from uuid import UUID

from books_service.application.serials.subscribe import expect_more
from books_service.application.serials.today import Today
from books_service.persistence.unit_of_work import BooksWorkFactory

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ExpectIssues:
    """Expect of each periodical all issues up to the next one that is to come.

    Each is a transaction of its own. Any number of processes may do so at once.
    """

    unit_of_work: BooksWorkFactory
    today: Today

    async def __call__(self) -> None:
        more = True
        while more:
            async with self.unit_of_work() as uow:
                due = await uow.subscriptions.due(today=self.today(), most=_AT_ONCE)
            for book_id in due:
                await self._expect(book_id)
            more = len(due) == _AT_ONCE

    async def _expect(self, book_id: UUID) -> None:
        async with self.unit_of_work() as uow:
            await uow.books.lock({book_id})
            subscription = await uow.subscriptions.find(book_id)
            if subscription is not None and (found := subscription.expect(today=self.today())):
                await expect_more(subscription, found, uow)
                await uow.subscriptions.put(subscription.after(found))
                await uow.commit()
