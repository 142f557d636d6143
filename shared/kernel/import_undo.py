"""Taking back what an import did, as long as nothing hangs on it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from uuid import UUID

from shared.kernel.clock import Clock
from shared.kernel.errors import Conflict, Refused, refuses
from shared.kernel.ids import new_id
from shared.kernel.imports import ImportJob, ImportJobs, ImportNotes, ImportNotFound, ImportView
from shared.kernel.receipts import Receipt


class ImportNotEnded(Conflict):
    """The import still goes on."""

    code = "import-not-ended"
    detail = "This import has not ended yet. Undo it once its state is done or failed."


class ImportNotUndoable(Refused):
    """Nobody knows what the import did."""

    code = "import-not-undoable"
    detail = (
        "Nobody knows what this import changed: it was dry, an undo, of an older release, or of a kind that is not "
        "undone."
    )


class ChangedSinceImport(Refused):
    """Somebody changed it after the import."""

    code = "changed-since-import"

    def __init__(self, fields: Sequence[str] = ()) -> None:
        what = ", ".join(fields) or "This"
        super().__init__(f"{what} changed here after the import, and stays as it is.")


@dataclass(frozen=True, slots=True)
class ImportedChange:
    """What an import did to one thing: `made` it, or gave its `fields` other values than before, as JSON values.

    The thing had this `version` afterwards.
    """

    kind: str
    thing_id: str
    version: int
    made: bool = False
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict[str, tuple[Any, Any]])

    def going_back(self, here: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Return the values that fields had before, and the names of those that somebody changed since."""
        back = {name: before for name, (before, after) in self.fields.items() if here.get(name) == after != before}
        since = [name for name, pair in self.fields.items() if here.get(name) not in pair]
        return back, since


@dataclass(frozen=True, slots=True)
class ImportedBatch:
    """What a batch of an import changed, in its order, and what else the service wants to know of it."""

    number: int
    changes: Sequence[ImportedChange]
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])


class ImportedChanges(ImportNotes, Protocol):
    """What imports changed, read and written in the service's own transaction."""

    async def keep(self, changes: Sequence[ImportedChange], more: Mapping[str, Any], *, behind: bool = False) -> None:
        """Store what the batch that was noted changed; nothing outside of an import, or for an undo.

        `behind` all batches of records lie changes that were made once the whole file was read.
        """
        ...

    async def last(self, job: ImportJob, *, below: int | None) -> ImportedBatch | None:
        """Return the last batch below this number of the import that `job` undoes, if `job` has not met it yet."""
        ...

    async def leave(self, job: ImportJob, batch: ImportedBatch, *, is_met: bool = True) -> None:
        """Store what is left of a batch after `job` has met it, or a part of it; nothing at all of an empty one."""
        ...

    async def drop(self, job: ImportJob) -> None:
        """Keep nothing more of the import that `job` undoes."""
        ...

    async def drop_naming(self, thing_id: UUID) -> None:
        """Drop what was changed behind the records of any file, where it names this thing."""
        ...


@dataclass(frozen=True, slots=True)
class Undo:
    """Undo this import; a dry run tells what would go back."""

    import_id: UUID
    dry_run: bool = False
    by: str | None = None


@refuses(ImportNotFound, ImportNotEnded, ImportNotUndoable)
@dataclass(frozen=True, slots=True)
class UndoImport:
    """Queue the undoing of an import; it is an import itself, whose address says how far it has come.

    - What the import made goes, if nobody changed it since and it has no past; what it changed says again what it said
      before, field by field, where nobody changed that since.
    - What stays is counted as failed, with the reason. `updated` went back, `skipped` was gone already.
    - Undone once, an import is not undone again; what stayed is tried again by another undo.
    """

    jobs: ImportJobs
    clock: Clock
    refusal: type[Refused] = ImportNotUndoable

    async def __call__(self, command: Undo, receipt: Receipt | None = None) -> ImportView:
        """Return the queued undo, or the one that there is already."""
        undone = await self.jobs.kept(command.import_id)
        if undone.state in ("queued", "running"):
            raise ImportNotEnded
        earlier = None if command.dry_run else await self.jobs.undo_of(command.import_id)
        if earlier is not None and (earlier.state in ("queued", "running") or not undone.is_kept):
            return earlier
        if not undone.is_kept and not undone.did_nothing:
            raise self.refusal
        job = replace(
            undone.job,
            import_id=new_id(),
            dry_run=command.dry_run,
            created_at=self.clock.now(),
            by=command.by,
            undoes=command.import_id,
        )
        return await self.jobs.add(job, _nothing(), receipt=receipt)


async def _nothing() -> AsyncIterator[bytes]:
    none: tuple[bytes, ...] = ()
    for piece in none:
        yield piece
