"""Which copies are of which volume, as books last told."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select, true

from loans_service.domain.circulating_copy import CirculatingCopy, CopyStatus
from loans_service.persistence.tables import reported_copies
from shared.persistence.lists import for_both, insert_for, rows_of
from shared.persistence.statements import Runs

_COLUMNS = ("copy_id", "book_id", "branch", "item_type", "status", "sequence", "volume_key")


def _noting(dialect: str) -> Any:
    """Return the statement that notes volumes; a report of a copy leaves its volume as it is."""
    rows = rows_of([reported_copies.c[name] for name in _COLUMNS], dialect)
    new = insert_for(dialect)(reported_copies).from_select([*_COLUMNS], select(rows).where(true()))
    return new.on_conflict_do_update(
        index_elements=["copy_id"],
        set_={"volume_key": new.excluded.volume_key},
        where=reported_copies.c.volume_key.is_distinct_from(new.excluded.volume_key),
    )


_NOTE = for_both(_noting)


class CopyVolumes:
    """Notes the volumes of copies that books lends, by which a scanned copy is known to fill a hold."""

    def __init__(self, run: Runs) -> None:
        self._run = run

    async def note(self, copies: Collection[CirculatingCopy]) -> None:
        """Note the volumes of these copies, if any has one. Their book must be locked."""
        if not any(copy.volume_key for copy in copies):
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
            )
            for copy in copies
        )
        await self._run(_NOTE, **dict(zip(_COLUMNS, map(list, zip(*rows, strict=True)), strict=True)))
