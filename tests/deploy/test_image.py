"""The image of the services: built, small, bare, and run as a cluster would run it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.deploy.podman import IMAGE, Container, build_image, limits, podman
from tests.ports import HOST, quiet_ports
from tests.servers import PostgresServer

SERVICES = ("books", "members", "loans")


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    build_image()
    yield IMAGE
    podman("rmi", "-f", IMAGE, check=False)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "data-keys.txt").write_text(f"lookup:{'A' * 43}=\nfirst:{'B' * 43}=\n")
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o755)
    return folder


@pytest.fixture
async def running(
    image: str, keys: Path, postgres_server: PostgresServer
) -> AsyncIterator[dict[str, tuple[Container, str]]]:
    """One container of each service, migrated and ready, with its address."""
    ports = dict(zip(SERVICES, quiet_ports(3), strict=True))
    members = f"http://{HOST}:{ports['members']}"
    containers: dict[str, tuple[Container, str]] = {}
    try:
        for service, port in ports.items():
            name = f"image_{service}_{port}"
            environment = {
                f"{service.upper()}_DATABASE_URL": postgres_server.create_database(name),
                "AUTH_JWKS_URL": f"{members}/.well-known/jwks.json",
                "MEMBERS_SIGNING_KEYS_FILE": "/keys/key.pem",
                "MEMBERS_DATA_KEYS_FILE": "/keys/data-keys.txt",
                "MEMBERS_BOOKS_URL": f"http://{HOST}:{ports['books']}",
                "MEMBERS_CLIENTS": json.dumps({"loans": {"secret": "s" * 40, "scopes": "books:lending"}}),
                "LOANS_BOOKS_URL": f"http://{HOST}:{ports['books']}",
                "LOANS_MEMBERS_URL": members,
                "LOANS_CLIENT_SECRET": "s" * 40,
            }
            migration = Container(f"{service}_service", "migrate", environment=environment, mounts={keys: "/keys"})
            assert podman("wait", migration.name) == "0", migration.logs()
            migration.remove()
            serve = (f"{service}_service", "serve", "--port", str(port), "--timeout-graceful-shutdown", "25")
            container = Container(*serve, environment=environment, mounts={keys: "/keys"})
            containers[service] = (container, f"http://{HOST}:{port}")
        for container, address in containers.values():
            await _until_ready(container, address)
        yield containers
    finally:
        for container, _ in containers.values():
            container.remove()


async def _until_ready(container: Container, address: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        for _ in range(300):
            try:
                if (await http.get(f"{address}/health/ready")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.2)
    raise AssertionError(container.logs()[-3000:])


def test_it_is_small_and_holds_no_shell_no_compiler_and_no_package_manager(image: str) -> None:
    size = int(podman("inspect", "--format", "{{.Size}}", image))
    assert size < 290_000_000, "forty of them are fonts, and how two hundred languages write days and amounts"
    listing = (
        "import os, json; print(json.dumps([name for folder in os.environ['PATH'].split(':') "
        "if os.path.isdir(folder) for name in os.listdir(folder)]))"
    )
    programs = json.loads(
        podman("run", "--rm", "--network", "none", *limits(), "--entrypoint", "python3", image, "-c", listing)
    )

    assert {name.rstrip("0123456789.") for name in programs} == {"python"}
    nowhere = podman("run", "--rm", "--network", "none", *limits(), image, "pip", check=False)
    assert "No module named pip" in nowhere


def test_a_new_volume_for_keys_or_uploads_can_be_written_by_its_user(image: str) -> None:
    for place in ("signing-keys", "spool"):
        volume, folder = f"library-test-{place}", f"/var/lib/library/{place}"
        write = f"open('{folder}/file', 'w').close(); print('written')"
        try:
            done = podman(
                "run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL", *limits(),
                "--volume", f"{volume}:{folder}", "--entrypoint", "python3", image, "-c", write,
            )  # fmt: skip
            assert done == "written", place
        finally:
            podman("volume", "rm", "-f", volume, check=False)


def test_it_says_what_it_is(image: str) -> None:
    config = json.loads(podman("inspect", "--format", "{{json .Config}}", image))

    assert config["User"] == "10001:10001"
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert json.loads(podman("inspect", "--format", "{{json .HealthCheck}}", image))["Test"][0] == "CMD"


async def test_each_service_answers_and_ends_in_time_without_losing_a_request(
    running: dict[str, tuple[Container, str]],
) -> None:
    for container, address in running.values():
        assert container.id_of_user() == "10001"
        async with httpx.AsyncClient(trust_env=False, base_url=address) as http:
            assert (await http.get("/health/ready")).json()["status"] == "ready"
            assert (await http.get("/docs")).status_code == 200

        began, answer, code = time.monotonic(), *await _stop_in_the_middle_of_a_request(container, address)

        assert answer.startswith(b"HTTP/1.1 401 "), answer
        assert b"not-authenticated" in answer
        assert code == 0
        assert time.monotonic() - began < 25


async def _stop_in_the_middle_of_a_request(container: Container, address: str) -> tuple[bytes, int]:
    """Send half a request, let the container be stopped, send the other half; return the answer and the exit code."""
    url = httpx.URL(address)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    path = container.name.split("-")[1]
    lines = (f"POST /v1/{path} HTTP/1.1", "Host: x", "Content-Type: application/json", "Content-Length: 2")
    head = "\r\n".join((*lines, "Connection: close", "", ""))
    writer.write(head.encode())
    await writer.drain()
    await asyncio.sleep(0.3)
    stopping = asyncio.create_task(asyncio.to_thread(container.stop, 30))
    await asyncio.sleep(1.5)
    writer.write(b"{}")
    answer = await reader.read()
    writer.close()
    return answer, await stopping
