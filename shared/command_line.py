"""The commands of every service. A service adds its own to the Typer application that is returned."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, NoReturn, Protocol, TypeVar

import structlog
import typer
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio.engine import AsyncConnection

from shared import configuration, heap, logs, settings_reference, tracing
from shared.configuration import ServiceSettings
from shared.environment import ConfigurationError
from shared.kernel.errors import LibraryError, Unavailable
from shared.persistence.database import Database
from shared.persistence.driver import reason_of
from shared.persistence.migrating import migrations
from shared.persistence.migrating.app_role import CannotGrant
from shared.persistence.migrating.schema import SchemaNotCurrent, UnknownPast, expect_current
from shared.tasks import Worker, happens_within, run_until_signalled

MISCONFIGURED = 2
FAILED = 1
INTERRUPTED = 130  # the exit code of a command that Ctrl-C has ended
_LATER = "A later release has migrated the database; it stays as it is, and this one works with it."
_PAUSE_BETWEEN_TRIES = 2.0  # seconds to wait for a database that does not answer yet

_log = structlog.get_logger(__name__)

Settings = TypeVar("Settings", bound=ServiceSettings)
Background = TypeVar("Background", bound=ServiceSettings)
Built = TypeVar("Built")
Outcome = TypeVar("Outcome")
Grace = Annotated[float, typer.Option(help="Seconds that what is at work gets when the process ends.", min=0)]


async def _end_quietly(_: ServiceSettings, __: AsyncConnection) -> None:
    """Do nothing."""


class Application(Protocol):
    """The web application of a service."""

    def openapi(self) -> dict[str, Any]:
        """Return its OpenAPI document."""


def serve_over_http(app: Application, **how: Any) -> None:
    """Run the web server until it is stopped; see serving.run()."""
    from shared.web import serving  # noqa: PLC0415 - no command but `serve` and `relay` pays for the server

    serving.run(app, **how)


def service_commands(
    *,
    service: str,
    settings: type[Settings],
    background: type[Background],
    worker: type[Any] | None = None,
    create_app: Callable[[Settings], Application],
    create_worker: Callable[[Any], Worker],
    package: str,
    database_of: Callable[[Background], Database],
    serve_app: Callable[..., None] = serve_over_http,
    finish_migration: Callable[[Background, AsyncConnection], Awaitable[None]] = _end_quietly,
    port: int = 8000,
    version: str = "",
) -> typer.Typer:
    """Return `serve`, `migrate`, `await-schema`, `relay`, `openapi` and `settings` for a service, and `--version`.

    `create_app` and `create_worker` import what they need only when they are called. `serve_app(app, host=…, port=…,
    workers=…, grace=…, certificate=…, metrics_port=…)` runs the web server. `finish_migration` is the last step in the
    transaction of the migrations. `serve` reads `settings`, `migrate` only those of `background`, and `relay` those of
    `worker` or else of `background`, so that no process needs a secret that it does not use. Invalid settings end a
    command with sentences on standard error and exit code 2.
    """
    commands = typer.Typer(help=f"The {service} service.", no_args_is_help=True, pretty_exceptions_enable=False)

    @commands.command()
    def serve(
        host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
        port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = port,
        workers: Annotated[int, typer.Option(help="Number of processes.", min=1)] = 1,
        timeout_graceful_shutdown: Grace = 10,
    ) -> None:
        """Answer HTTP requests. Does not change the database schema: see `migrate`."""
        heap.begin()
        chosen = load_or_exit(settings, service)
        certificate = _built_or_exit(chosen.server_certificate)
        how = {"workers": workers, "grace": timeout_graceful_shutdown, "metrics_port": chosen.metrics_port}
        serve_app(create_app(chosen), host=host, port=port, certificate=certificate, **how)

    @commands.command()
    def migrate(
        wait: Annotated[float, typer.Option(help="Seconds to try again while the database is not there.", min=0)] = 0,
    ) -> None:
        """Bring the database to the newest schema. Safe to run twice, and by two at once.

        Needs the settings of the database only; where two roles share it, those of the role that owns the tables.
        What a later release has migrated stays as it is.
        """
        chosen = load_or_exit(background, service, rabbitmq_url=None)  # it publishes nothing
        migrate = partial(migrations.migrate, package=package, finish=partial(finish_migration, chosen))
        in_vain = "The database cannot be brought to the newest schema"
        is_newest = asyncio.run(_retry_until(migrate, lambda: database_of(chosen), wait=wait, in_vain=in_vain))
        typer.echo("The database has the newest schema." if is_newest else _LATER, err=True)

    @commands.command("await-schema")
    def await_schema(
        wait: Annotated[float, typer.Option(help="Seconds after which waiting was in vain.", min=0)] = 300,
    ) -> None:
        """Wait until `migrate`, elsewhere, has brought the database to the newest schema. Changes nothing."""
        chosen = load_or_exit(background, service, rabbitmq_url=None)  # it publishes nothing
        is_current = partial(expect_current, package=package)
        in_vain = "The database has not got the newest schema"
        asyncio.run(_retry_until(is_current, lambda: database_of(chosen), wait=wait, in_vain=in_vain))
        typer.echo("The database has the newest schema.", err=True)

    @commands.command()
    def relay(
        host: Annotated[str, typer.Option(help="Address for health and metrics.")] = "127.0.0.1",
        port: Annotated[
            int | None, typer.Option(help="Port for health and metrics; none if left out.", min=0, max=65535)
        ] = None,
        timeout_graceful_shutdown: Grace = 10,
    ) -> None:
        """Publish the outbox to RabbitMQ and run listeners and timed jobs. Several may run at once."""
        heap.begin()
        from uvicorn.loops.auto import auto_loop_factory  # noqa: PLC0415 - as in serve_over_http()

        from shared.web.documents.operations import operations  # noqa: PLC0415 - likewise

        chosen = load_or_exit(worker or background, service)
        if chosen.rabbitmq_url is None:
            exit_with("RABBITMQ_URL is missing: the relay needs the address of the broker (amqp://…).", MISCONFIGURED)
        certificate = None if port is None else _built_or_exit(chosen.server_certificate)
        database = database_of(chosen)  # a connection of its own, so that a busy relay does not look unhealthy

        async def work() -> None:
            probes = {"database": database.ping, "schema": lambda: expect_current(database, package)}
            health = operations(probes, host=host, port=port, certificate=certificate, metrics_port=chosen.metrics_port)
            async with health:
                heap.settle()
                worker = _OnceMigrated(_built_or_exit(partial(create_worker, chosen)), database, package)
                await run_until_signalled(worker, grace=timeout_graceful_shutdown)
            await database.dispose()

        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # the loop that the web server uses, too
            _built_or_exit(lambda: runner.run(work()))

    _add_information_commands(commands, service=service, settings=settings, create_app=create_app, version=version)
    return commands


def _add_information_commands(
    commands: typer.Typer,
    *,
    service: str,
    settings: type[Settings],
    create_app: Callable[[Settings], Application],
    version: str,
) -> None:
    """Add `--version`, `openapi` and `settings`, which need neither a database nor settings."""

    def print_version(*, requested: bool) -> None:
        if requested:
            typer.echo(f"library-{service} {version}")
            raise typer.Exit

    @commands.callback()
    def begin(
        *,
        _: Annotated[
            bool, typer.Option("--version", help="Print the version, and end.", is_eager=True, callback=print_version)
        ] = False,
    ) -> None:
        pass

    @commands.command()
    def openapi() -> None:
        """Print the OpenAPI document. Needs neither a database nor secrets."""
        chosen = settings_reference.settings_to_look_at(settings)
        logs.configure(service=service, level="ERROR", format=chosen.log_format)  # and so not to standard output
        app = create_app(chosen)
        typer.echo(json.dumps(app.openapi(), indent=2, ensure_ascii=False))

    @commands.command("settings")
    def show_settings() -> None:
        """Print every setting: its name, its default and what it means. Needs none of them."""
        for setting in settings_reference.settings_of(settings):
            typer.echo(f"{setting.name}  [{setting.default or 'no default'}]\n    {setting.meaning}")


def load_or_exit(settings: type[Settings], service: str, **overrides: Any) -> Settings:
    """Read the settings, warn of unknown ones and set up the log. Invalid ones end the process with exit code 2."""
    settings_reference.name_unknown_settings(settings, service)
    chosen = _built_or_exit(partial(configuration.load, settings, **overrides))
    logs.configure(service=service, level=chosen.log_level, format=chosen.log_format)
    tracing.configure(chosen.otel_exporter_otlp_endpoint)
    return chosen


def _built_or_exit(make: Callable[[], Built]) -> Built:
    try:
        return make()
    except ConfigurationError as error:
        exit_with("\n".join(error.sentences), MISCONFIGURED)


@dataclass(frozen=True, slots=True)
class _OnceMigrated:
    """A worker that waits until the database has been migrated, since before that it could only fail."""

    worker: Worker
    database: Database
    package: str

    async def run(self, stop: asyncio.Event) -> None:
        """Wait for the schema, then work until `stop` is set."""
        logged = False
        while not stop.is_set() and not await self._is_migrated(log=not logged):
            logged = True
            await happens_within(stop, _PAUSE_BETWEEN_TRIES)
        await self.worker.run(stop)

    async def _is_migrated(self, *, log: bool) -> bool:
        try:
            await expect_current(self.database, self.package)
        except UnknownPast as error:
            if log:
                _log.error("the database is none of ours", reason=str(error))
            return False
        except SchemaNotCurrent:
            if log:
                _log.warning("waiting for the schema that is needed", command=f"python -m {self.package} migrate")
            return False
        except (DBAPIError, Unavailable):
            return True  # the work itself waits for a database that does not answer
        return True


async def _retry_until(
    what: Callable[[Database], Awaitable[Outcome]], open_database: Callable[[], Database], *, wait: float, in_vain: str
) -> Outcome:
    """Retry for up to `wait` seconds while the database is unreachable or not migrated; `in_vain` then reports it."""
    until = time.monotonic() + wait
    while True:
        database = open_database()
        try:
            return await what(database)
        except (CannotGrant, UnknownPast) as error:
            exit_with(str(error), FAILED)
        except (DBAPIError, Unavailable, SchemaNotCurrent) as error:
            reason = str(error.orig if isinstance(error, DBAPIError) else error.__cause__ or error).partition("\n")[0]
            if time.monotonic() >= until:
                exit_with(f"{in_vain}: {reason}", FAILED)
            await asyncio.sleep(_PAUSE_BETWEEN_TRIES)
        finally:
            await database.dispose()


@contextmanager
def exit_on_failure(message: str, *, unchanged: str = "") -> Iterator[None]:
    """End the process with a sentence when the work inside the block fails.

    `message` is for a failure of a database or a file, with `{}` for the reason; `unchanged` says what is as it was.
    """
    try:
        yield
    except ConfigurationError as error:
        exit_with("\n".join(error.sentences), MISCONFIGURED)
    except (LibraryError, SchemaNotCurrent) as error:
        exit_with(f"{error.detail if isinstance(error, LibraryError) else error} {unchanged}".rstrip(), FAILED)
    except (DBAPIError, OSError) as error:
        exit_with(f"{message.format(reason_of(error))} {unchanged}".rstrip(), FAILED)
    except KeyboardInterrupt:
        exit_with(f"It was interrupted. {unchanged}".rstrip(), INTERRUPTED)


def exit_with(sentences: str, code: int) -> NoReturn:
    """End the process with `sentences` on standard error."""
    typer.echo(sentences, err=True)
    sys.exit(code)
