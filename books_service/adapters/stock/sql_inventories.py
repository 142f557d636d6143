"""Stocktaking on tables: what was scanned is compared with what should stand there by one statement a list."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, func, insert, select, tuple_, type_coerce
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from books_service.adapters.sql_tables import books, circulation, copies, inventories, inventory_scans
from books_service.application.stock.inventory.views import (
    InventoryCopy,
    InventoryList,
    InventoryView,
    Scanned,
    ShelfPlace,
    UnknownBarcode,
)
from books_service.domain.stock.availability import Availability, CopyAvailability
from books_service.domain.stock.barcode import barcode_key
from books_service.domain.stock.copy import shelf_mark_key
from books_service.domain.stock.inventory import EXPECTED_ON_SHELF, Inventory, InventoryNotFound, Range
from shared.persistence.database import Database

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_AWAY = [each for each in Availability if each not in (Availability.AVAILABLE, Availability.REQUESTED)]
_MOST_LISTED = 1000  # copies of a list, where a whole inventory is shown


class SqlInventories:
    """Implements `ports.Inventories`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, inventory: Inventory) -> None:
        row = {
            "inventory_id": inventory.id,
            "branch": inventory.range.branch,
            "location": inventory.range.location,
            "shelf_mark_from": inventory.range.shelf_mark_from,
            "shelf_mark_to": inventory.range.shelf_mark_to,
            "began_at": inventory.began_at,
            "by": inventory.by,
        }
        await self._session.execute(insert(inventories), row)

    async def get(self, inventory_id: UUID) -> Inventory:
        row = (
            await self._session.execute(select(inventories).where(inventories.c.inventory_id == inventory_id))
        ).first()
        if row is None:
            raise InventoryNotFound
        return _inventory(row)

    async def note(self, inventory_id: UUID, scans: Sequence[Scanned]) -> int:
        rows = [
            {
                "inventory_id": inventory_id,
                "barcode_key": barcode_key(scan.barcode)[:64],
                "barcode": scan.barcode,
                "copy_id": scan.copy_id,
                "at": scan.at,
            }
            for scan in sorted(scans, key=lambda scan: barcode_key(scan.barcode))
        ]
        if rows:
            statement = _INSERT[self._session.get_bind().dialect.name](inventory_scans)
            await self._session.execute(statement.on_conflict_do_nothing(), rows)
        count = select(func.count()).where(inventory_scans.c.inventory_id == inventory_id)
        return await self._session.scalar(count) or 0


class SqlInventoryViews:
    """Implements `ports.InventoryViews`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def inventory(self, inventory_id: UUID) -> InventoryView:
        async with self._database.reading() as connection:
            inventory = await _found(connection, inventory_id)
            count = select(func.count()).where(inventory_scans.c.inventory_id == inventory_id)
            scanned = (await connection.execute(count)).scalar_one()
            lists = {
                name: await _copies(connection, query.limit(_MOST_LISTED + 1))
                for name, query in _lists(inventory).items()
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

    async def copies(
        self, inventory_id: UUID, listed: InventoryList, *, limit: int, after: ShelfPlace | None
    ) -> list[InventoryCopy]:
        async with self._database.reading() as connection:
            query = _lists(await _found(connection, inventory_id))[listed]
            if after is not None:
                query = query.where(tuple_(*after, types=[column.type for column in _FILED_BY]) < tuple_(*_FILED_BY))
            return await _copies(connection, query.limit(limit))

    async def unknown(self, inventory_id: UUID, *, limit: int, after: str | None) -> list[UnknownBarcode]:
        async with self._database.reading() as connection:
            query = _unknown((await _found(connection, inventory_id)).id)
            if after is not None:
                query = query.where(inventory_scans.c.barcode_key > after)
            return [UnknownBarcode(barcode) for barcode in await connection.scalars(query.limit(limit))]


async def _found(connection: AsyncConnection, inventory_id: UUID) -> Inventory:
    row = (await connection.execute(select(inventories).where(inventories.c.inventory_id == inventory_id))).first()
    if row is None:
        raise InventoryNotFound
    return _inventory(row)


def _unknown(inventory_id: UUID) -> Select[Any]:
    theirs = inventory_scans.c.inventory_id == inventory_id
    return (
        select(inventory_scans.c.barcode)
        .where(theirs, inventory_scans.c.copy_id.is_(None))
        .order_by(inventory_scans.c.barcode_key)
    )


def _inventory(row: Any) -> Inventory:
    shelves = Range(row.branch, row.location, row.shelf_mark_from, row.shelf_mark_to)
    return Inventory(row.inventory_id, shelves, row.began_at, row.by)


_FILED_BY = (copies.c.shelf_mark_key, copies.c.copy_id)
_LISTED = (
    select(
        copies.c.copy_id,
        type_coerce(copies.c.barcode, String).label("barcode"),
        books.c.title,
        copies.c.branch,
        copies.c.location,
        copies.c.shelf_mark,
        copies.c.status,
        circulation.c.availability,
    )
    .join_from(copies, books)
    .outerjoin(circulation, circulation.c.copy_id == copies.c.copy_id)
    .order_by(*_FILED_BY)
)


def _lists(inventory: Inventory) -> dict[str, Select[Any]]:
    scanned = select(inventory_scans.c.copy_id).where(
        inventory_scans.c.inventory_id == inventory.id, inventory_scans.c.copy_id.is_not(None)
    )
    belongs = within(inventory.range)
    is_on_shelf = and_(copies.c.status.in_(EXPECTED_ON_SHELF), ~_is_away())
    return {
        "missing": _LISTED.where(belongs, is_on_shelf, copies.c.copy_id.not_in(scanned)),
        "misplaced": _LISTED.where(copies.c.copy_id.in_(scanned), ~belongs),
        "wrong_status": _LISTED.where(copies.c.copy_id.in_(scanned), ~is_on_shelf),
    }


def _is_away() -> ColumnElement[bool]:
    return func.coalesce(circulation.c.availability, Availability.AVAILABLE.value).in_([each.value for each in _AWAY])


def within(shelves: Range) -> ColumnElement[bool]:
    """Return the condition that a copy belongs on these shelves."""
    conditions: list[ColumnElement[bool]] = [copies.c.branch == shelves.branch]
    if shelves.location is not None:
        conditions.append(func.coalesce(copies.c.location, "") == shelves.location)
    if shelves.shelf_mark_from is not None:
        conditions.append(copies.c.shelf_mark_key >= shelf_mark_key(shelves.shelf_mark_from))
    if shelves.shelf_mark_to is not None:
        conditions.append(copies.c.shelf_mark_key <= shelf_mark_key(shelves.shelf_mark_to))
    return and_(*conditions)


async def _copies(connection: AsyncConnection, query: Select[Any]) -> list[InventoryCopy]:
    found = []
    for row in await connection.execute(query):
        reported = None if row.availability is None else CopyAvailability(row.availability)
        seen = CopyAvailability.of(row.status, reported).availability
        found.append(
            InventoryCopy(
                row.copy_id, row.barcode, row.title, row.branch, row.location, row.shelf_mark, row.status, seen
            )
        )
    return found
