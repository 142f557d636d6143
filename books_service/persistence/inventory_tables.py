"""The tables of stocktaking."""

from sqlalchemy import Column, ForeignKey, String, Table, Uuid

from books_service.domain.stock.barcode import LONGEST_BARCODE
from books_service.domain.stock.branch import LONGEST_CODE
from books_service.domain.stock.copy_facts import LONGEST_NOTE
from books_service.persistence.metadata import LONGEST_ACTOR, metadata
from shared.persistence.types import UtcDateTime

inventories = Table(
    "inventories",
    metadata,
    Column("inventory_id", Uuid, primary_key=True),
    Column("branch", String(LONGEST_CODE), ForeignKey("branches.code"), nullable=False),
    Column("location", String(LONGEST_CODE)),
    Column("shelf_mark_from", String(LONGEST_NOTE)),
    Column("shelf_mark_to", String(LONGEST_NOTE)),
    Column("began_at", UtcDateTime, nullable=False),
    Column("by", String(LONGEST_ACTOR)),
)

inventory_scans = Table(
    "inventory_scans",
    metadata,
    Column("inventory_id", Uuid, ForeignKey(inventories.c.inventory_id), primary_key=True),
    Column("barcode_key", String(LONGEST_BARCODE), primary_key=True),
    Column("barcode", String(LONGEST_BARCODE), nullable=False),
    Column("copy_id", Uuid, index=True),
    Column("at", UtcDateTime, nullable=False),
)
