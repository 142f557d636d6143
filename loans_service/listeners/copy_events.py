"""Books' word on its copies, where they are at home and whether they are lent, and on the titles of its books."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.holds.ports import CopyReport
from loans_service.application.lending.amendments.correct_title import CorrectTitle
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming, Unreadable

NAME = "loans.copies"
ADDED, REVISED = "books.copy.added", "books.copy.revised"
REMOVED, STATUS_CHANGED = "books.copy.removed", "books.copy.status_changed"
BOOK_REVISED = "books.book.revised"
_REMOVED_STATUS = "withdrawn"


class ReportedCopy(BaseModel):
    """The fields that are read; others may come and go."""

    model_config = ConfigDict(extra="ignore")

    copy_id: UUID
    book_id: UUID
    barcode: str
    branch: str
    item_type: str
    status: str


class RevisedBook(BaseModel):
    """Of a book only which it is: its title is asked for."""

    model_config = ConfigDict(extra="ignore")

    book_id: UUID


SCHEMAS: dict[str, dict[str, Any]] = {
    **dict.fromkeys((ADDED, REVISED, REMOVED, STATUS_CHANGED), ReportedCopy.model_json_schema()),
    BOOK_REVISED: RevisedBook.model_json_schema(),
}


def copies_listener(note: NoteCopyReport, correct_title: CorrectTitle) -> Listener:
    """Return the listener that keeps what books tells of copies and titles. A copy that was removed is lent no more."""

    async def handle(event: Incoming) -> None:
        if event.type == BOOK_REVISED:
            await correct_title(_book_of(event))
        else:
            await note(_report(event), listener=NAME, message_id=event.id)

    return Listener(NAME, (ADDED, REVISED, REMOVED, STATUS_CHANGED, BOOK_REVISED), handle)


def _book_of(event: Incoming) -> UUID:
    try:
        return RevisedBook.model_validate(event.data).book_id
    except ValidationError as error:
        raise Unreadable(f"{event.type} has another shape than expected") from error


def _report(event: Incoming) -> CopyReport:
    try:
        told = ReportedCopy.model_validate(event.data)
    except ValidationError as error:
        raise Unreadable(f"{event.type} has another shape than expected") from error
    status = _REMOVED_STATUS if event.type == REMOVED else told.status
    return CopyReport(told.copy_id, told.book_id, told.barcode, told.branch, told.item_type, status, event.sequence)
