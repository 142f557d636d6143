"""The command line of the books service."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, NoReturn
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import DBAPIError

from books_service.application.catalogue.views import NOTHING_YET, Counts, RecordError
from books_service.application.exchange.export_books import export_books, writer_of
from books_service.application.exchange.import_books import FileUnusable, import_books
from books_service.application.exchange.start_import import DEFAULT_SPLIT, reading_options
from books_service.application.ports import BookRecords, Ports, ReadingOptions, RecordWriter
from books_service.domain.catalogue.record import BookRecord
from books_service.main import SERVICE, create_app, create_worker, database_of, finish_migration, opened
from books_service.settings import Settings
from shared.command_line import FAILED, MISCONFIGURED, load_or_exit, service_commands
from shared.kernel.errors import LibraryError
from shared.persistence.schema import SchemaNotCurrent, expect_current
from shared.service import opened_database
from shared.web import serving
from shared.web.documents.operations import operations

_PIECE = 256 * 1024
_TELLS_EVERY = 10_000  # records, where there is no terminal for a bar
_SUFFIXES = {
    "csv": "csv",
    "tsv": "csv",
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
    "yaml": "yaml",
    "yml": "yaml",
}
_SUFFIXES |= {"xml": "marcxml", "marcxml": "marcxml"}
_SUFFIXES |= dict.fromkeys(("mrc", "marc", "iso2709", "dat"), "marc")
_FORMAT = "csv, json, marc, marcxml or yaml; told from the file's name if not given."
_STANDARD = Path("-")

commands = service_commands(
    service=SERVICE.name,
    settings=Settings,
    background=Settings,
    create_app=create_app,
    create_worker=create_worker,
    package=SERVICE.package,
    database_of=database_of,
    serve_app=serving.run,
    operations=operations,
    finish_migration=finish_migration,
    port=8001,
    version=SERVICE.version,
)


@commands.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="The file; - for standard input.")],
    format: Annotated[str | None, typer.Option(help=_FORMAT)] = None,
    map: Annotated[  # noqa: A002 - the option's name
        list[str] | None, typer.Option(metavar="FIELD=COLUMN", help="A field of ours, and the file's name for it.")
    ] = None,
    split_authors: Annotated[str, typer.Option(help="What stands between two authors.")] = DEFAULT_SPLIT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report what would happen, and change nothing.")] = False,
) -> None:
    """Import books from a file. The same file again changes nothing.

    Records that cannot be read or hold impossible values are reported one by one and stop nothing: the exit code is 0.
    """
    settings = load_or_exit(Settings, SERVICE.name, rabbitmq_url=None)  # what happened waits in the outbox
    if file != _STANDARD and (file.is_dir() or not file.exists()):
        _end(f"There is no file {file}.", MISCONFIGURED)
    command = _ImportCommand(file, _format_of(file, format), _columns(map or []), split_authors, dry_run)
    with _failures_told("The import broke off: {}. What was imported before stays; it can be run again."):
        asyncio.run(_import(settings, command))


@commands.command("export")
def export_file(
    file: Annotated[
        Path, typer.Argument(dir_okay=False, allow_dash=True, help="The file; - for standard output.")
    ] = _STANDARD,
    format: Annotated[str | None, typer.Option(help=_FORMAT)] = None,
) -> None:
    """Export the catalogue. The file is there when it is complete, and not before."""
    settings = load_or_exit(Settings, SERVICE.name, rabbitmq_url=None)  # what happened waits in the outbox
    with _failures_told("The export broke off: {}."):
        asyncio.run(_export(settings, file, _format_of(file, format)))


def _format_of(file: Path, given: str | None) -> str:
    told = given or _SUFFIXES.get(file.suffix.lower().removeprefix("."))
    return told or _end(f"The format of {file} cannot be told from its name: say --format.", MISCONFIGURED)


@contextmanager
def _failures_told(broken_off: str) -> Iterator[None]:
    """End the process with a sentence where the work inside the block fails."""
    try:
        yield
    except FileUnusable as error:
        _end(error.detail, FAILED)
    except LibraryError as error:
        _end(error.detail, MISCONFIGURED)
    except SchemaNotCurrent as error:
        _end(str(error), FAILED)
    except BrokenPipeError:  # whoever reads has had enough; nothing more can be written, not even at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except (DBAPIError, OSError) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
        _end(broken_off.format(reason), FAILED)


@dataclass(frozen=True, slots=True)
class _ImportCommand:
    file: Path
    format: str
    columns: Mapping[str, str]
    split_authors: str
    dry_run: bool


def _columns(pairs: list[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in pairs:
        field, separator, column = pair.partition("=")
        if not separator or not column.strip():
            _end(f"--map {pair} cannot be read: write FIELD=COLUMN.", MISCONFIGURED)
        columns[field.strip()] = column.strip()
    return columns


async def _check_schema(settings: Settings) -> None:
    async with opened_database(SERVICE, settings) as database:
        await expect_current(database, SERVICE.package)


async def _import(settings: Settings, command: _ImportCommand) -> None:
    await _check_schema(settings)
    async with opened(settings) as ports:
        options = reading_options(command.format, command.columns, command.split_authors, readers=ports.readers)
        if command.file.is_file():
            await _read_in(
                command, options, ports, lambda: _pieces_of(command.file.open("rb")), command.file.stat().st_size
            )
            return
        async with ports.spool() as spool:  # what comes in once is read twice
            size = 0
            async for piece in _pieces_of(sys.stdin.buffer if command.file == _STANDARD else command.file.open("rb")):
                await spool.write(piece)
                size += len(piece)
            await _read_in(command, options, ports, spool.read, size)


async def _pieces_of(content: IO[bytes]) -> AsyncIterator[bytes]:
    with content:
        while piece := await asyncio.to_thread(content.read, _PIECE):
            yield piece


async def _read_in(
    command: _ImportCommand,
    options: ReadingOptions,
    ports: Ports,
    content: Callable[[], AsyncIterator[bytes]],
    size: int,
) -> None:
    counts, errors = NOTHING_YET, 0
    with _bar(command.file.name, 2 * size) as (progress, task):

        async def pieces() -> AsyncIterator[bytes]:
            async for piece in content():
                yield piece
                progress.advance(task, len(piece))

        batches = import_books(
            lambda: ports.readers[command.format](pieces(), options),
            unit_of_work=lambda: ports.unit_of_work(None),
            clock=ports.clock,
            dry_run=command.dry_run,
        )
        async for batch in batches:
            counts += batch.counts
            errors += len(batch.errors)
            for error in batch.errors:
                typer.echo(_line(error))
            _tell(progress, task, command.file.name, counts.read, before=counts.read - batch.counts.read)
    typer.echo(_summary(command, counts, errors))


@contextmanager
def _bar(name: str, total: int | None) -> Iterator[tuple[Progress, TaskID]]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress, progress.add_task(name, total=total)


def _tell(progress: Progress, task: TaskID, name: str, records: int, *, before: int) -> None:
    told = f"{name}: {records} records"
    progress.update(task, description=told)
    if progress.disable and records // _TELLS_EVERY > before // _TELLS_EVERY:
        typer.echo(told, err=True)


def _line(error: RecordError) -> str:
    named = "" if error.identifier is None else f" ({error.identifier})"
    return f"record {error.record}{named}: {error.code}: {error.detail}"


def _summary(command: _ImportCommand, counts: Counts, errors: int) -> str:
    return (
        f"{command.file.name}: {counts.read} read, {counts.created} created, {counts.updated} updated, "
        f"{counts.skipped} skipped, {counts.failed} failed, {errors} errors"
        + (" (dry run: nothing was changed)" if command.dry_run else "")
    )


async def _export(settings: Settings, file: Path, format: str) -> None:
    await _check_schema(settings)
    async with opened(settings) as ports:
        writer = writer_of(format, writers=ports.writers)
        if file == _STANDARD:
            await _write_out(writer, ports.records, sys.stdout.buffer, "standard output")
            return
        unfinished = file.with_name(f"{file.name}.part")
        try:
            with unfinished.open("wb") as target:
                await _write_out(writer, ports.records, target, file.name)
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)


async def _write_out(writer: RecordWriter, records: BookRecords, target: IO[bytes], name: str) -> None:
    counting = _Counting(records)
    with _bar(name, None) as (progress, task):
        async for piece in export_books(writer, records=counting):
            await asyncio.to_thread(target.write, piece)
            progress.advance(task, len(piece))
            _tell(progress, task, name, counting.count, before=counting.before)
        await asyncio.to_thread(target.flush)
    typer.echo(f"{name}: {counting.count} books", err=True)


class _Counting:
    """Counts the records that go through it."""

    def __init__(self, records: BookRecords) -> None:
        self._records = records
        self.before = self.count = 0

    async def behind(self, book_id: UUID | None, *, limit: int) -> Sequence[tuple[UUID, BookRecord]]:
        found = await self._records.behind(book_id, limit=limit)
        self.before, self.count = self.count, self.count + len(found)
        return found


def _end(sentences: str, code: int) -> NoReturn:
    typer.echo(sentences, err=True)
    sys.exit(code)


if __name__ == "__main__":
    commands()
