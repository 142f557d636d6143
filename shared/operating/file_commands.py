"""The commands by which records come in files, and everything leaves or comes, as far as services have them alike."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Protocol, Self

import typer

from shared.command_line import FAILED, MISCONFIGURED, exit_with, failures_told
from shared.kernel.errors import LibraryError
from shared.kernel.file_records import Batch, Counts, FileUnusable, in_all
from shared.persistence.database import Database
from shared.persistence.migrating.schema import expect_current
from shared.record_files.records import columns_of
from shared.service import Service, opened_database
from shared.service.settings import OwnSettings

_PIECE = 256 * 1024
_TELLS_EVERY = 10_000  # records
STAYS = "What was imported before stays; run it again."
_OF_CSV = frozenset({".csv", ".tsv", ".txt"})

RecordFile = Annotated[
    Path | None, typer.Argument(help="JSON (an array, or an object a line) or CSV; - for standard input.")
]
WholeFolder = Annotated[
    Path | None, typer.Option("--all", help="Folder of `export --all`, for a database that is empty.")
]
NewFolder = Annotated[Path, typer.Option("--all", help="The folder to write; files are for their owner alone.")]
Format = Annotated[str | None, typer.Option(help="json or csv; by the name of the file if absent.")]
Mapped = Annotated[str, typer.Option(help="JSON object: for a field of ours, the name of the file's column.")]
DryRun = Annotated[bool, typer.Option(help="Say what would happen, and change nothing.")]


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file that a command was given, and how it is to be read."""

    path: Path
    format: str
    mapping: Mapping[str, str]

    @classmethod
    def checked(
        cls, path: Path, format: str | None, mapping: str, check: Callable[[str, Mapping[str, str]], None]
    ) -> Self:
        """Return it; where there is none, or `mapping` is none or refused by `check`, end the process."""
        chosen = format or ("csv" if path.suffix.casefold() in _OF_CSV else "json")
        try:
            columns = columns_of(mapping)
            check(chosen, columns)
        except LibraryError as error:
            exit_with(error.detail, MISCONFIGURED)
        if str(path) != "-" and (path.is_dir() or not path.exists()):
            exit_with(f"There is no file {path}.", MISCONFIGURED)
        return cls(path, chosen, columns)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Read the file, or standard input, one piece in memory. Raises OSError."""
        is_standard = str(self.path) == "-"
        async for piece in pieces_of(
            sys.stdin.buffer if is_standard else await asyncio.to_thread(self.path.open, "rb")
        ):
            yield piece


async def pieces_of(content: IO[bytes]) -> AsyncIterator[bytes]:
    """Read what was opened to its end, and close it. Raises OSError."""
    with content:
        while piece := await asyncio.to_thread(content.read, _PIECE):
            yield piece


class _Faulty(Protocol):
    """What is wrong with a record."""

    @property
    def record(self) -> int: ...
    @property
    def identifier(self) -> str | None: ...
    @property
    def code(self) -> str: ...
    @property
    def detail(self) -> str: ...


def in_a_line(error: _Faulty) -> str:
    """Return in a line what is wrong with a record."""
    called = "" if error.identifier is None else f" ({error.identifier})"
    return f"record {error.record}{called}: {error.code}: {error.detail}"


def take_in(batches: AsyncGenerator[Batch], *, dry_run: bool) -> None:
    """Go through the batches of a file, tell what became of their records, and end as end_import() does.

    A file that cannot be read at all ends the process with 2.
    """
    with failures_told("It broke off: {}.", stays=STAYS):
        counts, left_out = asyncio.run(_told(batches))
    tell_left_out(left_out)
    would = "Would have" if dry_run else "Have"
    typer.echo(
        f"Read {counts.read} records. {would} created {counts.created}, updated {counts.updated}, "
        f"left {counts.skipped} as they were; {counts.failed} failed."
    )
    end_import(refused=counts.failed)


def end_import(*, refused: int) -> None:
    """End the process with 1 if records of a file were refused, so that a script sees it; do nothing if all went in."""
    if refused:
        sys.exit(FAILED)


async def _told(batches: AsyncGenerator[Batch]) -> tuple[Counts, Mapping[str, int]]:
    counts, left_out = Counts(), dict[str, int]()
    async with aclosing(batches):
        try:
            async for batch in batches:
                before = counts.read
                counts += batch.counts
                left_out = in_all(left_out, batch.left_out)
                for error in batch.errors:
                    typer.echo(in_a_line(error), err=True)
                if counts.read // _TELLS_EVERY > before // _TELLS_EVERY:
                    typer.echo(f"{counts.read} records", err=True)
        except FileUnusable as error:
            if counts.read:
                raise
            exit_with(error.detail, MISCONFIGURED)
    return counts, left_out


def tell_left_out(left_out: Mapping[str, int]) -> None:
    """Name the fields of a file that nothing was made of, each with how often it said something."""
    for name, count in left_out.items():
        typer.echo(f"left out: {name} ({count})")


def move_everything(
    service: Service, settings: OwnSettings, act: Callable[[Database], Awaitable[Mapping[str, int]]], *, done: str
) -> None:
    """Let `act` move all rows of a service in or out, and tell how many there were of what."""

    async def moved() -> Mapping[str, int]:
        async with opened_database(service, settings) as database:
            await expect_current(database, service.package, exactly=True)
            return await act(database)

    with failures_told("It broke off: {}.", stays="Nothing was changed in the database."):
        counts = asyncio.run(moved())
    typer.echo(f"{done}: {', '.join(f'{count} {name}' for name, count in counts.items())}.", err=True)
