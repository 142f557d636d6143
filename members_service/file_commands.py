"""The commands by which members come in files, and a whole library leaves or comes."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from members_service.adapters.membership.member_files import MEMBERS, READERS, check
from members_service.adapters.privacy.whole_library import read_library, write_library
from members_service.persistence.data_keys import CannotBeOpened, DataKeys
from members_service.persistence.membership.tables import import_profiles
from members_service.settings import BackgroundSettings, Settings
from members_service.wiring.commands import opened
from members_service.wiring.ports import data_keys_of
from members_service.wiring.service import SERVICE
from shared.command_line import FAILED, MISCONFIGURED, exit_with, load_or_exit
from shared.kernel.clock import SystemClock
from shared.kernel.file_records import Batch
from shared.kernel.imports import ImportFile, Start
from shared.operating.file_commands import (
    Columns,
    DryRun,
    Format,
    InputFile,
    Match,
    NewFolder,
    Pieces,
    Profile,
    Protect,
    RecordFile,
    WholeFolder,
    columns_of,
    format_of,
    move_everything,
    of_no_use,
    rules_of,
    start_of,
    take_in,
)
from shared.persistence.database import Database

_Move = Callable[[Database, DataKeys, Path], Awaitable[dict[str, int]]]


def import_file(
    file: RecordFile = None,
    everything: WholeFolder = None,
    *,
    format: Format = None,
    map: Columns = None,  # noqa: A002 - the option's name
    profile: Profile = None,
    match: Match = None,
    protect: Protect = None,
    dry_run: DryRun = False,
) -> None:
    """Take in members whom another system has kept; nobody is written to.

    Books answers meanwhile where the file names home branches. Who came with the same external_id, or card number,
    before is revised or left: a file that broke off can be run again. What is wrong goes to standard error, a line a
    fault, and stops no other record.

    The exit code is 0 when every record went in, 1 when one was refused or the import broke off, and 2 when it could
    not begin: a wrong option or setting, or a file that is not there or cannot be read.
    """
    if everything is not None:
        _move(everything, read_library, done="Took in")
        return
    if file is None:
        exit_with("Name the file to import, or with --all the folder of an export.", MISCONFIGURED)
    settings = load_or_exit(Settings, SERVICE.name, rabbitmq_url=None)
    explicit = Start(MEMBERS, format or "", columns_of(map), dry_run, rules=rules_of(match, protect))
    how = start_of(SERVICE, settings, import_profiles, profile, explicit)
    start = replace(how, format=format_of(file, how.format))
    with of_no_use():
        check(start)
    batches = partial(_batches, settings, start)
    take_in(InputFile.checked(file), batches, dry_run=dry_run)


def export_everything(everything: NewFolder) -> None:
    """Write everything that this service keeps as JSON Lines, with a manifest of counts and digests.

    Personal data is plain in these files, and hashes of passwords and PINs are among them: keep them as you keep keys.
    """
    _move(everything, partial(write_library, version=SERVICE.version, now=SystemClock().now()), done="Wrote")


def _move(folder: Path, move: _Move, *, done: str) -> None:
    settings = load_or_exit(BackgroundSettings, SERVICE.name, rabbitmq_url=None)

    async def moved(database: Database) -> dict[str, int]:
        keys = data_keys_of(settings)
        keys.load()
        try:
            return await move(database, keys, folder)
        except CannotBeOpened as error:
            exit_with(f"{error} Nothing was changed in the database.", FAILED)

    move_everything(SERVICE, settings, moved, done=done)


async def _batches(settings: Settings, start: Start, pieces: Pieces) -> AsyncGenerator[Batch]:
    records = READERS[start.format](pieces(), start.mapping)
    command = ImportFile(dry_run=start.dry_run, rules=start.rules)
    async with opened(settings) as use_cases:
        async for batch in use_cases.moving_in.import_members(command, records):
            yield batch
