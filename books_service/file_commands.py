"""The commands by which books and copies come and leave in files, and everything leaves or comes."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from books_service.adapters.exchange.sql_export import CountedRecords
from books_service.adapters.exchange.whole_catalogue import export_all, import_all
from books_service.application.exchange.bring_books import BookFile
from books_service.application.exchange.ports import ReadingOptions
from books_service.application.exchange.start_import import BOOKS, COPIES, DEFAULT_SPLIT, UploadedFile
from books_service.application.exchange.use_cases import ExchangeUseCases
from books_service.application.exchange.views import NOTHING_YET, Counts
from books_service.settings import Settings
from books_service.wiring.commands import opened
from books_service.wiring.service import SERVICE
from shared.command_line import FAILED, MISCONFIGURED, exit_with, failures_told, load_or_exit
from shared.kernel.clock import SystemClock
from shared.kernel.errors import LibraryError
from shared.kernel.file_records import FileUnusable, in_all
from shared.operating.file_commands import STAYS, end_import, in_a_line, move_everything, pieces_of, tell_left_out
from shared.persistence.migrating.schema import expect_current
from shared.record_files.spool import FileSpool
from shared.service import opened_database

_TELLS_EVERY = 10_000  # records, where there is no terminal for a bar
_SUFFIXES = {"csv": "csv", "tsv": "csv", "xml": "marcxml", "marcxml": "marcxml", "yaml": "yaml", "yml": "yaml"}
_SUFFIXES |= dict.fromkeys(("json", "jsonl", "ndjson"), "json")
_SUFFIXES |= dict.fromkeys(("mrc", "marc", "iso2709", "dat"), "marc")
_FORMAT = "csv, json, marc, marcxml or yaml; told from the file's name if not given."
_STANDARD = Path("-")


def import_file(
    file: Annotated[Path, typer.Argument(help="The file; - for standard input.")] = _STANDARD,
    *,
    format: Annotated[str | None, typer.Option(help=_FORMAT)] = None,
    map: Annotated[  # noqa: A002 - the option's name
        list[str] | None, typer.Option(metavar="FIELD=COLUMN", help="A field of ours, and the file's name for it.")
    ] = None,
    split_authors: Annotated[str, typer.Option(help="What stands between two authors.")] = DEFAULT_SPLIT,
    items: Annotated[
        str, typer.Option(metavar="JSON", help="For MARC: for a tag, the subfields of a copy's fields.")
    ] = "{}",
    what: Annotated[str, typer.Option(help="books with their copies, or copies alone.")] = BOOKS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report what would happen, and change nothing.")] = False,
    whole: Annotated[Path | None, typer.Option("--all", metavar="FOLDER", help="What `export --all` wrote.")] = None,
) -> None:
    """Import books with their copies from a file, or copies alone. The same file again changes nothing.

    With `--all`, everything that an export of the whole service wrote, into an empty database.

    What is wrong with a record goes to standard error, a line a fault, and stops no other. A value that cannot be right
    is left out, and its record taken.

    The exit code is 0 when every record went in, 1 when one, or a copy in one, was refused or the import broke off, and
    2 when it could not begin: a wrong option or setting, or a file that is not there or cannot be read.
    """
    settings = load_or_exit(Settings, SERVICE.name, rabbitmq_url=None)  # what happened waits in the outbox
    if whole is not None:
        move_everything(SERVICE, settings, partial(import_all, folder=whole), done="Took in")
        return
    if file != _STANDARD and (file.is_dir() or not file.exists()):
        exit_with(f"There is no file {file}.", MISCONFIGURED)
    mapping: dict[str, Any] = {**_columns(map or []), **_items(items)}
    command = UploadedFile(_format_of(file, format), mapping, split_authors, dry_run, what)
    with failures_told("It broke off: {}.", stays=STAYS), _quiet_when_nobody_reads():
        counts = asyncio.run(_import(settings, file, command))
    end_import(refused=counts.failed + counts.copies_failed)


def export_file(
    file: Annotated[
        Path, typer.Argument(dir_okay=False, allow_dash=True, help="The file; - for standard output.")
    ] = _STANDARD,
    format: Annotated[str | None, typer.Option(help=_FORMAT)] = None,
    what: Annotated[str, typer.Option(help="books with their copies, or copies alone (csv, json).")] = BOOKS,
    whole: Annotated[
        Path | None, typer.Option("--all", metavar="FOLDER", help="Everything, into a new folder.")
    ] = None,
) -> None:
    """Export the catalogue. The file is there when it is complete, and not before.

    With `--all`, everything that the service keeps, as JSON Lines with a manifest.
    """
    settings = load_or_exit(Settings, SERVICE.name, rabbitmq_url=None)  # what happened waits in the outbox
    if whole is not None:
        export = partial(export_all, folder=whole, version=SERVICE.version, now=SystemClock().now())
        move_everything(SERVICE, settings, export, done="Wrote")
        return
    with failures_told("The export broke off: {}."), _quiet_when_nobody_reads():
        asyncio.run(_export(settings, file, _format_of(file, format), what))


def _format_of(file: Path, given: str | None) -> str:
    told = given or _SUFFIXES.get(file.suffix.lower().removeprefix("."))
    return told or exit_with(f"The format of {file} cannot be told from its name: say --format.", MISCONFIGURED)


@contextmanager
def _quiet_when_nobody_reads() -> Iterator[None]:
    """End the process where whoever reads its output has had enough; nothing more can be written, not even at the end.

    Works inside of failures_told(), to which it would be a failure.
    """
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)


@contextmanager
def _of_no_use() -> Iterator[None]:
    """End the process where it can do nothing at all with the options or the file that it was given."""
    try:
        yield
    except LibraryError as error:
        exit_with(error.detail, MISCONFIGURED)


def _columns(pairs: list[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in pairs:
        field, separator, column = pair.partition("=")
        if not separator or not column.strip():
            exit_with(f"--map {pair} cannot be read: write FIELD=COLUMN.", MISCONFIGURED)
        columns[field.strip()] = column.strip()
    return columns


async def _check_schema(settings: Settings) -> None:
    async with opened_database(SERVICE, settings) as database:
        await expect_current(database, SERVICE.package)


async def _import(settings: Settings, file: Path, command: UploadedFile) -> Counts:
    await _check_schema(settings)
    size = file.stat().st_size if file.is_file() else None  # noqa: ASYNC240 - the command has nothing else to do
    async with opened(settings) as use_cases:
        exchange = use_cases.exchange
        with _of_no_use():
            options = exchange.start_import.options(command)
        work = _ImportWork(file, command, options, exchange)
        if size is not None:
            return await work.read_in(lambda: pieces_of(file.open("rb")), size)
        async with FileSpool(settings.spool_folder) as spool:  # what comes in once is read twice
            size = 0
            async for piece in pieces_of(sys.stdin.buffer if file == _STANDARD else file.open("rb")):
                await spool.write(piece)
                size += len(piece)
            return await work.read_in(spool.read, size)


def _items(text: str) -> dict[str, Any]:
    try:
        items = json.loads(text)
    except ValueError:
        items = None
    if not isinstance(items, dict):
        exit_with('--items is a JSON object, such as \'{"952": {"barcode": "p"}}\'.', MISCONFIGURED)
    return items


@dataclass(frozen=True, slots=True)
class _ImportWork:
    file: Path
    command: UploadedFile
    options: ReadingOptions
    exchange: ExchangeUseCases

    async def read_in(self, content: Callable[[], AsyncIterator[bytes]], size: int) -> Counts:
        counts, errors, left_out = NOTHING_YET, 0, dict[str, int]()
        with _bar(self.file.name, 2 * size) as (progress, task):

            async def pieces() -> AsyncIterator[bytes]:
                async for piece in content():
                    yield piece
                    progress.advance(task, len(piece))

            reader = self.exchange.start_import.readers[self.command.format]
            books = BookFile(lambda: reader(pieces(), self.options), dry_run=self.command.dry_run)
            try:
                async for batch in self.exchange.import_books(books):
                    counts += batch.counts
                    errors += len(batch.errors)
                    left_out = in_all(left_out, batch.left_out)
                    for error in batch.errors:
                        typer.echo(in_a_line(error), err=True)
                    _tell(progress, task, self.file.name, counts.read, before=counts.read - batch.counts.read)
            except FileUnusable as error:
                if counts.read:
                    raise
                exit_with(error.detail, MISCONFIGURED)
        tell_left_out(left_out)
        typer.echo(_summary(self.file, self.command, counts, errors))
        return counts


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


def _summary(file: Path, command: UploadedFile, counts: Counts, errors: int) -> str:
    copies = (counts.copies_created, counts.copies_updated, counts.copies_skipped, counts.copies_failed)
    told = "; copies: {} created, {} updated, {} skipped, {} failed".format(*copies) if any(copies) else ""
    return (
        f"{file.name}: {counts.read} read, {counts.created} created, {counts.updated} updated, "
        f"{counts.skipped} skipped, {counts.failed} failed, {errors} errors{told}"
        + (" (dry run: nothing was changed)" if command.dry_run else "")
    )


async def _export(settings: Settings, file: Path, format: str, what: str) -> None:
    if what not in (BOOKS, COPIES):
        exit_with("--what is books or copies.", MISCONFIGURED)
    await _check_schema(settings)
    async with opened(settings) as use_cases:
        export_books = use_cases.exchange.export_books
        with _of_no_use():
            writer = export_books.writer_of(format, what)
        counting = CountedRecords(export_books.records)
        content = replace(export_books, records=counting)(writer)
        if file == _STANDARD:
            await _write_out(content, counting, sys.stdout.buffer, "standard output")
            return
        unfinished = file.with_name(f"{file.name}.part")
        try:
            with unfinished.open("wb") as target:
                await _write_out(content, counting, target, file.name)
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)


async def _write_out(content: AsyncIterator[bytes], counting: CountedRecords, target: IO[bytes], name: str) -> None:
    with _bar(name, None) as (progress, task):
        async for piece in content:
            await asyncio.to_thread(target.write, piece)
            progress.advance(task, len(piece))
            _tell(progress, task, name, counting.count, before=counting.before)
        await asyncio.to_thread(target.flush)
    typer.echo(f"{name}: {counting.count} books", err=True)
