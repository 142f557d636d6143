"""The event of lending that a leaving member has nothing open any more."""

from typing import Any
from uuid import UUID

from members_service.application.privacy.erase_member import BorrowerCleared, EraseMember
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming
from shared.messaging.payloads import EventData

NAME = "members.farewells"
CLEARED = "loans.borrower.cleared"


class Cleared(EventData):
    """The fields that are read; others may come and go."""

    member_id: UUID
    leaving_id: UUID


SCHEMAS: dict[str, dict[str, Any]] = {CLEARED: Cleared.model_json_schema()}


def erasure_listener(erase_member: EraseMember) -> Listener:
    """Return the listener that erases cleared members."""

    async def handle(event: Incoming) -> None:
        cleared = Cleared.from_event(event)
        await erase_member(BorrowerCleared(event.id, cleared.member_id, cleared.leaving_id), listener=NAME)

    return Listener(NAME, (CLEARED,), handle)
