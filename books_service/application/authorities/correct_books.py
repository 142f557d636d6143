"""Bring the headings of authorities into the books."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from books_service.application.authorities.queries import AuthorityQueries
from books_service.domain.authorities.authority import AuthorityNotFound
from books_service.domain.exchange.source_record import SourceRecord
from books_service.persistence.authorities.corrections import Correction
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate

LEASE = timedelta(seconds=60)
LAST_LOOK = timedelta(minutes=2)
"""Longer than a book takes to be entered: one that was, while a heading changed, is found by the last look."""
BATCH = 100
_MOST_TRIES = 5

Rename = Callable[[SourceRecord, Mapping[str, str], Mapping[str, str]], SourceRecord]
"""Returns a record as it came with some names, and some subjects, replaced by others."""


@dataclass(frozen=True, slots=True)
class CorrectBooks:
    """Take the first authority that was changed, and correct its books, batch by batch.

    - A batch is noted in the transaction that corrects it: whoever takes over from a crashed worker goes on behind it.
      To do one again changes nothing.
    - When all are through, they are looked for once more after two minutes, because a book that was being entered
      meanwhile may have missed the new heading.
    - In the record of a book that came as MARC, too, the heading stands in place of the other form, in the same field.
    - An authority that changes again on the way is begun anew.
    """

    unit_of_work: BooksWorkFactory
    authorities: AuthorityQueries
    rename: Rename
    clock: Clock

    async def __call__(self) -> bool:
        """Return whether there was an authority to take."""
        now = self.clock.now()
        if not await self.authorities.is_correction_due(now):
            return False
        async with self.unit_of_work() as uow:
            taken = await uow.corrections.take(now=now, until=now + LEASE)
            await uow.commit()
        if taken is not None:
            await self._correct(taken)
        return taken is not None

    async def _correct(self, taken: Correction) -> None:
        try:
            view = await self.authorities.authority(taken.authority_id)
        except AuthorityNotFound:  # merged: what was queued of it is queued of the other one
            return
        reading = asyncio.create_task(self.authorities.bearers((view.heading, *view.see_from, *taken.former)))
        try:
            correction = await self._held_while(reading, taken)
        finally:
            reading.cancel()
        if correction is None:
            return
        left = [one for one in reading.result() if taken.after is None or one > taken.after]
        for first in range(0, len(left), BATCH):
            if correction is not None:
                correction = await self._correct_some(left[first : first + BATCH], correction)
        if correction is not None:
            await self._finish(correction)

    async def _held_while(self, reading: asyncio.Task[Sequence[UUID]], taken: Correction) -> Correction | None:
        """Renew the lease until all is read, which takes long in a large catalogue; None: somebody else has it."""
        held: Correction | None = taken
        while held is not None and not (await asyncio.wait({reading}, timeout=LEASE.total_seconds() / 3))[0]:
            async with self.unit_of_work() as uow:
                held = await uow.corrections.advance(held, due_at=self.clock.now() + LEASE)
                await uow.commit()
        return held

    async def _correct_some(self, book_ids: Sequence[UUID], correction: Correction) -> Correction | None:
        """Correct some books; return how far it has come. None: somebody else goes on with it."""
        for attempt in range(1, _MOST_TRIES + 1):
            try:
                async with self.unit_of_work() as uow:
                    now = self.clock.now()
                    noted = await uow.corrections.advance(correction, after=book_ids[-1], due_at=now + LEASE)
                    if noted is None:
                        return None
                    books = await uow.books.some(book_ids)
                    headings = await uow.headings.of(
                        [book.record for book in books], former=correction.former, heir=correction.authority_id
                    )
                    sources = await uow.books.sources_of([book.id for book in books])
                    for book in books:
                        corrected = headings.corrected(book.record)
                        if correction.checks and corrected == book.record:
                            continue  # nothing that harvesters should hear of twice
                        if (source := sources.get(book.id)) and any(to := headings.replacements(book.record)):
                            uow.books.keep_sources({book.id: self.rename(source, *to)})
                        book.rewrite(corrected, now=now, by=correction.by)
                        headings.let_find(book, anew=True)
                    await uow.commit()
                    return noted
            except OutOfDate:  # somebody edits one of these books
                if attempt == _MOST_TRIES:
                    raise
        return None

    async def _finish(self, correction: Correction) -> None:
        async with self.unit_of_work() as uow:
            if correction.checks:
                await uow.corrections.finish(correction)
            else:
                due_at = self.clock.now() + LAST_LOOK
                await uow.corrections.advance(correction, after=None, checks=1, due_at=due_at)
            await uow.commit()
