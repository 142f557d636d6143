"""What the services share of the commands that import and export files."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Any, Self

import typer
from sqlalchemy import Table

from shared.command_line import FAILED, MISCONFIGURED, exit_on_failure, exit_with
from shared.kernel.errors import LibraryError
from shared.kernel.file_records import Batch, Counts, FileUnusable, KindCounts, RecordError, in_all
from shared.kernel.import_profiles import ImportProfile, ImportRules
from shared.kernel.imports import Start
from shared.kernel.saved_profiles import started_by
from shared.persistence.database import Database
from shared.persistence.import_profiles import SqlImportProfiles
from shared.persistence.migrating.schema import expect_current
from shared.record_files.spool import FileSpool
from shared.service import Service, opened_database
from shared.service.settings import OwnSettings

Pieces = Callable[[], AsyncIterator[bytes]]
"""Opens a file for reading."""

_PIECE = 256 * 1024
_UNCHANGED = "What was imported before stays; run it again."
STANDARD = Path("-")
SUFFIXES = {"csv": "csv", "tsv": "csv", "txt": "csv", "json": "json", "jsonl": "json", "ndjson": "json"}
"""The format of a file by the suffix of its name."""

RecordFile = Annotated[Path | None, typer.Argument(help="The file; - for standard input.")]
WholeFolder = Annotated[
    Path | None,
    typer.Option("--all", metavar="FOLDER", help="What `export --all` wrote, into an empty database."),
]
NewFolder = Annotated[Path, typer.Option("--all", help="The folder to write; files are for their owner alone.")]
Format = Annotated[str | None, typer.Option(help="json or csv; by the name of the file if absent.")]
Columns = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=COLUMN", help="A field of ours, and the file's name for it."),
]
Profile = Annotated[
    str | None, typer.Option(help="The name of a saved profile; what is said beside it counts.", show_default=False)
]
Match = Annotated[
    list[str] | None, typer.Option(metavar="KEY", help="By which keys records are matched, best first; all if absent.")
]
Protect = Annotated[
    list[str] | None, typer.Option(metavar="FIELD", help="A field that keeps the value that it has here.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Report what would happen, and change nothing.")]


def columns_of(pairs: Sequence[str] | None) -> dict[str, Any]:
    """Return the mapping of fields to columns. End the process when it cannot be parsed."""
    columns: dict[str, Any] = {}
    for pair in pairs or ():
        field, separator, column = pair.partition("=")
        if not separator or not column.strip():
            exit_with(f"--map {pair} cannot be read: write FIELD=COLUMN.", MISCONFIGURED)
        columns[field.strip()] = column.strip()
    return columns


def start_of(service: Service, settings: OwnSettings, profiles: Table, name: str | None, explicit: Start) -> Start:
    """Return how to import: as the options say, else as the profile of this name does. End the process without one."""

    async def saved() -> ImportProfile:
        async with opened_database(service, settings) as database:
            await expect_current(database, service.package)
            return await SqlImportProfiles(database, profiles).get(name or "")

    if name is None:
        return explicit
    with exit_on_failure("The profile cannot be read: {}."), of_no_use():
        return started_by(asyncio.run(saved()), explicit)


def rules_of(match: Sequence[str] | None, protect: Sequence[str] | None) -> ImportRules:
    """Return the rules that the options name."""
    return ImportRules(tuple(match or ()), tuple(protect or ()))


def format_of(path: Path, option: str | None, suffixes: Mapping[str, str] = SUFFIXES) -> str:
    """Return the format of the option, or else of the file name. End the process when there is neither."""
    found = option or suffixes.get(path.suffix.lower().removeprefix("."))
    return found or exit_with(f"The format of {path} cannot be told from its name: say --format.", MISCONFIGURED)


@contextmanager
def of_no_use() -> Iterator[None]:
    """End the process because the options make no sense."""
    try:
        yield
    except LibraryError as error:
        exit_with(error.detail, MISCONFIGURED)


@contextmanager
def quiet_on_broken_pipe() -> Iterator[None]:
    """End the process quietly when the reader of its output is gone and nothing more can be written.

    Use it inside of exit_on_failure(), for which a broken pipe would be a failure.
    """
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that a command reads.

    `reads` is how often its content is read; a stream that can be read only once, such as standard input, is spooled to
    `spool_folder`.
    """

    path: Path
    reads: int = 1
    spool_folder: Path | None = None

    @classmethod
    def checked(cls, path: Path, *, reads: int = 1, spool_folder: Path | None = None) -> Self:
        """Return the file. End the process when it does not exist."""
        if path != STANDARD and (path.is_dir() or not path.exists()):
            exit_with(f"There is no file {path}.", MISCONFIGURED)
        return cls(path, reads, spool_folder)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[Pieces, int | None]]:
        """Yield a reader of the file, and how many bytes it reads in all, if known."""
        if self.path.is_file():
            yield lambda: pieces_of(self.path.open("rb")), self.reads * self.path.stat().st_size
            return
        content = sys.stdin.buffer if self.path == STANDARD else await asyncio.to_thread(self.path.open, "rb")
        if self.reads == 1:
            yield lambda: pieces_of(content), None
            return
        async with FileSpool(self.spool_folder) as spool:
            size = 0
            async for piece in pieces_of(content):
                await spool.write(piece)
                size += len(piece)
            yield spool.read, self.reads * size


async def pieces_of(content: IO[bytes]) -> AsyncIterator[bytes]:
    """Read an open file to its end, and close it. Raises OSError."""
    with content:
        while piece := await asyncio.to_thread(content.read, _PIECE):
            yield piece


def take_in(file: InputFile, batches: Callable[[Pieces], AsyncGenerator[Batch]], *, dry_run: bool) -> None:
    """Import the batches of a file, and print the outcome.

    The exit code is 1 if records were refused, and 2 if the file cannot be read at all.
    """
    with exit_on_failure("It broke off: {}.", unchanged=_UNCHANGED), quiet_on_broken_pipe():
        counts, left_out = asyncio.run(_taken(file, batches))
        for name, count in left_out.items():
            typer.echo(f"left out: {name} ({count})")
        verb = "Would have created" if dry_run else "Have created"
        kinds = "".join(f" Of {name} in them: created {_in_words(kind)}." for name, kind in counts.kinds.items())
        typer.echo(f"Read {counts.read} records. {verb} {_in_words(counts)}.{kinds}")
    if counts.failed or any(kind.failed for kind in counts.kinds.values()):
        sys.exit(FAILED)


def _in_words(counts: Counts | KindCounts) -> str:
    return f"{counts.created}, updated {counts.updated}, left {counts.skipped} as they were; {counts.failed} failed"


async def _taken(
    file: InputFile, batches: Callable[[Pieces], AsyncGenerator[Batch]]
) -> tuple[Counts, Mapping[str, int]]:
    from shared.operating.progress import progress_of  # noqa: PLC0415 - nobody else pays for rich

    counts, left_out = Counts(), dict[str, int]()
    async with file.opened() as (pieces, size):
        with progress_of(file.path.name, size) as progress:
            try:
                async with aclosing(batches(progress.watched(pieces))) as taken:
                    async for batch in taken:
                        counts += batch.counts
                        left_out = in_all(left_out, batch.left_out)
                        for error in batch.errors:
                            typer.echo(_in_a_line(error), err=True)
                        progress.reach(counts.read)
            except FileUnusable as error:
                if counts.read:
                    raise
                exit_with(error.detail, MISCONFIGURED)
    return counts, left_out


def _in_a_line(error: RecordError) -> str:
    called = "" if error.identifier is None else f" ({error.identifier})"
    return f"record {error.record}{called}: {error.code}: {error.detail}"


def move_everything(
    service: Service, settings: OwnSettings, act: Callable[[Database], Awaitable[Mapping[str, int]]], *, done: str
) -> None:
    """Let `act` import or export all rows of a service, and print how many there were in each table."""

    async def moved() -> Mapping[str, int]:
        async with opened_database(service, settings) as database:
            await expect_current(database, service.package, exactly=True)
            return await act(database)

    with exit_on_failure("It broke off: {}.", unchanged="Nothing was changed in the database."):
        counts = asyncio.run(moved())
    typer.echo(f"{done}: {', '.join(f'{count} {name}' for name, count in counts.items())}.", err=True)
