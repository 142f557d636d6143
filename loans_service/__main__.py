"""The command line of the loans service. What asks the neighbours is imported where it is used, and aiohttp with it."""

import asyncio
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from loans_service.file_commands import export_everything, import_file
from loans_service.persistence.import_tables import imports
from loans_service.settings import BackgroundSettings, Settings, WorkerSettings
from loans_service.sip2.settings import Sip2Settings
from loans_service.wiring.service import SERVICE, database_of, finish_migration
from shared.command_line import (
    FAILED,
    MISCONFIGURED,
    Application,
    exit_on_failure,
    exit_with,
    load_or_exit,
    service_commands,
)
from shared.kernel.clock import SystemClock
from shared.messaging.worker import BackgroundWorker
from shared.operating import add_operator_commands
from shared.operating.imports import add_imports
from shared.operating.recount import add_recount
from shared.tasks import run_until_signalled


def _create_app(settings: Settings) -> Application:
    from loans_service.main import create_app  # noqa: PLC0415 - no command but `serve` and `openapi` pays for FastAPI

    return create_app(settings)


def _create_worker(settings: WorkerSettings) -> BackgroundWorker:
    from loans_service.worker import create_worker  # noqa: PLC0415 - it asks the neighbours

    return create_worker(settings)


commands = service_commands(
    service=SERVICE.name,
    settings=Settings,
    background=BackgroundSettings,
    worker=WorkerSettings,
    create_app=_create_app,
    create_worker=_create_worker,
    package=SERVICE.package,
    database_of=database_of,
    finish_migration=finish_migration,
    port=8003,
    version=SERVICE.version,
)
add_operator_commands(
    commands,
    SERVICE,
    settings=Settings,
    background=WorkerSettings,
    create_worker=_create_worker,
    neighbours=("books", "members"),
)

add_recount(commands, SERVICE, settings=BackgroundSettings)
add_imports(commands, SERVICE, settings=BackgroundSettings, tables=imports)


commands.command("import")(import_file)
commands.command("export")(export_everything)


_FIRST_YEAR, _LAST_YEAR = 1900, 2999
"""In other years no days can be counted."""


@commands.command("sweep")
def sweep_now(
    at: Annotated[
        str | None, typer.Option(help="As of this time instead of now, such as 2026-11-24T06:00:00Z; for late runs.")
    ] = None,
) -> None:
    """Do the timed work once: reminders, expired holds, ageing to lost, forgetting who borrowed what.

    Loans that renew themselves are left to the relay, which asks members.
    """
    from loans_service.wiring.commands import swept  # noqa: PLC0415 - beside commands that ask the neighbours

    clock = SystemClock() if at is None else _StoppedClock(_moment(at))
    chosen = load_or_exit(BackgroundSettings, SERVICE.name, rabbitmq_url=None)
    with exit_on_failure("It broke off: {}."):
        done = asyncio.run(swept(chosen, clock=clock))
    typer.echo(", ".join(f"{name} {count}" for name, count in asdict(done).items()))
    sys.exit(FAILED if done.failed else 0)


@commands.command("sip2")
def sip2(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    timeout_graceful_shutdown: Annotated[float, typer.Option(help="Seconds for what is at work.", min=0)] = 10,
) -> None:
    """Answer self-check machines, sorters and gates by SIP2, at SIP2_PORT. Calls the services as any client would."""
    import uvloop  # noqa: PLC0415 - no command that is soon done pays for it

    from loans_service.sip2.command import Sip2Worker  # noqa: PLC0415 - it asks the neighbours
    from shared.web.documents.operations import operations  # noqa: PLC0415 - likewise

    chosen = load_or_exit(Sip2Settings, "sip2")
    worker = Sip2Worker(chosen, host=host, grace=timeout_graceful_shutdown)

    async def work() -> None:
        port = chosen.metrics_port
        async with operations({}, host=host, port=port, certificate=None, metrics_port=None):
            await run_until_signalled(worker, grace=timeout_graceful_shutdown + 1)

    with exit_on_failure("It broke off: {}."):
        uvloop.run(work())


@commands.command("consistency")
def compare(
    *,
    repair: Annotated[bool, typer.Option("--repair", help="Tell books again of what it shows otherwise.")] = False,
) -> None:
    """Compare what books shows of copies with what lending knows; exit 1 when something is left that differs."""
    from loans_service.wiring.commands import compared  # noqa: PLC0415 - it asks the neighbours

    settings = load_or_exit(WorkerSettings, SERVICE.name, rabbitmq_url=None)
    with exit_on_failure("It broke off: {}."):
        found = asyncio.run(compared(settings, repair=repair))
    typer.echo(", ".join(f"{name} {count}" for name, count in asdict(found).items()))
    sys.exit(0 if found.is_clean else FAILED)


class _StoppedClock:
    """A clock that shows one moment."""

    def __init__(self, time: datetime) -> None:
        self._time = time

    def now(self) -> datetime:
        return self._time


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        exit_with(
            f"{text!r} is no time with a zone between 1900 and 2999, such as 2026-11-24T06:00:00Z.", MISCONFIGURED
        )
    return found.astimezone(UTC)


if __name__ == "__main__":
    commands()
