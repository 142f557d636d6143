"""The script of `helm test`: a pod whose network lets it through a moment after its start."""

import asyncio
import importlib.util
from types import ModuleType

import httpx
import pytest

from tests.deploy.operators import CHART
from tests.ports import HOST, quiet_ports


@pytest.fixture(scope="module")
def smoke_test() -> ModuleType:
    made = importlib.util.spec_from_file_location("smoke_test", CHART / "files/smoke_test.py")
    assert made is not None
    assert made.loader is not None
    module = importlib.util.module_from_spec(made)
    made.loader.exec_module(module)
    return module


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


async def test_a_service_that_is_reached_a_moment_later_is_waited_for(smoke_test: ModuleType) -> None:
    (port,) = quiet_ports(1)
    with httpx.Client(trust_env=False) as client:
        asked = asyncio.create_task(asyncio.to_thread(smoke_test.once_reached, client, f"http://{HOST}:{port}/"))
        await asyncio.sleep(0.5)
        refused = not asked.done()
        async with await asyncio.start_server(answer, HOST, port):
            answered = await asked

    assert refused
    assert answered.status_code == 204


def test_a_service_that_is_never_reached_ends_the_test_with_its_address(smoke_test: ModuleType) -> None:
    (port,) = quiet_ports(1)

    with httpx.Client(trust_env=False) as client, pytest.raises(SystemExit, match=f"{port}/ was not reached"):
        smoke_test.once_reached(client, f"http://{HOST}:{port}/", timeout=0)
