"""Circulation's news of copies, of which the catalogue reads just what it shows."""

from collections.abc import Callable, Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from books_service.application.ports import UnitOfWork
from books_service.application.stock.note_copy_availability import CopyAvailabilityNews, note_copy_availability
from shared.kernel.receipts import Receipt
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming, Unreadable

NAME = "books.availability"
AVAILABILITY_CHANGED = "loans.copy.availability_changed"


class CopyAvailability(BaseModel):
    """The fields that are read; others may come and go."""

    model_config = ConfigDict(extra="ignore")

    copy_id: UUID
    availability: Literal["available", "on_loan", "on_hold_shelf", "in_transit", "unavailable"]
    due_at: AwareDatetime | None = None


SCHEMAS: dict[str, dict[str, Any]] = {AVAILABILITY_CHANGED: CopyAvailability.model_json_schema()}


def availability_listener(unit_of_work: Callable[[Receipt | None], UnitOfWork]) -> Listener:
    """Return the listener that keeps the catalogue's availability up to date."""

    async def handle_together(events: Sequence[Incoming]) -> None:
        await note_copy_availability([_news(event) for event in events], listener=NAME, uow=unit_of_work(None))

    async def handle(event: Incoming) -> None:
        await handle_together([event])

    return Listener(NAME, (AVAILABILITY_CHANGED,), handle, handle_together)


def _news(event: Incoming) -> CopyAvailabilityNews:
    try:
        reported = CopyAvailability.model_validate(event.data)
    except ValidationError as error:
        raise Unreadable(f"{AVAILABILITY_CHANGED} has another shape than expected") from error
    return CopyAvailabilityNews(
        message_id=event.id,
        copy_id=reported.copy_id,
        availability=reported.availability,
        due_at=reported.due_at,
        sequence=event.sequence,
    )
