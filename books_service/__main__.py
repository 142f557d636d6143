"""The command line of the books service."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import DBAPIError

from books_service.application.import_books import FileUnusable, import_books
from books_service.application.ports import Ports, ReadingOptions
from books_service.application.start_import import DEFAULT_SPLIT, reading_options
from books_service.application.views import NOTHING_YET, Counts, RecordError
from books_service.main import PACKAGE, create_app, create_worker, database_of, opened
from books_service.settings import Settings
from shared.command_line import FAILED, MISCONFIGURED, load_or_exit, service_commands
from shared.kernel.errors import LibraryError
from shared.persistence.migrations import SchemaNotCurrent, expect_current
from shared.web import serving
from shared.web.operations import operations

SERVICE = "books"
_PIECE = 256 * 1024

commands = service_commands(
    service=SERVICE,
    settings=Settings,
    create_app=create_app,
    create_worker=create_worker,
    package=PACKAGE,
    database_of=database_of,
    serve_app=serving.run,
    operations=operations,
    port=8001,
)


@commands.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The file to import.")],
    format: Annotated[str, typer.Option(help="csv, json, marc, marcxml or yaml.")] = "csv",
    map: Annotated[  # noqa: A002 - the option's name
        list[str] | None, typer.Option(metavar="FIELD=COLUMN", help="A field of ours, and the file's column for it.")
    ] = None,
    split_authors: Annotated[str, typer.Option(help="What stands between two authors.")] = DEFAULT_SPLIT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report what would happen, and change nothing.")] = False,
) -> None:
    """Import books from a file. The same file again changes nothing.

    Records that cannot be read or hold impossible values are reported one by one and stop nothing: the exit code is 0.
    """
    settings = load_or_exit(Settings, SERVICE)
    wish = _Wish(file, format, _columns(map or []), split_authors, dry_run)
    try:
        counts, errors = asyncio.run(_import(settings, wish))
    except FileUnusable as error:
        _end(error.detail, FAILED)
    except LibraryError as error:
        _end(error.detail, MISCONFIGURED)
    except SchemaNotCurrent as error:
        _end(str(error), FAILED)
    except (DBAPIError, OSError) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
        _end(f"The import broke off: {reason}. What was imported before stays; it can be run again.", FAILED)
    _report(wish, counts, errors)


@dataclass(frozen=True, slots=True)
class _Wish:
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


async def _import(settings: Settings, wish: _Wish) -> tuple[Counts, list[RecordError]]:
    database = database_of(settings)
    try:
        await expect_current(database, PACKAGE)
    finally:
        await database.dispose()
    async with opened(settings) as ports:
        options = reading_options(wish.format, wish.columns, wish.split_authors, readers=ports.readers)
        return await _read_in(wish, options, ports)


async def _read_in(wish: _Wish, options: ReadingOptions, ports: Ports) -> tuple[Counts, list[RecordError]]:
    counts, errors = NOTHING_YET, list[RecordError]()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(wish.file.name, total=2 * wish.file.stat().st_size)  # it is read twice

        async def pieces() -> AsyncIterator[bytes]:
            with await asyncio.to_thread(wish.file.open, "rb") as content:
                while piece := await asyncio.to_thread(content.read, _PIECE):
                    yield piece
                    progress.advance(task, len(piece))

        batches = import_books(
            lambda: ports.readers[wish.format](pieces(), options),
            unit_of_work=lambda: ports.unit_of_work(None),
            clock=ports.clock,
            dry_run=wish.dry_run,
        )
        async for batch in batches:
            counts += batch.counts
            errors += batch.errors
            progress.update(task, description=f"{wish.file.name}: {counts.read} records")
    return counts, errors


def _report(wish: _Wish, counts: Counts, errors: list[RecordError]) -> None:
    for error in errors:
        named = "" if error.identifier is None else f" ({error.identifier})"
        typer.echo(f"record {error.record}{named}: {error.code}: {error.detail}")
    typer.echo(
        f"{wish.file.name}: {counts.read} read, {counts.created} created, {counts.updated} updated, "
        f"{counts.skipped} skipped, {counts.failed} failed, {len(errors)} errors"
        + (" (dry run: nothing was changed)" if wish.dry_run else "")
    )


def _end(sentences: str, code: int) -> NoReturn:
    typer.echo(sentences, err=True)
    sys.exit(code)


if __name__ == "__main__":
    commands()
