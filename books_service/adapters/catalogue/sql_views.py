"""What is shown, by plain selects: one statement a question, however long the list."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, String, and_, bindparam, func, select, type_coerce

from books_service.adapters.exchange.sql_imports import counts_of
from books_service.adapters.sql_tables import (
    books,
    branches,
    circulation,
    copies,
    import_errors,
    imports,
    stock,
)
from books_service.application.catalogue.views import (
    AvailabilityView,
    BookLendability,
    BookView,
    BranchView,
    CopyLendability,
    CopyView,
    ImportView,
    RecordError,
)
from books_service.application.exchange.start_import import ImportNotFound
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.stock.availability import CopyAvailability
from books_service.domain.stock.branch import BranchNotFound, branch_key
from books_service.domain.stock.copy import CopyNotFound, lending_refusals
from books_service.domain.stock.copy_status import CopyStatus
from books_service.domain.stock.money import Money
from shared.persistence.database import Database

_COUNTS = tuple(func.coalesce(column, 0).label(column.name) for column in stock.c if not column.primary_key)
BOOK = select(
    *(column for column in books.c if column.name not in ("isbn", "language", "index_terms")),
    type_coerce(books.c.isbn, String).label("isbn"),
    type_coerce(books.c.language, String).label("language"),
    *_COUNTS,
).join_from(books, stock, isouter=True)
_COPY = (
    select(
        *(column for column in copies.c if column.name != "barcode"),
        type_coerce(copies.c.barcode, String).label("barcode"),
        circulation.c.availability,
        circulation.c.due_at,
    )
    .select_from(copies)
    .outerjoin(circulation, circulation.c.copy_id == copies.c.copy_id)
)
_DESK = select().where(branches.c.key == bindparam("desk", ""))
_LENDABILITY = select(
    copies.c.copy_id,
    copies.c.book_id,
    type_coerce(copies.c.barcode, String).label("barcode"),
    books.c.title,
    copies.c.branch,
    copies.c.item_type,
    copies.c.price_amount,
    copies.c.price_currency,
    copies.c.status,
    _DESK.add_columns(branches.c.code).scalar_subquery().label("desk"),
    func.coalesce(
        _DESK.add_columns(branches.c.timezone).scalar_subquery(),
        select(branches.c.timezone).where(branches.c.code == copies.c.branch).scalar_subquery(),
    ).label("timezone"),
).join_from(copies, books)

# On the way of every check-out: made once, because making a statement costs as much as running it.
LENDABILITY_BY_ID = _LENDABILITY.where(copies.c.copy_id == bindparam("copy_id"))
LENDABILITY_BY_BARCODE = _LENDABILITY.where(copies.c.barcode_key == bindparam("barcode_key"))
_lendable_types = (
    select(copies.c.item_type)
    .where(
        copies.c.book_id == bindparam("book_id"), copies.c.status.in_([each for each in CopyStatus if each.lendable])
    )
    .distinct()
    .subquery()
)
BOOK_LENDABILITY = (
    select(
        books.c.title,
        *_COUNTS,
        select(func.aggregate_strings(_lendable_types.c.item_type, " ")).scalar_subquery().label("item_types"),
    )
    .join_from(books, stock, isouter=True)
    .where(books.c.book_id == bindparam("book_id"))
)
COPY_BY_BARCODE = _COPY.where(copies.c.barcode_key == bindparam("barcode_key"))


class SqlCatalogueViews:
    """Implements `views.CatalogueViews`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def book(self, book_id: UUID) -> BookView:
        row = await self._first(BOOK.where(books.c.book_id == book_id))
        if row is None:
            raise BookNotFound
        return book_view(row)

    async def copy(self, copy_id: UUID) -> CopyView:
        row = await self._first(_COPY.where(copies.c.copy_id == copy_id))
        if row is None:
            raise CopyNotFound
        return _copy(row)

    async def copies_with_barcode(self, barcode: str) -> list[CopyView]:
        return [_copy(row) for row in await self._all(COPY_BY_BARCODE, barcode_key=_barcode_key(barcode))]

    async def copies_of(self, book_id: UUID, *, after: UUID | None, limit: int) -> list[CopyView]:
        query = _COPY.where(copies.c.book_id == book_id).order_by(copies.c.copy_id).limit(limit)
        found = await self._all(query if after is None else query.where(copies.c.copy_id > after))
        if not found and await self._first(select(books.c.book_id).where(books.c.book_id == book_id)) is None:
            raise BookNotFound
        return [_copy(row) for row in found]

    async def copy_lendability(
        self, *, copy_id: UUID | None = None, barcode: str | None = None, desk: str | None = None
    ) -> CopyLendability:
        key = "" if desk is None else branch_key(desk)
        if barcode is None:
            row = await self._first(LENDABILITY_BY_ID, copy_id=copy_id, desk=key)
        else:
            row = await self._first(LENDABILITY_BY_BARCODE, barcode_key=_barcode_key(barcode), desk=key)
        if row is None:
            raise CopyNotFound
        return CopyLendability(
            copy_id=row.copy_id,
            book_id=row.book_id,
            barcode=row.barcode,
            title=row.title,
            branch=row.branch,
            item_type=row.item_type,
            price=_price(row),
            refusals=lending_refusals(row.status),
            desk=row.desk,
            timezone=row.timezone,
        )

    async def book_lendability(self, book_id: UUID) -> BookLendability:
        row = await self._first(BOOK_LENDABILITY, book_id=book_id)
        if row is None:
            raise BookNotFound
        return BookLendability(book_id, row.title, row.lendable, row.copies, sorted((row.item_types or "").split()))

    async def branch(self, code: str) -> BranchView:
        row = await self._first(select(branches).where(branches.c.key == branch_key(code)))
        if row is None:
            raise BranchNotFound
        return _branch(row)

    async def branches(self, *, after: str | None, limit: int) -> list[BranchView]:
        query = select(branches).order_by(branches.c.key).limit(limit)
        return [
            _branch(row)
            for row in await self._all(query if after is None else query.where(branches.c.key > branch_key(after)))
        ]

    async def import_(self, import_id: UUID, *, after_error: int = 0, most_errors: int = 100) -> ImportView:
        row = await self._first(select(imports).where(imports.c.import_id == import_id))
        if row is None:
            raise ImportNotFound
        behind = and_(import_errors.c.import_id == import_id, import_errors.c.number > after_error)
        query = select(import_errors).where(behind).order_by(import_errors.c.number).limit(most_errors + 1)
        errors = [RecordError(e.record, e.identifier, e.code, e.detail) for e in await self._all(query)]
        return ImportView(
            import_id=row.import_id,
            state=row.state,
            format=row.format,
            dry_run=row.dry_run,
            counts=counts_of(row),
            errors=tuple(errors[:most_errors]),
            more_errors=len(errors) > most_errors,
            created_at=row.created_at,
            finished_at=row.finished_at,
            version=row.version,
        )

    async def _first(self, query: Select[Any], **values: object) -> Row[Any] | None:
        async with self._database.reading() as connection:
            row: Row[Any] | None = (await connection.execute(query, values)).first()
        return row

    async def _all(self, query: Select[Any], **values: object) -> list[Row[Any]]:
        async with self._database.reading() as connection:
            return list(await connection.execute(query, values))


def _barcode_key(barcode: str) -> str:
    return barcode.strip().upper()


def _price(row: Row[Any]) -> Money | None:
    return None if row.price_amount is None else Money(row.price_amount, row.price_currency)


def book_view(row: Row[Any]) -> BookView:
    """Return a book as a row of `BOOK` shows it."""
    return BookView(
        book_id=row.book_id,
        title=row.title,
        authors=row.authors,
        contributors=row.contributors,
        isbn=row.isbn,
        identifiers=row.identifiers,
        subtitle=row.subtitle,
        publisher=row.publisher,
        published_year=row.published_year,
        edition=row.edition,
        language=row.language,
        series=row.series,
        subjects=row.subjects,
        description=row.description,
        availability=AvailabilityView(row.copies, row.lendable, row.available, row.on_loan, row.on_hold_shelf),
        added_at=row.added_at,
        version=row.version,
    )


def _copy(row: Row[Any]) -> CopyView:
    reported = None if row.availability is None else CopyAvailability(row.availability, row.due_at)
    seen = CopyAvailability.of(row.status, reported)
    return CopyView(
        copy_id=row.copy_id,
        book_id=row.book_id,
        barcode=row.barcode,
        branch=row.branch,
        item_type=row.item_type,
        shelf_mark=row.shelf_mark,
        condition=row.condition,
        price=_price(row),
        status=str(row.status),
        status_since=row.status_since,
        availability=str(seen.availability),
        due_at=seen.due_at,
        added_at=row.added_at,
        version=row.version,
    )


def _branch(row: Row[Any]) -> BranchView:
    return BranchView(row.code, row.name, row.timezone, row.added_at, row.version)
