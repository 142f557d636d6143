"""Bind further books in a copy, and take them out again."""

from dataclasses import dataclass
from uuid import UUID

from books_service.application.stock.views import CopyView
from books_service.domain.catalogue.book import BookNotFound, MergedIntoAnother
from books_service.domain.rights import COPIES
from books_service.domain.stock.copy_refusals import (
    AlreadyBound,
    CopyNotFound,
    CopyWithdrawn,
    TitleNotBound,
    TooManyTitles,
)
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class Binding:
    """A book that is bound with that of a copy. `version` of the copy is what the caller has seen; None: any."""

    copy_id: UUID
    book_id: UUID
    version: int | None = None
    by: str | None = None


@refuses(CopyNotFound, CopyWithdrawn, BookNotFound, MergedIntoAnother, AlreadyBound, TooManyTitles, OutOfDate)
@dataclass(frozen=True, slots=True)
class BindCopy:
    """Say that a copy holds one more title: several works in one binding, each with a record of its own.

    - The copy stays catalogued under its own title, and is one copy with one barcode, lent once. Below each title that
      it holds it is listed, counted and found, marked with the others (`bound_with`).
    - A hold for a title that only such copies hold becomes a hold for one of them, as long as the title has no other.
    - Titles that the public is not shown can be bound, and are left out of what it is shown of the copy.
    - The title stays in the catalogue as long as a copy holds it. Where it is merged, the copy holds the other one.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: Binding, receipt: Receipt | None = None) -> CopyView:
        async with self.unit_of_work(receipt) as uow:
            copy = await uow.copies.get(command.copy_id)
            authorise(COPIES, copy.branch)
            places = await uow.books.survivors([command.book_id])
            if (book := places.get(command.book_id)) is None:
                raise BookNotFound
            if book.id != command.book_id:
                raise MergedIntoAnother(into=book.id)
            copy.bind(book.id, now=self.clock.now(), by=command.by)
            view = CopyView.of(copy, await uow.circulation.of(copy.id), await uow.copies.bound_titles([copy]))
            await uow.commit(answer=view)
        return view


@refuses(CopyNotFound, TitleNotBound, OutOfDate)
@dataclass(frozen=True, slots=True)
class UnbindCopy:
    """Say that a copy holds a title no longer that is bound with its own.

    - Lending lets holds for the copy that were placed for this title wait for other copies that hold it; where there is
      none, they end.
    - The title under which a copy is catalogued is changed with the copy itself.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: Binding) -> None:
        async with self.unit_of_work() as uow:
            copy = await uow.copies.get(command.copy_id)
            authorise(COPIES, copy.branch)
            refuse_if_stale(command.version, copy.version, thing="copy")
            copy.unbind(command.book_id, now=self.clock.now(), by=command.by)
            await uow.commit()
