"""Which copies are of which volume, and where they belong, as books last told."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import or_, select, true

from loans_service.domain.circulating_copy import CirculatingCopy, CopyStatus
from loans_service.persistence.tables import reported_copies
from shared.persistence.lists import for_both, insert_for, rows_of
from shared.persistence.statements import Runs

_COLUMNS = ("copy_id", "book_id", "branch", "item_type", "status", "sequence", "volume_key", "location")
_NOTED = ("volume_key", "location")


def _noting(dialect: str) -> Any:
    """Return the statement that notes these; a report of a copy leaves its volume as it is."""
    rows = rows_of([reported_copies.c[name] for name in _COLUMNS], dialect)
    new = insert_for(dialect)(reported_copies).from_select([*_COLUMNS], select(rows).where(true()))
    return new.on_conflict_do_update(
        index_elements=["copy_id"],
        set_={name: new.excluded[name] for name in _NOTED},
        where=or_(*(reported_copies.c[name].is_distinct_from(new.excluded[name]) for name in _NOTED)),
    )


_NOTE = for_both(_noting)


class CopyVolumes:
    """Notes the volumes and locations of copies that books lends, by which a scanned one is known to fill a hold."""

    def __init__(self, run: Runs) -> None:
        self._run = run

    async def note(self, copies: Collection[CirculatingCopy], *, locations: bool) -> None:
        """Note this of the copies, if any has a volume, or a location and `locations` matter. Lock their book."""
        if not any(copy.volume_key or (locations and copy.location) for copy in copies):
            return
        rows = (
            (
                copy.copy_id,
                copy.book_id,
                copy.home_branch,
                copy.item_type,
                CopyStatus.IN_SERVICE.value,
                0,
                copy.volume_key,
                copy.location,
            )
            for copy in copies
        )
        await self._run(_NOTE, **dict(zip(_COLUMNS, map(list, zip(*rows, strict=True)), strict=True)))
