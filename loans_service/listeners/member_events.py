"""Members' word on who leaves the library, and who stays after all."""

from typing import Any, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from loans_service.application.privacy.clear_borrower import LeavingNews
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


class HearsOfLeaving(Protocol):
    """What is done with the news."""

    async def __call__(self, news: LeavingNews, *, listener: str) -> None: ...


def leaving_listener(note_leaving: HearsOfLeaving) -> Listener:
    """Return the listener that lets borrowers go who leave."""

    async def handle(event: Incoming) -> None:
        await note_leaving(_news(event), listener=NAME)

    return Listener(NAME, (LEAVING, REINSTATED), handle)


def _news(event: Incoming) -> LeavingNews:
    try:
        if event.type == REINSTATED:
            return LeavingNews(event.id, Reinstated.model_validate(event.data).member_id, None, event.sequence)
        reported = Leaving.model_validate(event.data)
    except ValidationError as error:
        raise Unreadable(f"{event.type} has another shape than expected") from error
    return LeavingNews(event.id, reported.member_id, reported.leaving_id, event.sequence)
