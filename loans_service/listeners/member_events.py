"""Members' word on who leaves the library, and who stays after all."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from loans_service.application.ports import UnitOfWork
from loans_service.application.privacy.clear_borrower import LeavingNews, note_leaving
from shared.kernel.clock import Clock
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming, Unreadable

NAME = "loans.members"
LEAVING, REINSTATED = "members.member.leaving", "members.member.reinstated"


class Reinstated(BaseModel):
    """The fields that are read; others may come and go."""

    model_config = ConfigDict(extra="ignore")

    member_id: UUID


class Leaving(Reinstated):
    """A request for erasure has an id, which the answer repeats."""

    leaving_id: UUID


SCHEMAS: dict[str, dict[str, Any]] = {
    LEAVING: Leaving.model_json_schema(),
    REINSTATED: Reinstated.model_json_schema(),
}


def leaving_listener(unit_of_work: Callable[[], UnitOfWork], clock: Clock) -> Listener:
    """Return the listener that lets borrowers go who leave."""

    async def handle(event: Incoming) -> None:
        await note_leaving(_news(event), listener=NAME, uow=unit_of_work(), clock=clock)

    return Listener(NAME, (LEAVING, REINSTATED), handle)


def _news(event: Incoming) -> LeavingNews:
    try:
        if event.type == REINSTATED:
            return LeavingNews(event.id, Reinstated.model_validate(event.data).member_id, None, event.sequence)
        reported = Leaving.model_validate(event.data)
    except ValidationError as error:
        raise Unreadable(f"{event.type} has another shape than expected") from error
    return LeavingNews(event.id, reported.member_id, reported.leaving_id, event.sequence)
