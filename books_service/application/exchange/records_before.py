"""Which of the records of a batch came before, and what they became."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from books_service.domain.exchange.came_before import CameBefore
from books_service.persistence.exchange.imported_records import ImportedRecords

Digests = Mapping[str, str]
"""Digests of what a record says, by field."""


class RecordsBefore:
    """What the records of one batch became when they came before; `look_up` reads it. A dry run stores nothing."""

    def __init__(self, records: ImportedRecords, *, dry_run: bool) -> None:
        self._records = records
        self._dry_run = dry_run
        self._found: dict[str, list[CameBefore]] = {}
        self._unchanged: set[UUID] = set()

    async def look_up(self, batch: Iterable[tuple[Sequence[str], Digests]]) -> set[UUID]:
        """Look up records by their names; return the ids of all that they may have become."""
        requested = list(batch)
        names = {name for names, _ in requested for name in names}
        self._found = {name: list(rows) for name, rows in (await self._records.came_before(names)).items()}
        self._unchanged = {
            row.thing_id for names, digests in requested for row in self.rows(names) if row.digests == digests
        }
        return {row.thing_id for rows in self._found.values() for row in rows}

    def of(
        self,
        names: Sequence[str],
        digests: Digests,
        *,
        is_taken: Callable[[UUID], bool] = lambda _: False,
        stands: Callable[[UUID], bool] = lambda _: True,
    ) -> CameBefore | None:
        """Return what a record became: the one that said the very same, else one that no other record stands for.

        Of several, one that still `stands` is preferred.
        """
        rows = sorted(self.rows(names), key=lambda row: not stands(row.thing_id))
        exact = next((row for row in rows if row.digests == digests), None)
        free = (row for row in rows if row.thing_id not in self._unchanged and not is_taken(row.thing_id))
        return exact or next(free, None)

    def note(self, names: Collection[str], digests: Digests, thing_id: UUID) -> None:
        """Remember what a record became, and what it said."""
        row = CameBefore(thing_id, dict(digests))
        if not self._dry_run:
            self._records.note(names, row)
        for name in names:
            others = [one for one in self._found.get(name, ()) if one.thing_id != thing_id]
            self._found[name] = [row, *others]

    def rows(self, names: Iterable[str]) -> Iterator[CameBefore]:
        """Return what came before under these names, each thing once, by the best of them."""
        seen: set[UUID] = set()
        for name in names:
            for row in self._found.get(name, ()):
                if row.thing_id not in seen:
                    seen.add(row.thing_id)
                    yield row
