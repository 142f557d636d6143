"""Books' word on its copies: where they are at home, and whether they are lent."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from loans_service.application.holds.note_copy_report import NoteCopyReport
from loans_service.application.records import CopyReport
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming, Unreadable

NAME = "loans.copies"
ADDED, REVISED = "books.copy.added", "books.copy.revised"
REMOVED, STATUS_CHANGED = "books.copy.removed", "books.copy.status_changed"
_REMOVED_STATUS = "withdrawn"


class ReportedCopy(BaseModel):
    """The fields that are read; others may come and go."""

    model_config = ConfigDict(extra="ignore")

    copy_id: UUID
    book_id: UUID
    branch: str
    item_type: str
    status: str


SCHEMAS: dict[str, dict[str, Any]] = dict.fromkeys(
    (ADDED, REVISED, REMOVED, STATUS_CHANGED), ReportedCopy.model_json_schema()
)


def copies_listener(note: NoteCopyReport) -> Listener:
    """Return the listener that keeps what books tells of copies. One that was removed is lent no more."""

    async def handle(event: Incoming) -> None:
        await note(_report(event), listener=NAME, message_id=event.id)

    return Listener(NAME, (ADDED, REVISED, REMOVED, STATUS_CHANGED), handle)


def _report(event: Incoming) -> CopyReport:
    try:
        told = ReportedCopy.model_validate(event.data)
    except ValidationError as error:
        raise Unreadable(f"{event.type} has another shape than expected") from error
    status = _REMOVED_STATUS if event.type == REMOVED else told.status
    return CopyReport(told.copy_id, told.book_id, told.branch, told.item_type, status, event.sequence)
