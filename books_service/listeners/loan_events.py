"""Circulation's news of copies, of which the catalogue reads just what it needs."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from books_service.application.stock.hear_circulation import (
    CirculationFinding,
    CopyAvailabilityNews,
    FollowCirculation,
    NoteCopyAvailability,
)
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming, Unreadable

Shape = TypeVar("Shape", bound=BaseModel)

NAME = "books.availability"
AVAILABILITY_CHANGED = "loans.copy.availability_changed"
FINDINGS_NAME = "books.findings"
FINDINGS: Mapping[str, str] = {
    "loans.copy.not_found": "NOT_ON_SHELF",
    "loans.loan.declared_lost": "DECLARED_LOST",
    "loans.loan.found": "TURNED_UP",
    AVAILABILITY_CHANGED: "TURNED_UP",
}
"""The finding that each type of event tells of; the last one only if the copy was scanned, as at each return."""
_IN_HAND = frozenset({"on_hold_shelf", "in_transit"})


class CopyAvailability(BaseModel):
    """The fields that are read; others may come and go. `scanned`: somebody has the copy in hand."""

    model_config = ConfigDict(extra="ignore")

    copy_id: UUID
    availability: Literal["available", "requested", "on_loan", "on_hold_shelf", "in_transit", "unavailable"]
    due_at: AwareDatetime | None = None
    transit_to: str | None = None
    scanned: bool | None = None


class OfCopy(BaseModel):
    """An event that tells of a copy; no more of it is read."""

    model_config = ConfigDict(extra="ignore")

    copy_id: UUID


SCHEMAS: dict[str, dict[str, Any]] = {
    **{type_: OfCopy.model_json_schema() for type_ in FINDINGS},
    AVAILABILITY_CHANGED: CopyAvailability.model_json_schema(),
}


def availability_listener(note_copy_availability: NoteCopyAvailability) -> Listener:
    """Return the listener that keeps the catalogue's availability up to date."""

    async def handle_together(events: Sequence[Incoming]) -> None:
        await note_copy_availability([_news(event) for event in events], listener=NAME)

    async def handle(event: Incoming) -> None:
        await handle_together([event])

    return Listener(NAME, (AVAILABILITY_CHANGED,), handle, handle_together)


def findings_listener(follow_circulation: FollowCirculation) -> Listener:
    """Return the listener that lets the status of copies follow from what circulation finds out."""

    async def handle_together(events: Sequence[Incoming]) -> None:
        findings = [finding for event in events if (finding := _finding(event)) is not None]
        if findings:
            await follow_circulation(findings, listener=FINDINGS_NAME)

    async def handle(event: Incoming) -> None:
        await handle_together([event])

    return Listener(FINDINGS_NAME, tuple(FINDINGS), handle, handle_together)


def _finding(event: Incoming) -> CirculationFinding | None:
    if event.type == AVAILABILITY_CHANGED:
        reported = _read(CopyAvailability, event)
        if not (reported.scanned or reported.availability in _IN_HAND):
            return None
    copy_id = _read(OfCopy, event).copy_id
    return CirculationFinding(event.id, copy_id, FINDINGS[event.type], event.time)


def _read(shape: type[Shape], event: Incoming) -> Shape:
    try:
        return shape.model_validate(event.data)
    except ValidationError as error:
        raise Unreadable(f"{event.type} has another shape than expected") from error


def _news(event: Incoming) -> CopyAvailabilityNews:
    reported = _read(CopyAvailability, event)
    return CopyAvailabilityNews(
        message_id=event.id,
        copy_id=reported.copy_id,
        availability=reported.availability,
        due_at=reported.due_at,
        sequence=event.sequence,
        transit_to=reported.transit_to,
    )
