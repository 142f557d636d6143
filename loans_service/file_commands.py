"""The commands by which loans, holds and debts come in files, and everything leaves or comes."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import DBAPIError

from loans_service.adapters.moving_in.former_files import check, read_records
from loans_service.adapters.moving_in.whole_circulation import export_all, import_all
from loans_service.main import SERVICE, taking_in
from loans_service.settings import BackgroundSettings, WorkerSettings
from shared.command_line import FAILED, MISCONFIGURED, exit_with, load_or_exit
from shared.configuration import ConfigurationError
from shared.kernel.clock import SystemClock
from shared.kernel.errors import LibraryError
from shared.kernel.imports import Counts, FileRecord, ImportFile
from shared.persistence.database import Database
from shared.persistence.migrating.schema import SchemaNotCurrent, expect_current
from shared.service import opened_database

_PIECE = 256 * 1024
_TELLS_EVERY = 10_000  # records


def import_file(
    what: Annotated[str | None, typer.Argument(help="loans, holds or fines.")] = None,
    file: Annotated[
        Path | None, typer.Argument(help="JSON (an array, or an object a line) or CSV; - for standard input.")
    ] = None,
    everything: Annotated[
        Path | None, typer.Option("--all", help="Folder of `export --all`, for a database that is empty.")
    ] = None,
    *,
    format: Annotated[str | None, typer.Option(help="json or csv; by the name of the file if absent.")] = None,
    mapping: Annotated[
        str, typer.Option(help="JSON object: for a field of ours, the name of the file's column.")
    ] = "{}",
    dry_run: Annotated[bool, typer.Option(help="Say what would happen, and change nothing.")] = False,
) -> None:
    """Take in open loans, holds or debts that another system has kept; nobody is written to about the past.

    Books and members answer meanwhile, and know the copies and members. Loans come before holds and debts. A record
    that came before is left or revised: a file that broke off can be run again. What is wrong goes to standard error,
    a line a record, and so do limits that a record passes.
    """
    if everything is not None:
        _tell(_whole(lambda database: import_all(database, everything)), "Took in")
        return
    if what is None or file is None:
        exit_with("Say what to import and from which file, or with --all the folder of an export.", MISCONFIGURED)
    settings = load_or_exit(WorkerSettings, SERVICE.name, rabbitmq_url=None)
    chosen = format or ("csv" if file.suffix.casefold() in {".csv", ".tsv", ".txt"} else "json")
    columns = _columns(mapping)
    try:
        check(what, chosen, columns)
    except LibraryError as error:
        exit_with(error.detail, MISCONFIGURED)
    try:
        records = read_records(what, chosen, _pieces(file), columns)
        counts = asyncio.run(_import(settings, what, records, ImportFile(dry_run=dry_run)))
    except ConfigurationError as error:
        exit_with("\n".join(error.sentences), MISCONFIGURED)
    except LibraryError as error:
        exit_with(f"{error.detail} What was imported before stays; run it again.", FAILED)
    except (DBAPIError, OSError) as error:
        exit_with(f"The import broke off: {_reason_of(error)}. What was imported before stays; run it again.", FAILED)
    would = "Would have" if dry_run else "Have"
    typer.echo(
        f"Read {counts.read} records. {would} created {counts.created}, updated {counts.updated}, "
        f"left {counts.skipped} as they were; {counts.failed} failed."
    )
    if counts.failed:
        sys.exit(FAILED)


def export_everything(
    everything: Annotated[Path, typer.Option("--all", help="The folder to write; files are for their owner alone.")],
) -> None:
    """Write everything that lending keeps as JSON Lines, with a manifest of counts and digests."""
    now = SystemClock().now()
    _tell(_whole(lambda database: export_all(database, everything, version=SERVICE.version, now=now)), "Wrote")


def _whole(act: Callable[[Database], Awaitable[Mapping[str, int]]]) -> Mapping[str, int]:
    settings = load_or_exit(BackgroundSettings, SERVICE.name, rabbitmq_url=None)

    async def done() -> Mapping[str, int]:
        async with opened_database(SERVICE, settings) as database:
            await expect_current(database, SERVICE.package)
            return await act(database)

    try:
        return asyncio.run(done())
    except (LibraryError, SchemaNotCurrent) as error:
        exit_with(f"{error.detail if isinstance(error, LibraryError) else error} Nothing was changed.", FAILED)
    except (DBAPIError, OSError) as error:
        exit_with(f"It broke off: {_reason_of(error)}. Nothing was changed in the database.", FAILED)


def _tell(counts: Mapping[str, int], done: str) -> None:
    typer.echo(f"{done}: {', '.join(f'{count} {name}' for name, count in counts.items())}.", err=True)


def _reason_of(error: DBAPIError | OSError) -> str:
    return str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]


async def _import(
    settings: WorkerSettings, what: str, records: AsyncIterator[FileRecord[Any]], command: ImportFile
) -> Counts:
    counts = Counts()
    async with taking_in(settings) as take_in:
        async for batch in take_in[what](command, records):
            before = counts.read
            counts += batch.counts
            for error in batch.errors:
                called = f" ({error.identifier})" if error.identifier else ""
                typer.echo(f"record {error.record}{called}: {error.code}: {error.detail}", err=True)
            if counts.read // _TELLS_EVERY > before // _TELLS_EVERY:
                typer.echo(f"{counts.read} records", err=True)
    return counts


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    source = sys.stdin.buffer if str(file) == "-" else await asyncio.to_thread(file.open, "rb")
    with source:
        while piece := await asyncio.to_thread(source.read, _PIECE):
            yield piece


def _columns(text: str) -> dict[str, str]:
    try:
        columns = json.loads(text)
    except ValueError:
        columns = None
    if not isinstance(columns, dict) or not all(isinstance(name, str) for name in columns.values()):
        exit_with('--mapping is a JSON object of texts, such as {"card_number": "cardnumber"}.', MISCONFIGURED)
    return columns
