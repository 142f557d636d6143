"""Events of circulation about copies, of which the catalogue reads only the fields that it needs."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime

from books_service.application.stock.follow_circulation import CirculationNews, FollowCirculation
from books_service.domain.stock.availability import Availability
from books_service.domain.stock.finding import Finding
from books_service.domain.stock.stands import ReportedStands, StandsWhy
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming
from shared.messaging.payloads import EventData

NAME = "books.circulation"
AVAILABILITY_CHANGED = "loans.copy.availability_changed"
FINDINGS: Mapping[str, Finding] = {
    "loans.copy.not_found": Finding.NOT_ON_SHELF,
    "loans.loan.declared_lost": Finding.DECLARED_LOST,
    "loans.loan.found": Finding.TURNED_UP,
}
"""What each type of event finds out about a copy. A change of its availability does so if it was scanned."""
_IN_HAND = frozenset({Availability.ON_HOLD_SHELF, Availability.IN_TRANSIT})


class CopyStands(EventData):
    """Where the copy is, and why."""

    branch: str | None
    why: StandsWhy
    since: AwareDatetime | None


class CopyAvailabilityPayload(EventData):
    """The fields that are read; others may come and go. `scanned`: somebody has the copy in hand.

    Circulation of a version before does not say where a copy is, nor when it was scanned.
    """

    copy_id: UUID
    availability: Availability
    due_at: AwareDatetime | None = None
    transit_to: str | None = None
    scanned: bool | None = None
    stands: CopyStands | None = None
    scanned_at: AwareDatetime | None = None


class OfCopy(EventData):
    """An event that tells of a copy; no more of it is read."""

    copy_id: UUID


SCHEMAS: dict[str, dict[str, Any]] = {
    **{type_: OfCopy.model_json_schema() for type_ in FINDINGS},
    AVAILABILITY_CHANGED: CopyAvailabilityPayload.json_schema(),
}


def circulation_listener(follow_circulation: FollowCirculation) -> Listener:
    """Return the listener by which availability and status of copies follow circulation."""

    async def handle_together(events: Sequence[Incoming]) -> None:
        await follow_circulation([_news(event) for event in events], listener=NAME)

    async def handle(event: Incoming) -> None:
        await handle_together([event])

    return Listener(NAME, tuple(SCHEMAS), handle, handle_together)


def _news(event: Incoming) -> CirculationNews:
    if event.type != AVAILABILITY_CHANGED:
        copy_id = OfCopy.from_event(event).copy_id
        return CirculationNews(event.id, copy_id, event.time, event.sequence, finding=FINDINGS[event.type])
    payload = CopyAvailabilityPayload.from_event(event)
    return CirculationNews(
        event.id,
        payload.copy_id,
        event.time,
        event.sequence,
        payload.availability,
        payload.due_at,
        payload.transit_to,
        finding=Finding.TURNED_UP if payload.scanned or payload.availability in _IN_HAND else None,
        stands=None
        if payload.stands is None
        else ReportedStands(payload.stands.branch, payload.stands.why, payload.stands.since),
        scanned_at=payload.scanned_at or (event.time if payload.scanned else None),
    )
