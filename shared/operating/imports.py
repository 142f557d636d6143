"""The command that lists the imports of a service, and what was wrong with the records of one."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, fields
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import typer

from shared.command_line import exit_on_failure, load_or_exit
from shared.kernel.clock import SystemClock
from shared.kernel.file_records import RecordError
from shared.kernel.imports import ImportJobs, ImportState, ImportSummary
from shared.operating.file_commands import quiet_on_broken_pipe
from shared.persistence.imports import ImportTables, SqlImportJobs
from shared.persistence.migrating.schema import expect_current
from shared.service import Service, opened_database
from shared.service.settings import OwnSettings

_MOST = 1000
_Found = tuple[Sequence[ImportSummary], Sequence[RecordError]]


def add_imports(commands: typer.Typer, service: Service, *, settings: type[OwnSettings], tables: ImportTables) -> None:
    """Add `imports` to the commands of a service."""

    @commands.command("imports")
    def imports(
        import_id: Annotated[UUID | None, typer.Argument(help="Of this import, with all that was wrong.")] = None,
        *,
        state: Annotated[ImportState | None, typer.Option(help="Only those in this state.")] = None,
        limit: Annotated[int, typer.Option(min=1, max=_MOST, help="How many at most.")] = 20,
        as_json: Annotated[bool, typer.Option("--json", help="An object a line, as over HTTP.")] = False,
    ) -> None:
        """List the files that were handed in over HTTP, newest first, and how far each has come."""
        chosen = load_or_exit(settings, service.name, rabbitmq_url=None)
        with exit_on_failure("The imports cannot be read: {}."), quiet_on_broken_pipe():
            look = partial(_newest, state, limit) if import_id is None else partial(_one, import_id)
            found, errors = asyncio.run(_read(service, chosen, tables, look))
            for one in found:
                typer.echo(json.dumps(asdict(one), default=str) if as_json else _line(one))
            for error in errors:
                typer.echo(json.dumps(asdict(error)) if as_json else _fault(error))


async def _read(
    service: Service, settings: OwnSettings, tables: ImportTables, look: Callable[[ImportJobs], Awaitable[_Found]]
) -> _Found:
    async with opened_database(service, settings) as database:
        await expect_current(database, service.package)
        return await look(SqlImportJobs(database, tables, service.tables, clock=SystemClock(), on_commit=_nobody_waits))


async def _one(import_id: UUID, jobs: ImportJobs) -> _Found:
    """Return an import with all its errors. Raises ImportNotFound."""
    errors, more = list[RecordError](), True
    while more:
        view, more = await jobs.view(import_id, after_error=len(errors))
        errors += view.errors
    return (ImportSummary(**{each.name: getattr(view, each.name) for each in fields(ImportSummary)}),), errors


async def _newest(state: ImportState | None, limit: int, jobs: ImportJobs) -> _Found:
    return await jobs.newest(state, before=None, limit=limit), ()


def _nobody_waits() -> None:
    """Nothing is queued here."""


def _line(one: ImportSummary) -> str:
    counts = ", ".join(f"{name} {getattr(one, name)}" for name in ("read", "created", "updated", "skipped", "failed"))
    about: dict[str, Any] = {"dry run": one.dry_run, f"undoes {one.undoes}": one.undoes}
    more = "".join(f", {words}" for words, is_so in about.items() if is_so)
    return f"{one.created_at:%Y-%m-%d %H:%M}  {one.import_id}  {one.state}  {one.what} ({one.format}{more}): {counts}"


def _fault(error: RecordError) -> str:
    who = "" if error.identifier is None else f" ({error.identifier})"
    return f"record {error.record}{who}: {error.code}: {error.detail}"
