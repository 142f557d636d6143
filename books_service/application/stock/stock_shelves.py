"""Buy copies of the books that the library has none of."""

from dataclasses import dataclass

from books_service.application.ports import UnitOfWork
from books_service.domain.stock.barcode import Barcode
from books_service.domain.stock.branch import UnknownBranch
from books_service.domain.stock.copy import Copy
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class StockShelves:
    """So many copies of each book, with barcodes counted up from a first one, in one branch."""

    branch: str
    copies_each: int
    first_barcode: int
    most_books: int = 1000


async def stock_shelves(command: StockShelves, *, uow: UnitOfWork, clock: Clock) -> int:
    """Add copies of every book that has none; return how many were added. Barcodes in use are passed over."""
    async with uow:
        branch = await uow.branches.find(command.branch)
        if branch is None:
            raise UnknownBranch
        books = await uow.books.without_copies(limit=command.most_books)
        wanted = [book_id for book_id in books for _ in range(command.copies_each)]
        for book_id, barcode in zip(wanted, await _free_barcodes(command, len(wanted), uow), strict=True):
            copy = Copy.add(id=new_id(), book_id=book_id, barcode=barcode, branch=branch.code, now=clock.now())
            uow.copies.add(copy)
        await uow.commit()
    return len(wanted)


async def _free_barcodes(command: StockShelves, count: int, uow: UnitOfWork) -> list[Barcode]:
    free: list[Barcode] = []
    number = command.first_barcode
    while len(free) < count:
        numbered = [Barcode(str(number + place)) for place in range(count)]
        taken = await uow.copies.taken([barcode.key for barcode in numbered])
        free += [barcode for barcode in numbered if barcode.key not in taken]
        number += count
    return free[:count]
