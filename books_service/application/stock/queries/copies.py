"""Copies and branches as they are shown, by plain selects: one statement a question, however long the list."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, String, and_, bindparam, func, or_, select, true, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from books_service.application.catalogue.history import CatalogueChange
from books_service.application.catalogue.queries import changes_of, shown_to
from books_service.application.stock.queries.book_lendability import books_lendability
from books_service.application.stock.queries.lendability import copy_lendability
from books_service.application.stock.views import (
    BookLendability,
    BookQuestion,
    BoundTitle,
    BranchView,
    CopyLendability,
    CopyQuery,
    CopyView,
    HeldCopy,
    Holdings,
    LendabilityQuestion,
    ReportedAvailability,
    last_seen,
)
from books_service.domain.attributes import Attribute, named_attribute
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.notation import volume_key
from books_service.domain.stock.availability import CopyAvailability
from books_service.domain.stock.barcode import barcode_key
from books_service.domain.stock.branch import BranchNotFound, branch_key
from books_service.domain.stock.copy_refusals import CopyNotFound
from books_service.domain.stock.money import Money
from books_service.domain.stock.shelf_mark import InvalidShelfMarkRange, shelf_mark_key
from books_service.domain.tags import tags_of
from books_service.domain.viewer import PUBLIC, Viewer
from books_service.persistence.stock.copies import places_of, reported_of, stands_of
from books_service.persistence.stock.held import ANY_BOUND_IS_SHOWN, held
from books_service.persistence.tables import (
    HAS_ATTRIBUTES,
    HAS_TAGS,
    IS_AWAY,
    IS_SHOWN,
    books,
    branches,
    circulation,
    copies,
    stock,
)
from shared.kernel.errors import LibraryError, refuses
from shared.kernel.from_attributes import from_attributes
from shared.persistence.database import Database

_REPORTED = tuple(column for column in circulation.c if column.name not in ("copy_id", "sequence"))
_COPY = (
    select(
        *(column for column in copies.c if column.name != "barcode"),
        type_coerce(copies.c.barcode, String).label("barcode"),
        *_REPORTED,
    )
    .select_from(copies)
    .outerjoin(circulation, circulation.c.copy_id == copies.c.copy_id)
)
_OWN_IS_SHOWN = select(books.c.hidden).where(books.c.book_id == copies.c.book_id).scalar_subquery().is_(False)
_SHOWN = and_(IS_SHOWN, or_(_OWN_IS_SHOWN, ANY_BOUND_IS_SHOWN))
_TITLES = select(books.c.book_id, books.c.title)
COPY_BY_BARCODE = _COPY.where(copies.c.barcode_key == bindparam("barcode_key"))


class StockQueries:
    """Fetches copies and branches as they are shown."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @refuses(CopyNotFound)
    async def copy(self, copy_id: UUID, viewer: Viewer = PUBLIC) -> CopyView:
        """Raises CopyNotFound."""
        row = await self._database.first(_COPY.where(copies.c.copy_id == copy_id, _shown_to(viewer)))
        if row is None:
            raise CopyNotFound
        (found,) = await self._views([row], viewer)
        return found

    async def copies_with_barcode(self, barcode: str, viewer: Viewer = PUBLIC) -> list[CopyView]:
        """Return the copy with this barcode, or none."""
        statement = COPY_BY_BARCODE.where(_shown_to(viewer))
        return await self._views(await self._database.rows(statement, barcode_key=barcode_key(barcode)), viewer)

    @refuses(InvalidShelfMarkRange)
    async def copies(
        self, query: CopyQuery, viewer: Viewer = PUBLIC, *, after: UUID | None, limit: int
    ) -> list[CopyView]:
        """Return the copies that meet `query`, in the order of their ids."""
        wanted = [
            *conditions(query, self._database.dialect),
            _shown_to(viewer),
            true() if after is None else copies.c.copy_id > after,
        ]
        statement = _COPY.where(and_(*wanted)).order_by(copies.c.copy_id).limit(limit)
        return await self._views(await self._database.rows(statement), viewer)

    @refuses(BookNotFound)
    async def copies_of(
        self, book_id: UUID, viewer: Viewer = PUBLIC, *, after: UUID | None, limit: int
    ) -> list[CopyView]:
        """Return the copies that hold a book, oldest first. Raises BookNotFound."""
        there = select(books.c.book_id).where(books.c.book_id == book_id, *shown_to(viewer))
        of_book = held([book_id])
        query = _COPY.join(of_book, of_book.c.copy_id == copies.c.copy_id)
        query = query if viewer.sees_hidden else query.where(IS_SHOWN, there.exists())
        query = query.order_by(copies.c.copy_id).limit(limit)
        found = await self._database.rows(query if after is None else query.where(copies.c.copy_id > after))
        if not found and await self._database.first(there) is None:
            raise BookNotFound
        return await self._views(found, viewer)

    async def holdings(self, book_ids: Sequence[UUID], viewer: Viewer = PUBLIC, *, most: int) -> list[Holdings]:
        """Return up to `most` copies that hold each existing one of these books, in the order asked."""
        unique_ids = list(dict.fromkeys(book_ids))
        number = stock.c.copies if viewer.sees_hidden else stock.c.copies - stock.c.hidden_copies
        totals = select(books.c.book_id, func.coalesce(number, 0).label("total"))
        counted = await self._database.rows(
            totals.join_from(books, stock, isouter=True).where(books.c.book_id.in_(unique_ids), *shown_to(viewer))
        )
        of_books = held(unique_ids)
        place = func.row_number().over(partition_by=of_books.c.book_id, order_by=copies.c.copy_id).label("place")
        numbered = _COPY.add_columns(of_books.c.book_id.label("held_book_id"), place)
        numbered = numbered.join(of_books, of_books.c.copy_id == copies.c.copy_id).where(_shown_to(viewer))
        listed = numbered.subquery()
        rows = await self._database.rows(select(listed).where(listed.c.place <= most).order_by(listed.c.copy_id))
        titles = await self._titles(rows, viewer)
        found: dict[UUID, list[HeldCopy]] = {row.book_id: [] for row in counted}
        for row in rows:
            found.setdefault(row.held_book_id, []).append(_held(row, titles))
        total = {row.book_id: row.total for row in counted}
        return [
            Holdings(book_id, tuple(found[book_id]), max(total[book_id], len(found[book_id])))
            for book_id in unique_ids
            if book_id in total
        ]

    @refuses(CopyNotFound)
    async def lendability(self, questions: Sequence[LendabilityQuestion]) -> list[CopyLendability | LibraryError]:
        """Return for each copy, in the order asked, whether it may be lent, or CopyNotFound: by one statement."""
        return await copy_lendability(self._database, questions)

    @refuses(BookNotFound)
    async def book_lendability(self, book_id: UUID) -> BookLendability:
        """Raises BookNotFound."""
        async with self._database.reading() as connection:
            (found,) = await books_lendability(connection, [BookQuestion(book_id)])
        if isinstance(found, LibraryError):
            raise found
        return found

    async def books_lendability(self, questions: Sequence[BookQuestion]) -> list[BookLendability | LibraryError]:
        """Return what there is of each book, in the order asked, or BookNotFound."""
        async with self._database.reading() as connection:
            return await books_lendability(connection, questions)

    @refuses(BranchNotFound)
    async def branch(self, code: str) -> BranchView:
        """Raises BranchNotFound."""
        row = await self._database.first(select(branches).where(branches.c.key == branch_key(code)))
        if row is None:
            raise BranchNotFound
        return _branch(row)

    async def branches(self, *, closed: bool = False, after: str | None, limit: int) -> list[BranchView]:
        """Return branches in the order of their codes, those that are open or those that have closed for good."""
        is_open = branches.c.closed_at.is_(None)
        query = select(branches).where(~is_open if closed else is_open).order_by(branches.c.key).limit(limit)
        if after is not None:
            query = query.where(branches.c.key > branch_key(after))
        return [_branch(row) for row in await self._database.rows(query)]

    async def _views(self, rows: Sequence[Row[Any]], viewer: Viewer) -> list[CopyView]:
        titles = await self._titles(rows, viewer)
        return [_copy(row, viewer, titles) for row in rows]

    async def _titles(self, rows: Sequence[Row[Any]], viewer: Viewer) -> Mapping[UUID, str]:
        """Return the titles of all books of the copies that hold several; of those that `viewer` is shown."""
        book_ids = {book_id for row in rows if row.bound_with for book_id in (row.book_id, *row.bound_with)}
        if not book_ids:
            return {}
        found = await self._database.rows(_TITLES.where(books.c.book_id.in_(book_ids), *shown_to(viewer)))
        return {row.book_id: row.title for row in found}


def _shown_to(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition for the copies that `viewer` is shown."""
    return true() if viewer.sees_hidden else _SHOWN


def conditions(query: CopyQuery, dialect: str) -> list[ColumnElement[bool]]:
    """Return the conditions that `query` sets."""
    found: list[ColumnElement[bool]] = []
    if query.branch is not None:
        of_branch = select(branches.c.code).where(branches.c.key == branch_key(query.branch))
        found.append(copies.c.branch == of_branch.scalar_subquery())
    if query.location is not None:
        found.append(func.upper(copies.c.location) == branch_key(query.location))
    if query.statuses:
        found.append(copies.c.status.in_(query.statuses))
    if query.item_type is not None:
        found.append(copies.c.item_type == query.item_type)
    if query.shelf_mark_from is not None:
        found.append(copies.c.shelf_mark_key >= shelf_mark_key(query.shelf_mark_from))
    if query.shelf_mark_to is not None:
        found.append(copies.c.shelf_mark_key <= shelf_mark_key(query.shelf_mark_to))
    if query.number is not None:
        found.append(copies.c.number == query.number)
    found += _own_conditions(query, dialect)
    found += _long_ago(query)
    return found


def _long_ago(query: CopyQuery) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions by which stock is looked after: not seen or lent for long, missing, kept, not labelled."""
    if query.last_seen_before is not None:
        at_desk = circulation.c.scanned_at
        yield func.coalesce(copies.c.last_seen_at, copies.c.added_at) < query.last_seen_before
        yield or_(at_desk.is_(None), at_desk < query.last_seen_before)
    if query.last_lent_before is not None:
        yield func.coalesce(circulation.c.lent_at, copies.c.added_at) < query.last_lent_before
    if query.in_status_since is not None:
        yield copies.c.status_since <= query.in_status_since
    if query.kept is not None:
        yield copies.c.keep_reason.is_not(None) if query.kept else copies.c.keep_reason.is_(None)
    if query.without_shelf_mark:
        yield copies.c.shelf_mark_key == ""


def _own_conditions(query: CopyQuery, dialect: str) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that tags and attributes set, the words of the library's own."""
    if query.tag is not None:
        yield from (HAS_TAGS, *(_has_tag(tag, dialect) for tag in tags_of([query.tag])))
    if query.attribute is not None:
        yield from (HAS_ATTRIBUTES, _says(named_attribute(query.attribute), dialect))


def _has_tag(tag: str, dialect: str) -> ColumnElement[bool]:
    if dialect == "postgresql":
        return func.jsonb_exists(copies.c.tags, tag)
    tags = func.json_each(copies.c.tags).table_valued("value")
    return select(tags.c.value).where(tags.c.value == tag).exists()


def _says(attribute: Attribute, dialect: str) -> ColumnElement[bool]:
    if dialect == "postgresql":
        return type_coerce(copies.c.attributes, JSONB).contains([asdict(attribute)])
    each = func.json_each(copies.c.attributes).table_valued("value")
    parts = (func.json_extract(each.c.value, f"$.{part}") == text for part, text in asdict(attribute).items())
    return select(each.c.value).where(*parts).exists()


def price_of(row: Row[Any]) -> Money | None:
    """Return the price of a copy that a row shows."""
    return None if row.price_amount is None else Money(row.price_amount, row.price_currency)


def _bound(book_ids: Iterable[UUID], titles: Mapping[UUID, str]) -> tuple[BoundTitle, ...]:
    return tuple(BoundTitle(each, titles[each]) for each in book_ids if each in titles)


def _copy(row: Row[Any], viewer: Viewer, titles: Mapping[UUID, str]) -> CopyView:
    current = _current(row)
    last_seen_at = last_seen(row.last_seen_at, current)
    view = from_attributes(
        row,
        CopyView,
        bound_with=_bound(row.bound_with, titles),
        price=price_of(row),
        volume_key=None if row.volume is None else volume_key(row.volume),
        last_seen_at=last_seen_at,
        **_place_and_availability(row, current),
    )
    return view.shown_to(viewer)


def _held(row: Row[Any], titles: Mapping[UUID, str]) -> HeldCopy:
    others = (each for each in (row.book_id, *row.bound_with) if each != row.held_book_id)
    bound_with = _bound(others if row.bound_with else (), titles)
    return from_attributes(row, HeldCopy, bound_with=bound_with, **_place_and_availability(row, _current(row)))


def _current(row: Row[Any]) -> CopyAvailability:
    return CopyAvailability.of(row.status, None if row.availability is None else reported_of(row))


def _place_and_availability(row: Row[Any], current: CopyAvailability) -> dict[str, Any]:
    """Return the fields of a view that follow from its temporary place and from what circulation last reported."""
    own, temporary = places_of(row)
    return {
        **{each.name: getattr(own, each.name) for each in fields(own)},
        "temporary": temporary,
        "stands": stands_of(row, current.stands),
        "availability": current.availability,
        "due_at": current.due_at,
        "transit_to": current.transit_to,
        "holdable": row.status.holdable,
    }


def _branch(row: Row[Any]) -> BranchView:
    return from_attributes(row, BranchView)


_ALL_REPORTED = (
    select(circulation, copies.c.book_id)
    .outerjoin_from(circulation, copies, copies.c.copy_id == circulation.c.copy_id)
    .order_by(circulation.c.copy_id)
)


class CirculationReportQueries:
    """Looks up what circulation last reported, in the order of the copies' ids, for circulation itself to compare."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reported_of(self, copy_ids: Collection[UUID]) -> list[ReportedAvailability]:
        """Return what was reported of these copies; those that were never reported are left out."""
        return await self._read(_ALL_REPORTED.where(circulation.c.copy_id.in_(copy_ids)))

    async def away(self, *, after: UUID | None, limit: int) -> list[ReportedAvailability]:
        """Return up to `limit` copies behind `after` that do not simply stand at home."""
        query = _ALL_REPORTED.where(IS_AWAY).limit(limit)
        return await self._read(query if after is None else query.where(circulation.c.copy_id > after))

    async def _read(self, query: Select[Any]) -> list[ReportedAvailability]:
        return [
            from_attributes(row, ReportedAvailability, stands=reported_of(row).stands)
            for row in await self._database.rows(query)
        ]


class CopyHistory:
    """Fetches what was done to a copy."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @refuses(CopyNotFound)
    async def of_copy(self, copy_id: UUID, *, before: int | None, limit: int) -> list[CatalogueChange]:
        """Return up to `limit` changes before the place `before`, newest first. Raises CopyNotFound."""
        found = await changes_of(self._database, copy_id, before=before, limit=limit)
        if (
            not found
            and await self._database.first(select(copies.c.copy_id).where(copies.c.copy_id == copy_id)) is None
        ):
            raise CopyNotFound
        return found
