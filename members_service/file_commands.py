"""The commands by which members come in files, and a whole library leaves or comes; and how commands end."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy.exc import DBAPIError

from members_service.adapters.data_keys import CannotBeOpened, DataKeys
from members_service.adapters.membership.member_files import READERS, check
from members_service.adapters.privacy.whole_library import read_library, write_library
from members_service.main import SERVICE, opened
from members_service.settings import BackgroundSettings, Settings
from members_service.wiring.resources import data_keys_of
from shared.command_line import FAILED, MISCONFIGURED, load_or_exit
from shared.configuration import ConfigurationError
from shared.kernel.clock import SystemClock
from shared.kernel.errors import LibraryError
from shared.kernel.imports import Counts, ImportFile
from shared.persistence.database import Database
from shared.service import opened_database

_PIECE = 256 * 1024


def import_file(
    file: Annotated[
        Path | None, typer.Argument(help="JSON (an array, or an object a line) or CSV; - reads standard input.")
    ] = None,
    everything: Annotated[
        Path | None, typer.Option("--all", help="Folder of `export --all`, for a library that is empty.")
    ] = None,
    *,
    format: Annotated[str | None, typer.Option(help="json or csv; by the name of the file if absent.")] = None,
    mapping: Annotated[
        str, typer.Option(help="JSON object: for a field of ours, the name of the file's column.")
    ] = "{}",
    dry_run: Annotated[bool, typer.Option(help="Say what would happen, and change nothing.")] = False,
) -> None:
    """Take in members whom another system has kept; nobody is written to.

    Who came with the same external_id, or card number, before is revised or left: a file that broke off can be run
    again. What is wrong goes to standard error, a line a record.
    """
    if everything is not None:
        _take_in(everything)
        return
    if file is None:
        end("Name the file to import, or with --all the folder of an export.", MISCONFIGURED)
    settings = load_or_exit(Settings, SERVICE.name, rabbitmq_url=None)
    chosen = format or ("csv" if file.suffix.casefold() in (".csv", ".tsv", ".txt") else "json")
    try:
        counts = asyncio.run(_import(settings, file, chosen, _mapping(mapping), dry_run=dry_run))
    except ConfigurationError as error:
        end("\n".join(error.sentences), MISCONFIGURED)
    except LibraryError as error:
        end(f"{error.detail} What was imported before stays.", FAILED)
    except (DBAPIError, OSError) as error:
        end(f"The import broke off: {reason_of(error)}. What was imported before stays; run it again.", FAILED)
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
    """Write everything that this service keeps as JSON Lines, with a manifest of counts and digests.

    Personal data is plain in these files, and hashes of passwords and PINs are among them: keep them as you keep keys.
    """
    settings = load_or_exit(BackgroundSettings, SERVICE.name, rabbitmq_url=None)
    _tell(
        asyncio.run(
            _whole(
                settings,
                lambda database, keys: write_library(
                    database, keys, everything, version=SERVICE.version, now=SystemClock().now()
                ),
            )
        ),
        "Wrote",
    )


def _take_in(folder: Path) -> None:
    settings = load_or_exit(BackgroundSettings, SERVICE.name, rabbitmq_url=None)
    _tell(asyncio.run(_whole(settings, lambda database, keys: read_library(database, keys, folder))), "Took in")


async def _whole(
    settings: BackgroundSettings, act: Callable[[Database, DataKeys], Awaitable[dict[str, int]]]
) -> dict[str, int]:
    keys = data_keys_of(settings)
    try:
        keys.load()
        async with opened_database(SERVICE, settings) as database:
            return await act(database, keys)
    except ConfigurationError as error:
        end("\n".join(error.sentences), MISCONFIGURED)
    except (LibraryError, CannotBeOpened) as error:
        end(f"{error.detail if isinstance(error, LibraryError) else error} Nothing was changed.", FAILED)
    except (DBAPIError, OSError) as error:
        end(f"It broke off: {reason_of(error)}. Nothing was changed in the database.", FAILED)


def _tell(counts: dict[str, int], done: str) -> None:
    typer.echo(f"{done}: {', '.join(f'{count} {name}' for name, count in counts.items())}.", err=True)


async def _import(settings: Settings, file: Path, format: str, mapping: dict[str, str], *, dry_run: bool) -> Counts:
    if format not in READERS:
        end(f"--format is one of: {', '.join(READERS)}.", MISCONFIGURED)
    check(format, mapping)
    counts = Counts()
    async with opened(settings) as use_cases:
        batches = use_cases.membership.import_members(
            ImportFile(dry_run=dry_run), READERS[format](_pieces(file), mapping)
        )
        async for batch in batches:
            counts += batch.counts
            for error in batch.errors:
                called = f" ({error.identifier})" if error.identifier else ""
                typer.echo(f"record {error.record}{called}: {error.code}: {error.detail}", err=True)
    return counts


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    source = sys.stdin.buffer if str(file) == "-" else await asyncio.to_thread(file.open, "rb")
    with source:
        while piece := await asyncio.to_thread(source.read, _PIECE):
            yield piece


def _mapping(text: str) -> dict[str, str]:
    try:
        mapping = json.loads(text)
    except ValueError:
        mapping = None
    if not isinstance(mapping, dict) or not all(isinstance(name, str) for name in mapping.values()):
        end('--mapping is a JSON object of texts, such as {"card_number": "cardnumber"}.', MISCONFIGURED)
    return mapping


def reason_of(error: DBAPIError | OSError) -> str:
    """Return in one line what the database or the system said."""
    return str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]


def end(sentences: str, code: int) -> NoReturn:
    """Say why a command ends, and end it."""
    typer.echo(sentences, err=True)
    sys.exit(code)
