"""The commands as an operator starts them: in processes of their own."""

import asyncio
import json
import signal
import socket
import ssl
from pathlib import Path

import httpx
import pytest

from tests.authority import Authority
from tests.end_to_end import processes
from tests.ports import quiet_ports
from tests.servers import PostgresServer
from tests.shared import begun
from tests.shared.begun import Begun

SETTINGS = {
    "THINGS_NEIGHBOUR_URL": "http://neighbour",
    "THINGS_SECRET": "s3cret",
    "RABBITMQ_URL": "amqp://broker",
}


async def begin(*arguments: str, **environment: str) -> Begun:
    return await begun.begin("tests.shared.things_command", *arguments, environment=environment)


async def run(*arguments: str, **environment: str) -> tuple[int | None, str, str]:
    """Run a command to its end; return its exit code, output and errors."""
    done = await asyncio.to_thread(processes.run, "tests.shared.things_command", *arguments, environment=environment)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def database(tmp_path: Path) -> dict[str, str]:
    return {"THINGS_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'things.db'}"}


async def test_serving_hands_the_application_to_the_server(database: dict[str, str]) -> None:
    options = ("--host", "0.0.0.0", "--workers", "2", "--timeout-graceful-shutdown", "25")
    code, out, _ = await run("serve", *options, **SETTINGS, **database)

    told = {"host": "0.0.0.0", "port": 8009, "certificate": None, "workers": 2, "grace": 25.0, "metrics_port": None}
    assert (code, out) == (0, f"Things {told}\n")


@pytest.mark.parametrize("command", ["serve", "relay"])
async def test_wrong_settings_end_a_command_with_sentences_and_code_2(command: str) -> None:
    code, out, err = await run(command, THINGS_SECRET="s3cret", THINGS_DATABASE_URL="mysql://u:s3cret@db")

    first, *more = err.splitlines()
    assert (code, out) == (2, "")
    assert first.startswith("THINGS_DATABASE_URL cannot be used: ")
    assert more == (["THINGS_NEIGHBOUR_URL is missing: it has no default."] if command == "serve" else [])
    assert "s3cret" not in err


async def test_migrating_needs_no_setting_but_the_database(database: dict[str, str]) -> None:
    code, _, err = await run("migrate", **database)
    wrong, _, sentences = await run("migrate", THINGS_DATABASE_URL="mysql://u:s3cret@db")

    assert (code, err) == (0, "The database has the newest schema.\n")
    assert (wrong, sentences.count("\n"), "s3cret" in sentences) == (2, 1, False)
    assert sentences.startswith("THINGS_DATABASE_URL cannot be used: ")


async def test_every_command_names_a_misspelt_setting_and_none_of_other_processes(database: dict[str, str]) -> None:
    code, _, err = await run("migrate", **database, **SETTINGS, THINGS_DATABSE_URL="x")

    assert (code, "THINGS_SECRET" in err) == (0, False)
    assert err.startswith("THINGS_DATABSE_URL is no setting of the library: did you mean THINGS_DATABASE_URL?\n")


async def test_migrating_brings_the_database_up_to_date_as_often_as_asked(database: dict[str, str]) -> None:
    for _ in range(2):
        code, out, err = await run("migrate", **SETTINGS, **database)

        assert (code, out) == (0, "")
        assert err.endswith("The database has the newest schema.\n")


async def test_migrating_a_database_that_is_not_there_fails_with_a_sentence() -> None:
    (port,) = quiet_ports(1)
    code, _, err = await run(
        "migrate", **SETTINGS, THINGS_DATABASE_URL=f"postgresql+asyncpg://app:s3cret@127.0.0.1:{port}/things"
    )

    assert code == 1
    assert "Traceback" not in err
    assert "cannot be brought to the newest schema" in err.splitlines()[-1]
    assert "Connect call failed" in err.splitlines()[-1]
    assert "s3cret" not in err


async def test_migrating_waits_for_a_database_that_comes_late(postgres_server: PostgresServer) -> None:
    url = postgres_server.url("latecomer")
    process = await begin("migrate", "--wait", "30", **SETTINGS, THINGS_DATABASE_URL=url)
    assert b"the database lets nobody in" in await process.stderr.readline()

    postgres_server.create_database("latecomer")
    _, err = await asyncio.wait_for(process.communicate(), 60)

    assert process.returncode == 0
    assert err.decode().endswith("The database has the newest schema.\n")


async def test_who_waits_for_the_schema_goes_on_once_somebody_else_has_migrated(database: dict[str, str]) -> None:
    early, _, told = await run("await-schema", "--wait", "0", **SETTINGS, **database)
    waiting = await begin("await-schema", "--wait", "30", **SETTINGS, **database)

    await run("migrate", **SETTINGS, **database)
    out, err = await asyncio.wait_for(waiting.communicate(), 30)

    assert early == 1
    assert told.splitlines()[-1].startswith("The database has not got the newest schema: ")
    assert (waiting.returncode, out) == (0, b"")
    assert err.endswith(b"The database has the newest schema.\n")


async def test_the_relay_waits_until_somebody_has_migrated(database: dict[str, str]) -> None:
    process = await begin("relay", **SETTINGS, **database)
    waiting = await asyncio.wait_for(process.stderr.readline(), 60)

    await run("migrate", **SETTINGS, **database)
    works = await asyncio.wait_for(process.stdout.readline(), 60)
    process.send_signal(signal.SIGTERM)
    out, _ = await asyncio.wait_for(process.communicate(), 30)

    assert b"waiting for the schema that is needed" in waiting
    assert b"python -m tests.shared.persistence.things migrate" in waiting
    assert (0, b"works\n", b"ends in order\n") == (process.returncode, works, out)


async def test_the_relay_answers_for_its_health_and_metrics(database: dict[str, str]) -> None:
    await run("migrate", **SETTINGS, **database)
    (port,) = quiet_ports(1)
    process = await begin("relay", "--port", str(port), **SETTINGS, **database)
    await process.stdout.readline()

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        live, ready, metrics = [await client.get(path) for path in ("/health/live", "/health/ready", "/metrics")]
    process.send_signal(signal.SIGTERM)
    out, _ = await asyncio.wait_for(process.communicate(), 60)

    assert (live.status_code, ready.status_code, metrics.status_code) == (200, 200, 200)
    assert ready.json() == {"status": "ready", "checks": {"database": "ok", "schema": "ok"}}
    assert "process_cpu_seconds_total" in metrics.text
    assert (process.returncode, out) == (0, b"ends in order\n")


async def test_half_a_certificate_or_one_that_cannot_be_used_ends_the_process_with_one_sentence(
    database: dict[str, str], authority: Authority, tmp_path: Path
) -> None:
    issued = authority.issue("127.0.0.1", file="things")
    certificate, key = {"TLS_CERTIFICATE_FILE": str(issued.certificate)}, {"TLS_KEY_FILE": str(issued.key)}
    nowhere, other = tmp_path / "nowhere.pem", authority.issue("127.0.0.1", file="others").key
    cases = {
        "TLS_KEY_FILE is missing, but TLS_CERTIFICATE_FILE is set: set both, or neither.": certificate,
        "TLS_CERTIFICATE_FILE is missing, but TLS_KEY_FILE is set: set both, or neither.": key,
        f"{nowhere} cannot be read: No such file or directory.": certificate | {"TLS_KEY_FILE": str(nowhere)},
        f"the key in {other} does not belong to {issued.certificate}.": certificate | {"TLS_KEY_FILE": str(other)},
    }
    commands = [("serve",), ("relay", "--port", "0")] * 2  # both read it in the same way
    ended = await asyncio.gather(
        *(
            run(*command, **SETTINGS, **database, **files)
            for command, files in zip(commands, cases.values(), strict=True)
        )
    )

    for sentence, (code, out, err) in zip(cases, ended, strict=True):
        assert (2, "", 1) == (code, out, len(err.splitlines())), err
        assert err.endswith(f"{sentence}\n")


async def test_an_authority_that_cannot_be_read_ends_a_command_with_one_sentence(
    database: dict[str, str], tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere.pem"
    code, out, err = await run("migrate", **SETTINGS, **database, TLS_CA_FILE=str(nowhere))

    assert (2, "") == (code, out)
    assert err == f"TLS_CA_FILE cannot be used: {nowhere} cannot be read: No such file or directory.\n"


async def test_the_relay_answers_over_https_where_it_has_a_certificate(
    database: dict[str, str], authority: Authority
) -> None:
    issued = authority.issue("127.0.0.1", file="relay")
    files = {"TLS_CERTIFICATE_FILE": str(issued.certificate), "TLS_KEY_FILE": str(issued.key)}
    (port,) = quiet_ports(1)
    await run("migrate", **SETTINGS, **database)
    process = await begin("relay", "--port", str(port), **SETTINGS, **database, **files)
    await process.stdout.readline()

    trusting = ssl.create_default_context(cafile=authority.file)
    async with httpx.AsyncClient(verify=trusting) as client:
        ready = await client.get(f"https://127.0.0.1:{port}/health/ready")
        with pytest.raises(httpx.TransportError):
            await client.get(f"http://127.0.0.1:{port}/health/ready")
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), 60)

    assert (200, 0) == (ready.status_code, process.returncode)


async def test_migrating_needs_neither_a_certificate_nor_the_password_of_the_broker(
    database: dict[str, str], tmp_path: Path
) -> None:
    nowhere = str(tmp_path / "nowhere")
    unreadable = {"TLS_CERTIFICATE_FILE": nowhere, "TLS_KEY_FILE": nowhere}
    unreadable |= {"RABBITMQ_URL": "", "RABBITMQ_HOST": "broker", "RABBITMQ_PASSWORD_FILE": nowhere}

    code, _, err = await run("migrate", **(SETTINGS | database | unreadable))

    assert 0 == code, err


@pytest.mark.parametrize("with_health", [True, False])
async def test_the_relay_tells_its_measurements_at_a_port_of_their_own(
    database: dict[str, str], *, with_health: bool
) -> None:
    port, metrics_port = quiet_ports(2)
    options = ("--port", str(port)) if with_health else ()
    await run("migrate", **SETTINGS, **database)
    process = await begin("relay", *options, **SETTINGS, **database, THINGS_METRICS_PORT=str(metrics_port))
    await process.stdout.readline()

    async with httpx.AsyncClient() as client:
        told = await client.get(f"http://127.0.0.1:{metrics_port}/metrics")
        paths = ("/health/live", "/metrics") if with_health else ()
        beside = [(await client.get(f"http://127.0.0.1:{port}{path}")).status_code for path in paths]
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), 60)

    assert (told.status_code, beside) == (200, [200, 404] if with_health else [])
    assert "process_cpu_seconds_total" in told.text


async def test_a_port_of_the_relay_that_is_taken_is_named_in_a_sentence(database: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = await run("relay", "--port", str(port), **SETTINGS, **database)

    assert (code, "Traceback" in err) == (2, False)
    assert err.startswith(f"Port {port} of 127.0.0.1 cannot be used: ")


async def test_a_port_for_measurements_that_is_no_port_is_named_in_a_sentence(database: dict[str, str]) -> None:
    code, _, err = await run("serve", **SETTINGS, **database, THINGS_METRICS_PORT="70000")

    assert code == 2
    assert err.startswith("THINGS_METRICS_PORT cannot be used: ")


async def test_the_relay_without_a_broker_fails_with_one_sentence(database: dict[str, str]) -> None:
    code, _, err = await run("relay", **(SETTINGS | database | {"RABBITMQ_URL": ""}))

    assert (code, len(err.splitlines())) == (2, 1)
    assert err.startswith("RABBITMQ_URL is missing")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_relay_ends_in_order_when_it_is_told_to(number: signal.Signals, database: dict[str, str]) -> None:
    await run("migrate", **SETTINGS, **database)
    process = await begin("relay", **SETTINGS, **database)
    await process.stdout.readline()

    process.send_signal(number)
    out, err = await asyncio.wait_for(process.communicate(), 60)

    assert (process.returncode, out) == (0, b"ends in order\n")
    assert json.loads(err)["labels.signal"] == number.name


async def test_the_openapi_document_needs_no_settings_and_commands_are_told_without_any() -> None:
    code, document, _ = await run("openapi")
    _, out, err = await run()

    assert (code, json.loads(document)["info"]["title"]) == (0, "Things")
    assert {"serve", "migrate", "await-schema", "relay", "openapi"} <= set((out + err).split())
