"""The counts of shelves, and what was scanned there."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.domain.stock.barcode import barcode_key
from books_service.domain.stock.inventory import Inventory, InventoryNotFound, Range, Scanned
from books_service.persistence.inventory_tables import inventories, inventory_scans

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Inventories:
    """The counts of shelves."""

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
        """Raises InventoryNotFound."""
        row = (
            await self._session.execute(select(inventories).where(inventories.c.inventory_id == inventory_id))
        ).first()
        if row is None:
            raise InventoryNotFound
        return inventory_of(row)

    async def note(self, inventory_id: UUID, scans: Sequence[Scanned]) -> int:
        """Note what was scanned, each barcode once; return how many there are now."""
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


def inventory_of(row: Any) -> Inventory:
    """Return the inventory that a row shows."""
    shelves = Range(row.branch, row.location, row.shelf_mark_from, row.shelf_mark_to)
    return Inventory(row.inventory_id, shelves, row.began_at, row.by)
