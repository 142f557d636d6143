"""Stocktaking as it is shown: what was scanned is compared with what should stand there by one statement a list."""

from typing import Any, get_args
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    false,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from books_service.application.stock.inventory.views import (
    InventoryCopy,
    InventoryList,
    InventoryView,
    ShelfPlace,
    UnknownBarcode,
)
from books_service.domain.stock.availability import Availability, CopyAvailability
from books_service.domain.stock.inventory import EXPECTED_ON_SHELF, Inventory, InventoryNotFound, Range
from books_service.domain.stock.shelf_mark import shelf_mark_key
from books_service.domain.stock.stands import ON_SHELF, StandsWhy
from books_service.persistence.stock.copies import places_of, reported_of, stands_of
from books_service.persistence.stock.inventories import inventory_of
from books_service.persistence.tables import (
    HAS_FLOATED,
    books,
    circulation,
    copies,
    inventories,
    inventory_scans,
)
from shared.kernel.errors import refuses
from shared.kernel.from_attributes import from_attributes
from shared.persistence.database import Database

_AWAY = [each for each in Availability if each not in (Availability.AVAILABLE, Availability.REQUESTED)]
_MOST_LISTED = 1000  # copies of a list, where a whole inventory is shown


class InventoryQueries:
    """Compares what was scanned with what should stand there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @refuses(InventoryNotFound)
    async def inventory(self, inventory_id: UUID) -> InventoryView:
        """Return what was found so far, with the beginning of each list. Raises InventoryNotFound."""
        async with self._database.reading() as connection:
            inventory = await _found(connection, inventory_id)
            count = select(func.count()).where(inventory_scans.c.inventory_id == inventory_id)
            scanned = (await connection.execute(count)).scalar_one()
            lists = {
                name: await _copies(connection, _listed(inventory, name, after=None, limit=_MOST_LISTED + 1))
                for name in get_args(InventoryList)
            }
            strangers = list(await connection.scalars(_unknown(inventory_id).limit(_MOST_LISTED + 1)))
        return InventoryView(
            inventory_id=inventory.id,
            branch=inventory.range.branch,
            location=inventory.range.location,
            shelf_mark_from=inventory.range.shelf_mark_from,
            shelf_mark_to=inventory.range.shelf_mark_to,
            began_at=inventory.began_at,
            scanned=scanned,
            **{name: tuple(found[:_MOST_LISTED]) for name, found in lists.items()},
            unknown=tuple(strangers[:_MOST_LISTED]),
            complete=all(len(found) <= _MOST_LISTED for found in (*lists.values(), strangers)),
        )

    @refuses(InventoryNotFound)
    async def copies(
        self, inventory_id: UUID, listed: InventoryList, *, limit: int, after: ShelfPlace | None
    ) -> list[InventoryCopy]:
        """Return up to `limit` copies of a list behind a place. Raises InventoryNotFound."""
        async with self._database.reading() as connection:
            inventory = await _found(connection, inventory_id)
            return await _copies(connection, _listed(inventory, listed, after=after, limit=limit))

    @refuses(InventoryNotFound)
    async def unknown(self, inventory_id: UUID, *, limit: int, after: str | None) -> list[UnknownBarcode]:
        """Return up to `limit` barcodes of no copy behind one. Raises InventoryNotFound."""
        async with self._database.reading() as connection:
            query = _unknown((await _found(connection, inventory_id)).id)
            if after is not None:
                query = query.where(inventory_scans.c.barcode_key > after)
            return [UnknownBarcode(barcode) for barcode in await connection.scalars(query.limit(limit))]


async def _found(connection: AsyncConnection, inventory_id: UUID) -> Inventory:
    row = (await connection.execute(select(inventories).where(inventories.c.inventory_id == inventory_id))).first()
    if row is None:
        raise InventoryNotFound
    return inventory_of(row)


def _unknown(inventory_id: UUID) -> Select[Any]:
    theirs = inventory_scans.c.inventory_id == inventory_id
    return (
        select(inventory_scans.c.barcode)
        .where(theirs, inventory_scans.c.copy_id.is_(None))
        .order_by(inventory_scans.c.barcode_key)
    )


_FILED_BY = (copies.c.shelf_mark_key, copies.c.copy_id)
_LISTED = (
    select(
        *(column for column in copies.c if column.name != "barcode"),
        type_coerce(copies.c.barcode, String).label("barcode"),
        books.c.title,
        *(column for column in circulation.c if column.name not in ("copy_id", "sequence")),
    )
    .join_from(copies, books)
    .outerjoin(circulation, circulation.c.copy_id == copies.c.copy_id)
)
_HAS_LEFT = func.coalesce(and_(HAS_FLOATED, circulation.c.stands_branch != copies.c.branch), false())
"""It has floated out of the branch where it is at home."""


def _missing(shelves: Range, condition: ColumnElement[bool], after: ShelfPlace | None, limit: int) -> Select[Any]:
    """Return the statement that lists the copies that should be there: at home there, or floated in.

    Each kind is found by an index of its own, and read no further than the page goes.
    """
    home = and_(copies.c.branch == shelves.branch, ~_HAS_LEFT, *_in_location(shelves))
    kinds = [home] if shelves.location is not None else [home, _floated_into(shelves.branch)]
    parts = (
        _page(_LISTED.where(kind, condition, *_in_marks(shelves)), _FILED_BY, after, limit).subquery() for kind in kinds
    )
    together = union_all(*(select(part) for part in parts)).subquery()
    return select(together).order_by(together.c.shelf_mark_key, together.c.copy_id).limit(limit)


def _listed(inventory: Inventory, listed: InventoryList, *, after: ShelfPlace | None, limit: int) -> Select[Any]:
    """Return the statement that lists up to `limit` copies along the shelf, behind a place."""
    scanned = select(inventory_scans.c.copy_id).where(
        inventory_scans.c.inventory_id == inventory.id, inventory_scans.c.copy_id.is_not(None)
    )
    is_on_shelf = and_(copies.c.status.in_(EXPECTED_ON_SHELF), ~_is_away())
    if listed == "missing":
        unseen = and_(is_on_shelf, copies.c.copy_id.not_in(scanned))
        return _missing(inventory.range, unseen, after, limit)
    wrong = ~within(inventory.range) if listed == "misplaced" else ~is_on_shelf
    return _page(_LISTED.where(copies.c.copy_id.in_(scanned), wrong), _FILED_BY, after, limit)


def _page(query: Select[Any], filed_by: tuple[Any, ...], after: ShelfPlace | None, limit: int) -> Select[Any]:
    if after is not None:
        query = query.where(tuple_(*after, types=[column.type for column in filed_by]) < tuple_(*filed_by))
    return query.order_by(*filed_by).limit(limit)


def _is_away() -> ColumnElement[bool]:
    """Return the condition that a copy is on loan, on its way or on a hold shelf, whether or not for a hold."""
    availability = func.coalesce(circulation.c.availability, Availability.AVAILABLE.value)
    why = func.coalesce(circulation.c.stands_why, StandsWhy.HOME.value)
    return or_(availability.in_([each.value for each in _AWAY]), why.not_in([each.value for each in ON_SHELF]))


def within(shelves: Range) -> ColumnElement[bool]:
    """Return the condition that a copy belongs on these shelves: as `Range.holds`."""
    home = and_(copies.c.branch == shelves.branch, ~_HAS_LEFT, *_in_location(shelves))
    return and_(or_(home, func.coalesce(_floated_into(shelves.branch), false())), *_in_marks(shelves))


def _floated_into(branch: str) -> ColumnElement[bool]:
    return and_(HAS_FLOATED, circulation.c.stands_branch == branch, copies.c.branch != branch)


def _in_location(shelves: Range) -> list[ColumnElement[bool]]:
    return [] if shelves.location is None else [func.coalesce(copies.c.location, "") == shelves.location]


def _in_marks(shelves: Range) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if shelves.shelf_mark_from is not None:
        conditions.append(copies.c.shelf_mark_key >= shelf_mark_key(shelves.shelf_mark_from))
    if shelves.shelf_mark_to is not None:
        conditions.append(copies.c.shelf_mark_key <= shelf_mark_key(shelves.shelf_mark_to))
    return conditions


async def _copies(connection: AsyncConnection, query: Select[Any]) -> list[InventoryCopy]:
    found = []
    for row in await connection.execute(query):
        current = CopyAvailability.of(row.status, None if row.availability is None else reported_of(row))
        own, _ = places_of(row)
        found.append(
            from_attributes(
                row,
                InventoryCopy,
                branch=own.branch,
                location=own.location,
                availability=current.availability,
                stands=stands_of(row, current.stands),
            )
        )
    return found
