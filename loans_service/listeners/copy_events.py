"""The listener to events of books: copies, titles and merged books."""

from typing import Any
from uuid import UUID

from loans_service.application.holds.join_queues import JoinQueues, MergedBooksNews
from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.lending.amendments.correct_title import CorrectTitle
from loans_service.domain.holds.copy_report import CopyReport
from loans_service.domain.money import Money
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming
from shared.messaging.payloads import EventData

NAME = "loans.copies"
ADDED, REVISED = "books.copy.added", "books.copy.revised"
REMOVED, STATUS_CHANGED = "books.copy.removed", "books.copy.status_changed"
BOOK_REVISED, BOOK_MERGED = "books.book.revised", "books.book.merged"
_REMOVED_STATUS = "withdrawn"


class PricePayload(EventData):
    """What a copy costs, in minor units."""

    amount: int
    currency: str


class CopyEventPayload(EventData):
    """The fields that are read; others may come and go."""

    copy_id: UUID
    book_id: UUID
    barcode: str
    branch: str
    item_type: str
    status: str
    price: PricePayload | None = None
    entered_under: UUID | None = None
    bound_with: tuple[UUID, ...] = ()
    unbound: UUID | None = None
    volume_key: str | None = None  # the version before sends neither
    staff_note: str | None = None
    location: str | None = None


class RevisedBookPayload(EventData):
    """Of a book only which it is: its title is asked for."""

    book_id: UUID


class MergedBookPayload(RevisedBookPayload):
    """All that is on record of the book belongs to another one from now on."""

    into: UUID


SCHEMAS: dict[str, dict[str, Any]] = {
    **dict.fromkeys((ADDED, REVISED, REMOVED, STATUS_CHANGED), CopyEventPayload.json_schema()),
    BOOK_REVISED: RevisedBookPayload.json_schema(),
    BOOK_MERGED: MergedBookPayload.json_schema(),
}


def copies_listener(note: NoteCopyReport, correct_title: CorrectTitle, join_queues: JoinQueues) -> Listener:
    """Return the listener that stores reports of copies and corrects titles. A removed copy counts as withdrawn."""

    async def handle(event: Incoming) -> None:
        if event.type == BOOK_REVISED:
            await correct_title(RevisedBookPayload.from_event(event).book_id)
        elif event.type == BOOK_MERGED:
            merged = MergedBookPayload.from_event(event)
            stays = await join_queues(MergedBooksNews(event.id, merged.book_id, merged.into), listener=NAME)
            await correct_title(stays)
        else:
            report = _report(event)
            await note(report, listener=NAME, message_id=event.id)
            if report.was_entered_wrongly:
                await correct_title(report.book_id)

    return Listener(NAME, tuple(SCHEMAS), handle)


def _report(event: Incoming) -> CopyReport:
    payload = CopyEventPayload.from_event(event)
    status = _REMOVED_STATUS if event.type == REMOVED else payload.status
    return CopyReport(
        *(payload.copy_id, payload.book_id, payload.barcode, payload.branch, payload.item_type, status, event.sequence),
        is_of_status=event.type == STATUS_CHANGED,
        was_entered_wrongly=payload.entered_under is not None,
        bound_with=payload.bound_with,
        unbound=payload.unbound,
        at=event.time,
        volume_key=payload.volume_key,
        staff_note=payload.staff_note,
        location=payload.location,
        names_volume="volume_key" in payload.model_fields_set,
        price=None if payload.price is None else Money(payload.price.amount, payload.price.currency),
    )
