"""Circulation says where a copy is now."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from books_service.application.ports import UnitOfWork
from books_service.domain.availability import Availability, Whereabouts

AVAILABILITIES = tuple(word.value for word in Availability)


@dataclass(frozen=True, slots=True)
class CopyAvailabilityNews:
    """The whole present state of one copy. `sequence` grows in the order in which things happened to it."""

    message_id: str
    copy_id: UUID
    availability: str
    due_at: datetime | None
    sequence: int


async def note_copy_availability(news: CopyAvailabilityNews, *, listener: str, uow: UnitOfWork) -> None:
    """Keep what circulation says of a copy.

    - The newest news of a copy counts, in whatever order and however often the news comes.
    - News of a copy that the catalogue does not have is kept as well: it holds as soon as there is such a copy, as
      after the restore of a backup.
    """
    async with uow:
        if not await uow.first_time(listener=listener, message_id=news.message_id):
            return
        said = Whereabouts(Availability(news.availability), news.due_at)
        await uow.circulation.keep(news.copy_id, said, sequence=news.sequence)
        await uow.commit()
