"""Lending's word that somebody who leaves has nothing open any more."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from members_service.application.privacy.erase_member import BorrowerCleared, erase_member
from members_service.application.privacy.ports import PrivacyWork
from shared.kernel.clock import Clock
from shared.kernel.receipts import Receipt
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming, Unreadable

NAME = "members.farewells"
CLEARED = "loans.borrower.cleared"


class Cleared(BaseModel):
    """The fields that are read; others may come and go."""

    model_config = ConfigDict(extra="ignore")

    member_id: UUID
    leaving_id: UUID


SCHEMAS: dict[str, dict[str, Any]] = {CLEARED: Cleared.model_json_schema()}


def erasure_listener(unit_of_work: Callable[[Receipt | None], PrivacyWork], clock: Clock) -> Listener:
    """Return the listener that erases whom lending has let go."""

    async def handle(event: Incoming) -> None:
        try:
            told = Cleared.model_validate(event.data)
        except ValidationError as error:
            raise Unreadable(f"{CLEARED} has another shape than expected") from error
        news = BorrowerCleared(event.id, told.member_id, told.leaving_id)
        await erase_member(news, listener=NAME, uow=unit_of_work(None), clock=clock)

    return Listener(NAME, (CLEARED,), handle)
