"""The commands that every service has. A service adds its own to the returned Typer application."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NoReturn, Protocol, TypeVar, get_args

import structlog
import typer
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError
from uvicorn.loops.auto import auto_loop_factory

from shared import configuration, logs
from shared.configuration import ConfigurationError, ServiceSettings
from shared.kernel.errors import Unavailable
from shared.persistence import migrations
from shared.persistence.database import Database

MISCONFIGURED = 2
FAILED = 1

_log = structlog.get_logger(__name__)

Settings = TypeVar("Settings", bound=ServiceSettings)


class Worker(Protocol):
    """The background side of a service."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is in hand."""


def service_commands(
    *,
    service: str,
    settings: type[Settings],
    create_app: Callable[[Settings], FastAPI],
    create_worker: Callable[[Settings], Worker],
    package: str,
    database_of: Callable[[Settings], Database],
    serve_app: Callable[..., None],
    port: int = 8000,
) -> typer.Typer:
    """Return `serve`, `migrate`, `relay` and `openapi` for a service.

    `serve_app(app, host=…, port=…, workers=…)` runs the web server. Wrong settings end a command with sentences on
    standard error and exit code 2.
    """
    commands = typer.Typer(help=f"The {service} service.", no_args_is_help=True, pretty_exceptions_enable=False)

    @commands.command()
    def serve(
        host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
        port: Annotated[int, typer.Option(help="Port to listen on.")] = port,
        workers: Annotated[int, typer.Option(help="Number of processes.", min=1)] = 1,
    ) -> None:
        """Answer HTTP requests. Does not change the database schema: see `migrate`."""
        chosen = load_or_exit(settings, service)
        serve_app(create_app(chosen), host=host, port=port, workers=workers)

    @commands.command()
    def migrate() -> None:
        """Bring the database to the newest schema. Safe to run twice, and by two at once."""
        asyncio.run(_migrate(database_of(load_or_exit(settings, service)), package))

    @commands.command()
    def relay() -> None:
        """Publish the outbox to RabbitMQ and run listeners and timed jobs. Several may run at once."""
        chosen = load_or_exit(settings, service)
        if chosen.rabbitmq_url is None:
            _exit("RABBITMQ_URL is missing: the relay needs the address of the broker (amqp://…).", MISCONFIGURED)
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # the loop that the web server uses, too
            runner.run(run_until_signalled(create_worker(chosen)))

    @commands.command()
    def openapi() -> None:
        """Print the OpenAPI document. Needs neither a database nor secrets."""
        chosen = _settings_to_look_at(settings)
        logs.configure(service=service, level="ERROR", format=chosen.log_format)  # and so not to standard output
        app = create_app(chosen)
        typer.echo(json.dumps(app.openapi(), indent=2, ensure_ascii=False))

    return commands


def load_or_exit(settings: type[Settings], service: str) -> Settings:
    """Read the settings and set up the log; wrong settings end the process with sentences and exit code 2."""
    try:
        chosen = configuration.load(settings)
    except ConfigurationError as error:
        _exit("\n".join(error.sentences), MISCONFIGURED)
    logs.configure(service=service, level=chosen.log_level, format=chosen.log_format)
    return chosen


async def run_until_signalled(worker: Worker) -> None:
    """Run the worker until SIGTERM or SIGINT; a second signal ends the process the hard way."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def begin_to_stop(number: signal.Signals) -> None:
        _log.info("stopping", signal=number.name)
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, begin_to_stop, number)
    await worker.run(stop)


async def _migrate(database: Database, package: str) -> None:
    try:
        await migrations.migrate(database, package)
    except (DBAPIError, Unavailable) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error.__cause__).partition("\n")[0]
        _exit(f"The database cannot be brought to the newest schema: {reason}", FAILED)
    finally:
        await database.dispose()
    typer.echo("The database has the newest schema.", err=True)


def _settings_to_look_at(settings: type[Settings]) -> Settings:
    """Return settings with harmless values where the environment gives none that are required."""
    try:
        return configuration.load(settings)
    except ConfigurationError:
        return configuration.load(settings, **_placeholders(settings))


def _placeholders(settings: type[ServiceSettings]) -> Mapping[str, Any]:
    return {
        name: _placeholder(name, field.annotation)
        for name, field in settings.model_fields.items()
        if field.is_required()
    }


def _placeholder(name: str, annotation: Any) -> Any:
    if name.endswith("database_url"):
        return "sqlite+aiosqlite:///placeholder.db"
    if name.endswith("_url"):
        return "http://localhost"
    if annotation is SecretStr or SecretStr in get_args(annotation):
        return SecretStr("placeholder")
    return "placeholder"


def _exit(sentences: str, code: int) -> NoReturn:
    typer.echo(sentences, err=True)
    sys.exit(code)
