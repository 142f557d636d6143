"""The command by which loans, holds and debts come in files."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import DBAPIError

from loans_service.adapters.moving_in.former_files import check, read_records
from loans_service.main import taking_in
from loans_service.settings import WorkerSettings
from shared.command_line import FAILED, MISCONFIGURED, exit_with, load_or_exit
from shared.configuration import ConfigurationError
from shared.kernel.errors import LibraryError
from shared.kernel.imports import Counts, FileRecord, ImportFile

_PIECE = 256 * 1024
_TELLS_EVERY = 10_000  # records


def import_file(
    what: Annotated[str, typer.Argument(help="loans, holds or fines.")],
    file: Annotated[Path, typer.Argument(help="JSON (an array, or an object a line) or CSV; - for standard input.")],
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
    settings = load_or_exit(WorkerSettings, "loans", rabbitmq_url=None)
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
        reason = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
        exit_with(f"The import broke off: {reason}. What was imported before stays; run it again.", FAILED)
    would = "Would have" if dry_run else "Have"
    typer.echo(
        f"Read {counts.read} records. {would} created {counts.created}, updated {counts.updated}, "
        f"left {counts.skipped} as they were; {counts.failed} failed."
    )
    if counts.failed:
        sys.exit(FAILED)


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
