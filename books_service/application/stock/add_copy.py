"""Take a copy of a book into stock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from books_service.application.stock.copy_facts import facts_of
from books_service.application.stock.views import CopyView
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.rights import COPIES
from books_service.domain.stock.barcode import InvalidBarcode
from books_service.domain.stock.branch import BranchClosed, UnknownBranch, UnknownLocation
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_refusals import BarcodeTaken, InvalidItemType
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.money import InvalidPrice, PriceInOtherCurrency
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class NewCopy:
    """A copy as it comes from the shop: `barcode`, `branch` and perhaps other facts of a copy.

    `price` among them has an amount in minor units and its currency, which is the library's.
    """

    book_id: UUID
    facts: Mapping[str, Any]
    status: str = CopyStatus.IN_SERVICE
    by: str | None = None


@refuses(
    BookNotFound,
    BarcodeTaken,
    UnknownBranch,
    BranchClosed,
    UnknownLocation,
    InvalidBarcode,
    InvalidItemType,
    InvalidPrice,
    PriceInOtherCurrency,
)
@dataclass(frozen=True, slots=True)
class AddCopy:
    """Add a copy of a book; unless another status is given it is in service at once.

    - The barcode must be new in the whole library; capitals and small letters count as the same, and so do blanks.
    - The copy is at home in a branch that exists, and perhaps in one of its locations.
    - A price is one in the library's currency.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock
    currency: str

    async def __call__(self, command: NewCopy, receipt: Receipt | None = None) -> CopyView:
        async with self.unit_of_work(receipt) as uow:
            facts = await facts_of({**command.facts, "book_id": command.book_id}, uow, currency=self.currency)
            status = CopyStatus(command.status)
            authorise(COPIES, facts["branch"])
            number = await uow.next_copy_number()
            copy = Copy.add(facts, id=new_id(), now=self.clock.now(), status=status, by=command.by, number=number)
            uow.copies.add(copy)
            view = CopyView.of(copy, None)
            await uow.commit(answer=view)
        return view
