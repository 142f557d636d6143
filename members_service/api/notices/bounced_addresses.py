"""The working list of addresses to which nothing is sent any more."""

from datetime import datetime
from typing import Any
from uuid import UUID

from members_service.api.membership.working_lists import LISTS
from members_service.api.notices.sending_dependencies import NoticeSending
from members_service.application.notices.views import BouncedAddress
from shared.web.auth import Caller
from shared.web.working_lists import Read


async def _bounced(sending: NoticeSending, caller: Caller) -> Read:
    async def read(*, after: Any, limit: int, more: int) -> Any:
        return await sending.list_bounced(after=after, limit=limit, more=more, by=caller.subject)

    return read


LISTS.add(
    "bounced-addresses",
    BouncedAddress,
    _bounced,
    place=tuple[datetime, UUID],
    title="List addresses from which messages come back",
    description="Nothing is sent to them any more, for the `reason` that is given; with the members who have them "
    "now, as far as there are any. The first to fail comes first. Whom staff were shown is a record of the audit "
    "trail.",
)
router = LISTS.router
"""All working lists, with this one."""
