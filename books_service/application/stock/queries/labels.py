"""What is printed on the labels of copies, by one select."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from books_service.domain.stock.label import CopiesNotFound, CopyLabel
from books_service.persistence.tables import books, copies
from shared.kernel.errors import refuses
from shared.kernel.from_attributes import from_attributes
from shared.persistence.database import Database

_LABEL = select(
    copies.c.copy_id, copies.c.barcode, copies.c.shelf_mark, copies.c.volume, copies.c.branch, books.c.title
).join(books, books.c.book_id == copies.c.book_id)


class LabelQueries:
    """Fetches what labels say."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @refuses(CopiesNotFound)
    async def labels(self, copy_ids: Sequence[UUID]) -> list[CopyLabel]:
        """Return the labels in the order asked, as often as asked. Raises CopiesNotFound."""
        rows = await self._database.rows(_LABEL.where(copies.c.copy_id.in_(set(copy_ids))))
        found = {row.copy_id: from_attributes(row, CopyLabel, barcode=str(row.barcode)) for row in rows}
        missing = [copy_id for copy_id in dict.fromkeys(copy_ids) if copy_id not in found]
        if missing:
            raise CopiesNotFound(missing)
        return [found[copy_id] for copy_id in copy_ids]
