"""What `serve` and `relay` need, and nothing else, is in their memory."""

import json
import subprocess
import sys

import pytest
from alembic.script import ScriptDirectory

from shared.persistence.migrating.migrations import alembic_config
from shared.persistence.migrating.schema import newest

SERVICES = ["books", "members", "loans"]
NOT_NEEDED = {"alembic", "mako", "opentelemetry.sdk", "opentelemetry.exporter", "google.protobuf", "pytest"}
"""Of migrations, of tracing without a collector (FastAPI brings the rest of OpenTelemetry along), of tests."""
NOT_NEEDED_TO_SERVE = {"aio_pika", "aiormq", "pamqp"}
"""Of the broker, which the relay alone speaks to."""

AS_STARTED = """
import json, os, sys
from {service}_service import __main__ as command
from {service}_service.main import create_app, create_worker
from shared.settings_reference import settings_to_look_at
from {service}_service.settings import Settings
os.environ["RABBITMQ_URL"] = "amqp://nobody.invalid"
create_app(settings_to_look_at(Settings))
{more}
print(json.dumps(sorted(sys.modules)))
"""


def modules_of(service: str, *, more: str = "") -> set[str]:
    """Return what a process has imported that has made the service's application and worker."""
    code = AS_STARTED.format(service=service, more=more)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_nothing_that_only_migrations_or_tracing_need(service: str) -> None:
    assert set() == modules_of(service) & NOT_NEEDED


@pytest.mark.parametrize("service", SERVICES)
def test_who_only_serves_has_no_client_of_the_broker(service: str) -> None:
    assert set() == modules_of(service) & NOT_NEEDED_TO_SERVE


def test_who_relays_has_one() -> None:
    more = "create_worker(settings_to_look_at(Settings))"

    assert NOT_NEEDED_TO_SERVE <= modules_of("books", more=more)


def test_what_is_imported_all_the_same_would_be_seen() -> None:
    more = "from shared import tracing\nimport shared.persistence.migrating.migrations\ntracing.configure('http://127.0.0.1:9')"

    assert NOT_NEEDED - {"pytest"} <= modules_of("books", more=more)


@pytest.mark.parametrize("service", SERVICES)
def test_the_newest_migration_is_the_one_that_alembic_means(service: str) -> None:
    package = f"{service}_service"

    assert ScriptDirectory.from_config(alembic_config(package)).get_heads() == [newest(package)]
