"""Take a copy of a book into stock."""

from dataclasses import dataclass
from uuid import UUID

from books_service.application.catalogue.views import CopyView
from books_service.application.ports import UnitOfWork
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.stock.barcode import Barcode, InvalidBarcode
from books_service.domain.stock.branch import UnknownBranch
from books_service.domain.stock.copy import DEFAULT_ITEM_TYPE, BarcodeTaken, Copy, InvalidItemType
from books_service.domain.stock.money import InvalidPrice, Money
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id

REFUSALS = (BookNotFound, BarcodeTaken, UnknownBranch, InvalidBarcode, InvalidItemType, InvalidPrice)


@dataclass(frozen=True, slots=True)
class AddCopy:
    """A copy as it comes from the shop. `price` is an amount in minor units and its currency."""

    book_id: UUID
    barcode: str
    branch: str
    item_type: str = DEFAULT_ITEM_TYPE
    shelf_mark: str | None = None
    condition: str | None = None
    price: tuple[int, str] | None = None
    by: str | None = None


async def add_copy(command: AddCopy, *, uow: UnitOfWork, clock: Clock) -> CopyView:
    """Add a copy of a book; it is in service at once.

    - The barcode must be new in the whole library; capitals and small letters count as the same.
    - The copy is at home in a branch that exists.
    """
    async with uow:
        book = await uow.books.get(command.book_id)
        branch = await uow.branches.find(command.branch)
        if branch is None:
            raise UnknownBranch
        copy = Copy(
            id=new_id(),
            book_id=book.id,
            barcode=Barcode.parse(command.barcode),
            branch=branch.code,
            item_type=command.item_type,
            shelf_mark=command.shelf_mark,
            condition=command.condition,
            price=None if command.price is None else Money(*command.price),
            now=clock.now(),
            by=command.by,
        )
        uow.copies.add(copy)
        view = CopyView.of(copy, None)
        await uow.commit(answer=view)
    return view
