"""What `serve` and `relay` need, and nothing else, is in their memory."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from shared.persistence.migrating.schema import newest
from shared.persistence.migrating.upgrading import alembic_config

SERVICES = ["books", "members", "loans"]
_OF_TRACING = {"opentelemetry.sdk", "opentelemetry.exporter", "google.protobuf"}
_OF_DECORATION = {"rich", "pygments", "pydantic.v1"}
NOT_NEEDED = (
    {"alembic", "mako", "jsonschema", "pymarc", "jinja2", "babel", "segno", "fpdf", "PIL", "barcode", "pytest"}
    | _OF_TRACING
    | _OF_DECORATION
)
"""Of migrations, of tracing without a collector (FastAPI brings the rest of OpenTelemetry along), of attributes of
members where a library has decided on none, of MARC before the first file in it, of the sign-in page before somebody
opens it, of notices before the first is written, of labels and cards before somebody prints some, of tests; and what
other packages import only because it is installed."""
NOT_NEEDED_TO_SERVE = {"aio_pika", "aiormq", "pamqp"}
"""Of the broker, which the relay alone speaks to."""
NOT_NEEDED_WITHOUT_NEIGHBOURS = {"httpx", "aiohttp"}
"""Of the client of other services, which the relay of books never asks."""
NOT_NEEDED_WITHOUT_MAPPINGS = {"sqlalchemy.orm"}
"""Of aggregates that are mapped, of which loans has none."""
NOT_NEEDED_TO_RELAY = {"cryptography", "jose"}
"""Of tokens and receipts, which relays do not check; that of members decrypts what the database holds."""
NOT_NEEDED_TO_BEGIN = {"uvicorn", "starlette"} | NOT_NEEDED_WITHOUT_NEIGHBOURS | NOT_NEEDED_TO_SERVE
"""Of servers and clients, which `migrate` and `export` are not."""

AS_STARTED = """
import json, os, sys
from {service}_service import __main__ as command
from shared.settings_reference import settings_to_look_at
from {service}_service.settings import Settings
os.environ["RABBITMQ_URL"] = "amqp://nobody.invalid"
{more}
print(json.dumps(sorted(name for name, module in sys.modules.items() if module is not None)))
"""
OPENS = "from shared.persistence.database import Database\nDatabase('{url}')"
MIGRATES = """
import asyncio
from shared.persistence.database import Database
from shared.persistence.migrating.migrations import migrate
asyncio.run(migrate(Database('sqlite+aiosqlite:///{file}'), '{{service}}_service'))
"""
SERVES = "from {service}_service.main import create_app\ncreate_app(settings_to_look_at(Settings))"
RELAYS = """
import shared.web.documents.operations
from {service}_service.worker import create_worker
create_worker(settings_to_look_at(Settings))
"""


NEEDS_MORE = """
import shared.persistence.migrating.upgrading
from shared import tracing
tracing.configure('http://127.0.0.1:9')
os.environ["MEMBERS_ATTRIBUTES_SCHEMA"] = '{{"type": "object"}}'
settings_to_look_at(Settings)
from books_service.adapters.exchange.marc import files
files.read_marc(iter(()), None)
from members_service.api.identity import sign_in_page
sign_in_page._pages()
sign_in_page._qr_code("otpauth://totp/library")
from members_service.adapters.notices import local_forms
from shared.kernel.sheets import SHEETS, Symbology
from shared.printing.pages import Pages
with Pages(SHEETS["card"]) as pages:
    pages.draw_code(pages.next_label(), "1", Symbology.CODE39)
import rich.traceback
"""


def only_for_who_serves(service: str) -> set[str]:
    """Return what a process has imported that has made the web application, and no other has."""
    return {"fastapi", "shared.service.web", f"{service}_service.api", f"{service}_service.main"}


@pytest.fixture(scope="module")
def modules_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., set[str]]:
    """Return what a process has imported that has begun as a command of the service, and done more."""
    keys = tmp_path_factory.mktemp("keys") / "data-keys"
    environment = os.environ | {"MEMBERS_DATA_KEYS_FILE": str(keys), "MEMBERS_MAKE_DATA_KEYS": "true"}

    @cache
    def modules(service: str, more: str = "") -> set[str]:
        code = AS_STARTED.format(service=service, more=more.format(service=service))
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
        )
        assert 0 == done.returncode, done.stderr
        return set(json.loads(done.stdout.splitlines()[-1]))

    return modules


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("more", [SERVES, RELAYS], ids=["serve", "relay"])
def test_a_service_imports_nothing_that_only_migrations_or_tracing_need(
    modules_of: Callable[..., set[str]], service: str, more: str
) -> None:
    assert set() == modules_of(service, more) & NOT_NEEDED


@pytest.mark.parametrize("service", SERVICES)
def test_who_only_serves_has_no_client_of_the_broker(modules_of: Callable[..., set[str]], service: str) -> None:
    found = modules_of(service, SERVES)

    assert set() == found & NOT_NEEDED_TO_SERVE
    assert only_for_who_serves(service) <= found


@pytest.mark.parametrize("service", SERVICES)
def test_who_relays_has_one_but_neither_fastapi_nor_a_route(modules_of: Callable[..., set[str]], service: str) -> None:
    found = modules_of(service, RELAYS)

    assert found >= NOT_NEEDED_TO_SERVE
    assert set() == found & only_for_who_serves(service)


def test_who_asks_no_neighbour_has_no_client_of_one(modules_of: Callable[..., set[str]]) -> None:
    assert set() == modules_of("books", RELAYS) & NOT_NEEDED_WITHOUT_NEIGHBOURS
    assert modules_of("books", SERVES) >= NOT_NEEDED_WITHOUT_NEIGHBOURS  # where there is one, it is seen


@pytest.mark.parametrize("service", SERVICES)
def test_a_command_begins_with_neither_server_nor_client(modules_of: Callable[..., set[str]], service: str) -> None:
    assert set() == modules_of(service) & (NOT_NEEDED_TO_BEGIN | NOT_NEEDED | only_for_who_serves(service))


def test_what_is_imported_all_the_same_would_be_seen(modules_of: Callable[..., set[str]]) -> None:
    found = modules_of("members", NEEDS_MORE)

    assert NOT_NEEDED - {"pytest", "pydantic.v1"} <= found


def test_a_process_has_the_driver_of_its_own_database_alone(modules_of: Callable[..., set[str]]) -> None:
    on_sqlite = modules_of("loans", OPENS.format(url="sqlite+aiosqlite:///loans.db"))
    on_postgresql = modules_of("loans", OPENS.format(url="postgresql+asyncpg://nobody.invalid/loans"))

    assert {"aiosqlite", "sqlite3"} <= on_sqlite - on_postgresql
    assert "asyncpg" in on_postgresql - on_sqlite


def test_a_database_with_the_newest_schema_needs_no_alembic(
    modules_of: Callable[..., set[str]], tmp_path: Path
) -> None:
    migrates = MIGRATES.format(file=tmp_path / "loans.db")

    assert "alembic" in modules_of("loans", migrates)
    assert "alembic" not in modules_of("loans", f"{migrates}# again")


@pytest.mark.parametrize("service", ["books", "loans"])
def test_who_relays_neither_checks_tokens_nor_seals_receipts(modules_of: Callable[..., set[str]], service: str) -> None:
    assert set() == modules_of(service, RELAYS) & NOT_NEEDED_TO_RELAY
    assert modules_of(service, SERVES) >= NOT_NEEDED_TO_RELAY  # where they are, they are seen


@pytest.mark.parametrize("more", [SERVES, RELAYS], ids=["serve", "relay"])
def test_who_maps_nothing_has_no_orm(modules_of: Callable[..., set[str]], more: str) -> None:
    assert set() == modules_of("loans", more) & NOT_NEEDED_WITHOUT_MAPPINGS
    assert modules_of("members", more) >= NOT_NEEDED_WITHOUT_MAPPINGS  # where there is one, it is seen


def test_a_package_whose_parts_are_imported_alone_is_whole_for_who_asks_it(
    modules_of: Callable[..., set[str]],
) -> None:
    whole = "from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, engine, session"

    assert {"sqlalchemy.orm", "sqlalchemy.ext.asyncio.scoping"} <= modules_of("loans", whole)


def test_what_is_kept_out_of_one_package_can_be_imported_afterwards(modules_of: Callable[..., set[str]]) -> None:
    assert {"rich", "structlog"} <= modules_of("members", "import rich")


@pytest.mark.parametrize("service", SERVICES)
def test_the_newest_migration_is_the_one_that_alembic_means(service: str) -> None:
    package = f"{service}_service"

    assert ScriptDirectory.from_config(alembic_config(package)).get_heads() == [newest(package)]
