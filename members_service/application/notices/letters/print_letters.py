"""Have letters written, and print them."""

import json
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Protocol, Self
from uuid import UUID

from members_service.application.membership.home_branch import LibraryBranches, checked_branch
from members_service.application.notices.letters.queries import LetterQueries
from members_service.application.notices.letters.work import LetterWorkFactory
from members_service.domain.membership.member_record import UnknownBranch
from members_service.domain.membership.membership import day_in
from members_service.domain.notices.letters import (
    Letter,
    LetterBatch,
    LetterBatchNotFound,
    LettersNotReady,
    NoLettersWaiting,
    Sender,
    Window,
)
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt


class DrawLetters(Protocol):
    """Makes pages of letters."""

    def __call__(
        self, letters: Sequence[Letter], *, window: Window, sender: Sender, day: date, copy: bool
    ) -> Awaitable[bytes]:
        """Return the letters as PDF; on a copy each page says so."""
        ...


@dataclass(frozen=True, slots=True)
class LetterBatchView:
    """Letters that are printed together. They can be fetched from `prepared_at` on; later prints are copies."""

    batch_id: UUID
    branch: str | None
    letters: int
    made_at: datetime
    made_by: str | None
    prepared_at: datetime | None
    printed_at: datetime | None
    version: int

    @classmethod
    def of(cls, batch: LetterBatch) -> Self:
        """Show a batch."""
        return cls(
            batch.batch_id,
            batch.branch,
            batch.letters,
            batch.made_at,
            batch.made_by,
            batch.prepared_at,
            batch.printed_at,
            batch.version,
        )


@dataclass(frozen=True, slots=True)
class LetterOrder:
    """At which branch they wait, None for those of none, and who prints them."""

    branch: str | None
    by: str | None = None


@refuses(UnknownBranch, NeighbourUnavailable)
@dataclass(frozen=True, slots=True)
class OrderLetters:
    """Have the letters written that wait at a branch, or without one those that are of none; up to 300 at once.

    They are written in the background, within seconds: what does not hold any more is left out. Then they are fetched
    under the id of this answer.
    """

    unit_of_work: LetterWorkFactory
    branches: LibraryBranches
    clock: Clock

    async def __call__(self, order: LetterOrder, receipt: Receipt | None = None) -> LetterBatchView:
        branch = None if order.branch is None else await checked_branch(order.branch, self.branches, field="branch")
        batch = LetterBatch(new_id(), branch, 0, self.clock.now(), order.by)
        async with self.unit_of_work(receipt) as uow:
            await uow.letter_batches.add(batch)
            answer = LetterBatchView.of(batch)
            await uow.commit(answer=answer)
        return answer


@refuses(LetterBatchNotFound, LettersNotReady, NoLettersWaiting)
@dataclass(frozen=True, slots=True)
class PrintLetters:
    """Print the letters of a batch, sorted by postal code, as PDF or as JSON Lines for a mailing service.

    The address stands in the window of the envelope. Whoever fetches them again gets copies, which say so on each page.
    Whoever was erased since has no letter any more.
    """

    unit_of_work: LetterWorkFactory
    queries: LetterQueries
    draw: DrawLetters
    clock: Clock
    zone: tzinfo

    async def as_pdf(self, batch_id: UUID, *, window: Window | None) -> bytes:
        """Return the pages. Raises LetterBatchNotFound, LettersNotReady or NoLettersWaiting."""
        letters = await self.queries.letters(batch_id)
        batch, chosen, sender = await self._note(batch_id)
        day = day_in(self.zone, at=batch.prepared_at or self.clock.now())
        copy = batch.printed_at is not None
        return await self.draw(letters, window=window or chosen, sender=sender, day=day, copy=copy)

    async def as_lines(self, batch_id: UUID) -> bytes:
        """Return one JSON object a line. Raises LetterBatchNotFound, LettersNotReady or NoLettersWaiting."""
        letters = await self.queries.letters(batch_id)
        batch, _, sender = await self._note(batch_id)
        copy = batch.printed_at is not None
        documents = (
            {
                "message_id": str(letter.message_id),
                "sender": sender.line,
                "address": list(letter.address),
                "language": letter.language,
                "subject": letter.subject,
                "text": letter.text,
                "copy": copy,
            }
            for letter in letters
        )
        return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in documents).encode()

    async def _note(self, batch_id: UUID) -> tuple[LetterBatch, Window, Sender]:
        async with self.unit_of_work() as uow:
            batch = await uow.letter_batches.get(batch_id)
            batch.expect_letters()
            settings = await uow.notice_settings.current()
            if batch.printed_at is None:
                await uow.letter_batches.note_printed(batch_id, now=self.clock.now())
                await uow.commit()
        return batch, Window(settings.window), batch.sender or Sender(settings.library_name)
