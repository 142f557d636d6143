"""Make one book of two that are the same."""

from dataclasses import dataclass
from uuid import UUID

from books_service.application.catalogue.queries import relations_of
from books_service.application.catalogue.relate_books import hand_over_relations
from books_service.application.catalogue.views import BookView
from books_service.domain.catalogue.book import BookNotFound, MergedIntoItself
from books_service.persistence.unit_of_work import BooksWorkFactory
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuses
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class BookMerger:
    """`book_id` goes, `into` stays; `take` names the fields of a TitlePage that it has from the one that goes."""

    book_id: UUID
    into: UUID
    by: str | None = None
    take: tuple[str, ...] = ()


@refuses(BookNotFound, MergedIntoItself, OutOfDate)
@dataclass(frozen=True, slots=True)
class MergeBooks:
    """Merge a book into another one, because both are the same; answers the book that stays.

    - Its copies, even those in circulation, belong to the other book from now on; each is told as revised. Lending lets
      its loans and holds follow, these by the dates on which they were placed. Copies of other titles in which it is
      bound hold the other book instead.
    - The other book keeps what it says, takes over what it was silent about, and has the ISBNs of both. Unless it came
      as MARC itself, it goes out as rich as this one came in.
    - `take` names fields that it has from the book that goes, whatever it said itself, even if they are empty there.
      Its history shows each with what stood there before. Of taken `isbns` the first is the main one.
    - Its relations to other books are those of the other book from now on, unless that has one to the same book.
    - Its subscription is that of the other book, unless that has its own; so are the issues that it has not itself.
    - The book itself leaves the catalogue, which is told as `books.book.merged`; its history stays readable.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock

    async def __call__(self, command: BookMerger, receipt: Receipt | None = None) -> BookView:
        async with self.unit_of_work(receipt) as uow:
            now = self.clock.now()
            book, other = await uow.books.get(command.book_id), await uow.books.get(command.into)
            record = book.record
            counts = await uow.books.availability_of(book.id) + await uow.books.availability_of(other.id)
            book.merge_into(other, now=now, by=command.by)
            held = await uow.copies.holding(book.id)
            titles = {title for copy in held for title in copy.titles}
            if await hand_over_relations(book, other, uow=uow, now=now, by=command.by, lock_too=titles):
                other.relate(now=now)
            for copy in held:
                copy.move_to_book(book.id, other.id, now=now, by=command.by)
            await uow.copies.file_bound(held)
            subscribed = await uow.subscriptions.hand_over(book.id, other.id)
            await uow.issues.hand_over(book.id, other.id, expected=subscribed)
            await uow.books.give_way(book, other)
            other.absorb(record, take=command.take, now=now, by=command.by)
            view = BookView.of(other, counts, relations_of(await uow.relations.shown(other.id)))
            await uow.commit(answer=view)
        return view
