"""Circulation says where a copy is now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from books_service.application.ports import ReportedAvailability, UnitOfWork
from books_service.domain.stock.availability import Availability, CopyAvailability


@dataclass(frozen=True, slots=True)
class CopyAvailabilityNews:
    """The whole present state of one copy. `sequence` grows in the order in which things happened to it."""

    message_id: str
    copy_id: UUID
    availability: str
    due_at: datetime | None
    sequence: int


async def note_copy_availability(news: Sequence[CopyAvailabilityNews], *, listener: str, uow: UnitOfWork) -> None:
    """Keep what circulation says of copies.

    - The newest news of a copy counts, in whatever order and however often the news comes.
    - News of a copy that the catalogue does not have is kept as well: it holds as soon as there is such a copy, as
      after the restore of a backup.
    """
    async with uow:
        new = await uow.new_among([one.message_id for one in news], listener=listener)
        reports = [
            ReportedAvailability(
                one.copy_id, CopyAvailability(Availability(one.availability), one.due_at), one.sequence
            )
            for one in news
            if one.message_id in new
        ]
        if reports:
            await uow.circulation.keep(reports)
            await uow.commit()
