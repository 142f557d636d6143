"""The form in which a new copy comes in."""

from typing import Any
from uuid import UUID

from pydantic import Field

from books_service.api.shapes import (
    Attributes,
    BranchCode,
    ExternalId,
    ItemType,
    LocationCode,
    NewBarcode,
    Note,
    PriceRequest,
    Suppressed,
    Tags,
    Volume,
)
from books_service.application.stock.add_book import CopyOfNewBook
from books_service.application.stock.add_copy import NewCopy
from books_service.domain.stock.copy_facts import DEFAULT_ITEM_TYPE
from books_service.domain.stock.copy_status import CopyStatus
from shared.web.json.strict_json import StrictJsonBody

KEEP_REASON = "Why it stays even if nobody borrows it: lists for weeding leave it out. Read by staff only."


class CopyRequest(StrictJsonBody):
    """A copy to be taken into stock."""

    barcode: NewBarcode
    branch: BranchCode
    location: LocationCode | None = Field(None, description="One of the branch's locations.")
    item_type: ItemType = DEFAULT_ITEM_TYPE
    shelf_mark: Note | None = None
    volume: Volume | None = Field(None, description="Which part of the book it is.")
    condition: Note | None = Field(None, description="Read by staff only.")
    note: Note | None = Field(None, description="Shown to everybody.")
    staff_note: Note | None = Field(None, description="Read by staff only.")
    keep_reason: Note | None = Field(None, description=KEEP_REASON)
    price: PriceRequest | None = None
    external_id: ExternalId | None = None
    suppressed: Suppressed = False
    tags: Tags = Field(default_factory=list)
    attributes: Attributes = Field(default_factory=list)
    status: CopyStatus = CopyStatus.IN_SERVICE

    def to_command(self, book_id: UUID, *, by: str) -> NewCopy:
        """Return the command of the use case."""
        return NewCopy(book_id, self._facts(), self.status, by)

    def with_new_book(self) -> CopyOfNewBook:
        """Return the copy as a part of the command that adds its book."""
        return CopyOfNewBook(self._facts(), self.status)

    def _facts(self) -> dict[str, Any]:
        facts = self.model_dump(exclude={"status"})
        return facts | {"attributes": tuple((each.name, each.value) for each in self.attributes)}
