"""The commands by which loans, holds and debts come in files, and everything leaves or comes."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from loans_service.adapters.moving_in.former_files import check, read_records
from loans_service.adapters.moving_in.whole_circulation import export_all, import_all
from loans_service.persistence.import_tables import import_profiles
from loans_service.settings import BackgroundSettings, WorkerSettings
from loans_service.wiring.service import SERVICE
from shared.command_line import MISCONFIGURED, exit_with, load_or_exit
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


def import_file(
    what: Annotated[str | None, typer.Argument(help="loans, holds or fines.")] = None,
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
    """Take in open loans, holds or debts that another system has kept; nobody is written to about the past.

    Books and members answer meanwhile, and know the copies and members. Loans come before holds and debts. A record
    that came before is left or revised: a file that broke off can be run again. What is wrong goes to standard error,
    a line a fault, and so do limits that a record passes, and in what a record that changed is not followed.

    The exit code is 0 when every record went in, 1 when one was refused or the import broke off, and 2 when it could
    not begin: a wrong option or setting, or a file that is not there or cannot be read.
    """
    if everything is not None:
        settings = load_or_exit(BackgroundSettings, SERVICE.name, rabbitmq_url=None)
        move_everything(SERVICE, settings, partial(import_all, folder=everything), done="Took in")
        return
    if what is None or file is None:
        exit_with("Say what to import and from which file, or with --all the folder of an export.", MISCONFIGURED)
    worker = load_or_exit(WorkerSettings, SERVICE.name, rabbitmq_url=None)
    explicit = Start(what, format or "", columns_of(map), dry_run, rules=rules_of(match, protect))
    how = start_of(SERVICE, worker, import_profiles, profile, explicit)
    start = replace(how, format=format_of(file, how.format))
    with of_no_use():
        check(start.what, start.format, start.mapping, start.rules)
    batches = partial(_batches, worker, start)
    take_in(InputFile.checked(file), batches, dry_run=dry_run)


def export_everything(everything: NewFolder) -> None:
    """Write everything that lending keeps as JSON Lines, with a manifest of counts and digests."""
    settings = load_or_exit(BackgroundSettings, SERVICE.name, rabbitmq_url=None)
    export = partial(export_all, folder=everything, version=SERVICE.version, now=SystemClock().now())
    move_everything(SERVICE, settings, export, done="Wrote")


async def _batches(settings: WorkerSettings, start: Start, pieces: Pieces) -> AsyncGenerator[Batch]:
    from loans_service.wiring.commands import opened  # noqa: PLC0415 - it asks the neighbours

    records = read_records(start.what, start.format, pieces(), start.mapping, currency=settings.library_currency)
    async with opened(settings) as use_cases:
        async for batch in use_cases.moving_in.take_in[start.what](ImportFile(dry_run=start.dry_run), records):
            yield batch
