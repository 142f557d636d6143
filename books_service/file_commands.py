"""The commands that import and export books and copies as files, and all data of the service."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from books_service.adapters.exchange.marc.files import XML_FOOT, XML_HEAD
from books_service.adapters.exchange.record_formats import RECORD_READERS
from books_service.adapters.exchange.whole_catalogue import export_all, import_all
from books_service.application.exchange.ports import ReadingOptions
from books_service.application.exchange.reading_options import (
    BOOKS,
    COLUMNS,
    COPIES,
    DEFAULT_SPLIT,
    IMPORTABLE,
    reading_options,
)
from books_service.domain.catalogue.isbn import Isbn
from books_service.persistence.import_tables import import_profiles
from books_service.settings import Settings
from books_service.wiring.commands import opened
from books_service.wiring.service import SERVICE
from shared.command_line import FAILED, MISCONFIGURED, exit_on_failure, exit_with, load_or_exit
from shared.kernel.clock import SystemClock
from shared.kernel.errors import LibraryError
from shared.kernel.file_records import Batch, FormatNotSupported
from shared.kernel.imports import ImportFile, Start
from shared.operating.file_commands import (
    STANDARD,
    SUFFIXES,
    Columns,
    DryRun,
    InputFile,
    Match,
    Pieces,
    Profile,
    Protect,
    RecordFile,
    WholeFolder,
    columns_of,
    format_of,
    move_everything,
    of_no_use,
    quiet_on_broken_pipe,
    rules_of,
    start_of,
    take_in,
)

_SUFFIXES = SUFFIXES | {"xml": "marcxml", "marcxml": "marcxml", "yaml": "yaml", "yml": "yaml"}
_SUFFIXES |= dict.fromkeys(("mrc", "marc", "iso2709", "dat"), "marc")
_Format = Annotated[
    str | None, typer.Option(help="csv, json, marc, marcxml or yaml; by the name of the file if absent.")
]


def import_file(
    file: RecordFile = None,
    everything: WholeFolder = None,
    *,
    format: _Format = None,
    map: Columns = None,  # noqa: A002 - the option's name
    split_authors: Annotated[str, typer.Option(help="What stands between two authors.")] = DEFAULT_SPLIT,
    items: Annotated[
        str, typer.Option(metavar="JSON", help="For MARC: for a tag, the subfields of a copy's fields.")
    ] = "{}",
    what: Annotated[
        str | None, typer.Option(help="books with their copies, copies alone or authorities; else books.")
    ] = None,
    profile: Profile = None,
    match: Match = None,
    protect: Protect = None,
    dry_run: DryRun = False,
) -> None:
    """Import books with their copies from a file, or copies alone. The same file again changes nothing.

    With `--all`, everything that an export of the whole service wrote, into an empty database.

    What is wrong with a record goes to standard error, a line a fault, and stops no other. A value that cannot be right
    is left out, and its record taken.

    The exit code is 0 when every record went in, 1 when one, or a copy in one, was refused or the import broke off, and
    2 when it could not begin: a wrong option or setting, or a file that is not there or cannot be read.
    """
    settings = load_or_exit(Settings, SERVICE.name, rabbitmq_url=None)  # what happened waits in the outbox
    if everything is not None:
        move_everything(SERVICE, settings, partial(import_all, folder=everything), done="Took in")
        return
    if file is None:
        exit_with("Name the file to import, or with --all the folder of an export.", MISCONFIGURED)
    explicit = Start(what or "", format or "", columns_of(map) | _items(items), dry_run, rules=rules_of(match, protect))
    how = start_of(SERVICE, settings, import_profiles, profile, explicit)
    chosen = format_of(file, how.format, _SUFFIXES)
    with of_no_use():
        options = reading_options(chosen, how.mapping, what=how.what or BOOKS, split_authors=split_authors)
        if chosen not in RECORD_READERS:
            raise FormatNotSupported(RECORD_READERS)
        IMPORTABLE[options.what].check(how.rules)
    command = ImportFile(dry_run=dry_run, what=options.what, rules=how.rules)
    source = InputFile.checked(file, reads=2, spool_folder=settings.spool_folder)
    take_in(source, partial(_batches, settings, chosen, options, command), dry_run=dry_run)


def fetch_records(
    target: Annotated[str, typer.Argument(help="The code of another catalogue.")],
    file: Annotated[
        Path, typer.Argument(dir_okay=False, allow_dash=True, help="ISBNs, one a line; - for standard input.")
    ] = STANDARD,
) -> None:
    """Fetch the records of ISBNs from another catalogue: as MARCXML on standard output, to be imported.

    Of several records of an ISBN the first is taken. An ISBN that is none, or of which nothing comes, goes to standard
    error with the reason, and stops no other.

    The exit code is 0 when there is a record of each, 1 when one is missing, and 2 when it could not begin.
    """
    settings = load_or_exit(Settings, SERVICE.name, rabbitmq_url=None)
    with exit_on_failure("It broke off: {}."), quiet_on_broken_pipe():
        content = sys.stdin if file == STANDARD else file.open(encoding="utf-8")
        with content as lines:
            isbns = [line.strip() for line in lines if line.strip()]
        if asyncio.run(_fetch(settings, target, isbns)):
            sys.exit(FAILED)


async def _fetch(settings: Settings, code: str, isbns: Sequence[str]) -> int:
    """Write the records; return how many are missing."""
    from books_service.adapters.exchange.marc.bodies import element_of  # noqa: PLC0415 - pymarc, for this command alone

    missing = 0
    async with opened(settings) as use_cases, aclosing(use_cases.exchange.catalogues) as catalogues:
        with of_no_use():
            target = await use_cases.exchange.show_targets(code)
        sys.stdout.write(XML_HEAD)
        for each in isbns:
            try:
                found = (await catalogues.search(target, words=None, isbn=Isbn.repaired(each))).records
                reason = "" if found else "nothing was found"
            except LibraryError as error:
                found, reason = (), f"{error.code}: {error.detail}"
            if reason:
                missing += 1
                typer.echo(f"{each}: {reason}", err=True)
            for record in found[:1]:
                sys.stdout.write(element_of(record.source))
        sys.stdout.write(XML_FOOT)
    return missing


def export_file(
    file: Annotated[
        Path, typer.Argument(dir_okay=False, allow_dash=True, help="The file; - for standard output.")
    ] = STANDARD,
    format: _Format = None,
    what: Annotated[
        str, typer.Option(help="books with their copies, copies alone (csv, json), or authorities.")
    ] = BOOKS,
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
    with exit_on_failure("The export broke off: {}."), quiet_on_broken_pipe():
        asyncio.run(_export(settings, file, format_of(file, format, _SUFFIXES), what))


def _items(text: str) -> dict[str, Any]:
    try:
        items = json.loads(text)
    except ValueError:
        items = None
    if not isinstance(items, dict):
        exit_with('--items is a JSON object, such as \'{"952": {"barcode": "p"}}\'.', MISCONFIGURED)
    return items


async def _batches(
    settings: Settings, format: str, options: ReadingOptions, command: ImportFile, pieces: Pieces
) -> AsyncGenerator[Batch]:
    read = RECORD_READERS[format]
    async with opened(settings) as use_cases:
        async for batch in use_cases.exchange.importer_of(options.what)(command, lambda: read(pieces(), options)):
            yield batch


async def _export(settings: Settings, file: Path, format: str, what: str) -> None:
    if what not in COLUMNS:
        exit_with("--what is books, copies or authorities.", MISCONFIGURED)
    async with opened(settings) as use_cases:
        export_books = use_cases.exchange.export_books
        with of_no_use():
            writer = export_books.writer_of(format, what)
        counting = _CountingWrite(writer.write)
        content = export_books(replace(writer, write=counting), what)
        if file == STANDARD:
            await _write_out(content, counting, sys.stdout.buffer, "standard output", of=what)
            return
        unfinished = file.with_name(f"{file.name}.part")
        try:
            with unfinished.open("wb") as target:
                await _write_out(content, counting, target, file.name, of=what)
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)


class _CountingWrite:
    """Writes records, and counts them."""

    def __init__(self, write: Callable[[Any], bytes]) -> None:
        self._write = write
        self.count = 0

    def __call__(self, record: Any) -> bytes:
        self.count += 1
        return self._write(record)


async def _write_out(
    content: AsyncIterator[bytes], counting: _CountingWrite, target: IO[bytes], name: str, *, of: str
) -> None:
    from shared.operating.progress import progress_of  # noqa: PLC0415 - nobody else pays for rich

    with progress_of(name, None) as progress:
        async for piece in content:
            await asyncio.to_thread(target.write, piece)
            progress.advance(len(piece))
            progress.reach(counting.count)
        await asyncio.to_thread(target.flush)
    typer.echo(f"{name}: {counting.count} {'books' if of == COPIES else of}", err=True)
