"""Which copies of a book may be lent, read from the stock."""

from dataclasses import dataclass, fields
from uuid import UUID

from sqlalchemy import bindparam, case, func, literal_column, select

from books_service.application.catalogue.queries import not_there
from books_service.domain.catalogue.book import BookNotFound, MergedIntoAnother
from books_service.domain.notation import volume_key
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.volume import Volume, volumes_of
from books_service.persistence.catalogue.relations import EDITIONS
from books_service.persistence.tables import books, bound_copies, copies
from shared.kernel.errors import refuses
from shared.kernel.from_attributes import from_attributes
from shared.persistence.database import Database


@dataclass(frozen=True, slots=True)
class LendableCopyView:
    """A copy that may be lent: where it is at home, where on its shelf, and by what it is filed there.

    `volume_key` is what the spellings of its volume share, null if it has none; `location` is as it is now.
    """

    copy_id: UUID
    barcode: str
    branch: str
    item_type: str
    shelf_mark: str | None
    shelf_mark_key: str
    volume_key: str | None
    location: str | None


@dataclass(frozen=True, slots=True)
class BoundCopyView:
    """A copy of another book in which this one is bound, and that is lent at all."""

    copy_id: UUID
    book_id: UUID
    branch: str
    item_type: str
    location: str | None


@dataclass(frozen=True, slots=True)
class LendableCopiesView:
    """A page of the copies of a book that may be lent, or of those of one volume if one is asked for.

    `holdable` counts all that are lent at all, be they missing or in repair at present, and `item_types` says of which
    types those are. `volumes` are the volumes of all that are lent at all, and `volume` is the one that was asked for,
    as the library writes it, null if it has none of that. `hidden`: the public is not shown the book. `editions` are
    other editions of the work that the public is shown, also by way of others. If no copy of its own is lent at all,
    `bound` are those of other books in which it is bound, at most 20, those first that may be lent now.
    """

    book_id: UUID
    title: str
    copies: int
    holdable: int
    item_types: list[str]
    hidden: bool
    volumes: list[Volume]
    volume: Volume | None
    editions: list[UUID]
    bound: list[BoundCopyView]
    items: list[LendableCopyView]


_BOOK = bindparam("book_id", type_=books.c.book_id.type)
_IS_LENT = copies.c.status.in_([status for status in CopyStatus if status.lendable])
_IS_HOLDABLE = copies.c.status.in_([status for status in CopyStatus if status.holdable])
_COUNTS = (
    select(
        books.c.title,
        copies.c.item_type,
        books.c.hidden,
        copies.c.volume,
        func.count(copies.c.copy_id).label("copies"),
        func.count(copies.c.copy_id).filter(_IS_HOLDABLE).label("holdable"),
    )
    .outerjoin_from(books, copies, copies.c.book_id == books.c.book_id)
    .where(books.c.book_id == _BOOK)
    .group_by(books.c.title, books.c.hidden, copies.c.item_type, copies.c.volume)
    .order_by(literal_column("2"))
)
_AS_THEY_ARE = (copies.c[name] for name in LendableCopyView.__dataclass_fields__ if name != "volume_key")
_LENDABLE = select(*_AS_THEY_ARE, copies.c.volume).where(copies.c.book_id == _BOOK, _IS_LENT).order_by(copies.c.copy_id)
_BOUND = (
    select(*(copies.c[each.name] for each in fields(BoundCopyView)))
    .join_from(bound_copies, copies, copies.c.copy_id == bound_copies.c.copy_id)
    .where(bound_copies.c.book_id == _BOOK, _IS_HOLDABLE)
    .order_by(case((_IS_LENT, 0), else_=1), copies.c.copy_id)
    .limit(20)
)


class LendableCopies:
    """Looks up which copies of a book may be lent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @refuses(BookNotFound, MergedIntoAnother)
    async def of_book(
        self, book_id: UUID, *, volume: str | None = None, after: UUID | None, limit: int
    ) -> LendableCopiesView:
        """Return up to `limit` of them, of this `volume` if one is given, behind `after`, in the order of their ids.

        Raises BookNotFound, or MergedIntoAnother.
        """
        async with self._database.reading() as connection:
            counts = (await connection.execute(_COUNTS, {"book_id": book_id})).all()
            if not counts:
                raise await not_there(connection, book_id)
            title, hidden = counts[0].title, counts[0].hidden
            volumes = volumes_of(row.volume for row in counts if row.holdable)
            page, asked = _LENDABLE.limit(limit), None
            has_own = any(row.holdable for row in counts)
            if volume is not None:
                key = volume_key(volume)
                counts = [row for row in counts if row.volume is not None and volume_key(row.volume) == key]
                asked = next((each for each in volumes if each.key == key), None)
                page = page.where(copies.c.volume.in_({row.volume for row in counts}))
            if after is not None:
                page = page.where(copies.c.copy_id > after)
            found = (await connection.execute(page, {"book_id": book_id})).all()
            editions = await connection.scalars(EDITIONS, {"of_book": book_id})
            bound = () if has_own else (await connection.execute(_BOUND, {"book_id": book_id})).all()
        return LendableCopiesView(
            book_id,
            title,
            copies=sum(row.copies for row in counts),
            holdable=sum(row.holdable for row in counts),
            item_types=sorted({row.item_type for row in counts if row.holdable}),
            volumes=[*volumes],
            volume=asked,
            hidden=hidden,
            editions=[*editions],
            bound=[from_attributes(row, BoundCopyView) for row in bound],
            items=[
                from_attributes(
                    row,
                    LendableCopyView,
                    barcode=str(row.barcode),
                    volume_key=None if row.volume is None else volume_key(row.volume),
                )
                for row in found
            ],
        )
