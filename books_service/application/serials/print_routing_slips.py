"""Print what lies in the copies of an issue that go round."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from books_service.application.serials.queries import SerialQueries
from books_service.domain.serials.issue import IssueNotFound, NoRoute, RoutingSlip
from shared.kernel.errors import refuses

DrawSlips = Callable[[Sequence[RoutingSlip]], Awaitable[bytes]]
"""Returns the pages as PDF."""


@refuses(IssueNotFound, NoRoute)
@dataclass(frozen=True, slots=True)
class PrintRoutingSlips:
    """Print the routing slips of an issue as PDF: a page of A5 for each copy that goes round.

    - A slip has the title, the issue, the day on which it came in, and a line for each station, with room for a tick
      and a date; the last one is the branch and the location where the copy belongs.
    - Stations are as in the subscription today, also for an issue that came in before.
    """

    queries: SerialQueries
    draw: DrawSlips

    async def __call__(self, issue_id: UUID) -> bytes:
        """Return the PDF."""
        slips = await self.queries.routing_slips(issue_id)
        if not slips:
            raise NoRoute
        return await self.draw(slips)
