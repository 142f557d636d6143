"""A real server and real sockets: whose word on the caller counts, and which host names are ours."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared.trusted import AllowedHosts, TrustedProxies
from shared.web import serving
from tests.shared.web.sample import sample_app

PROXY = "127.0.0.2"  # this machine is every address that begins with 127
SPOOFED = "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\n"


@asynccontextmanager
async def served(**settings: Any) -> AsyncIterator[int]:
    listening = serving.listen("127.0.0.1", 0)
    server = serving.server(sample_app(**settings), host="127.0.0.1", port=0, sockets=[listening])
    task = asyncio.create_task(server.serve())
    await server.answering.wait()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def asked(
    port: int, headers: str = "", *, target: str = "/v1/whence", host: str = "things.test", local: str = "127.0.0.1"
) -> tuple[int, dict[str, Any], str]:
    """Send one request from the address `local`; return status, body and head of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(local, 0))
    writer.write(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n".encode("latin-1"))
    head, _, body = (await asyncio.wait_for(reader.read(), 20)).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), json.loads(body or b"{}"), head.decode("latin-1").lower()


async def test_nobody_chooses_the_address_that_is_believed_unless_a_proxy_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # the server's own setting, which is not ours
    async with served() as port:
        _, told, head = await asked(port, SPOOFED)

    assert {"address": "127.0.0.1", "url": "http://things.test/"} == told
    assert "strict-transport-security" not in head


@pytest.mark.parametrize("proxies", ["1", PROXY, "127.0.0.2/31"])
async def test_a_named_proxy_says_who_calls_and_by_which_scheme(proxies: str) -> None:
    sent = "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n"
    async with served(trusted_proxies=TrustedProxies.read(proxies)) as port:
        _, told, head = await asked(port, sent, local=PROXY)

    assert {"address": "203.0.113.9", "url": "https://things.test/"} == told
    assert "strict-transport-security" in head


async def test_whoever_comes_around_the_named_proxy_is_not_believed() -> None:
    async with served(trusted_proxies=TrustedProxies.read(PROXY)) as port:
        _, told, head = await asked(port, SPOOFED, local="127.0.0.9")

    assert {"address": "127.0.0.9", "url": "http://things.test/"} == told
    assert "strict-transport-security" not in head


async def test_of_several_schemes_the_one_that_the_same_proxy_saw_counts() -> None:
    sent = "X-Forwarded-For: 203.0.113.9, 198.51.100.1\r\nX-Forwarded-Proto: http, https, http\r\n"
    async with served(trusted_proxies=TrustedProxies.read("2")) as port:
        _, told, _ = await asked(port, sent)

    assert {"address": "203.0.113.9", "url": "https://things.test/"} == told


@pytest.mark.parametrize("sent", ["evil", "\xff", "", "javascript", "https://evil.example", ",", "wss"])
async def test_a_scheme_that_there_is_not_is_overlooked(sent: str) -> None:
    headers = f"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: {sent}\r\n"
    async with served(trusted_proxies=TrustedProxies.read("1")) as port:
        status, told, _ = await asked(port, headers)

    assert (200, "http://things.test/") == (status, told["url"])


@pytest.mark.parametrize(
    ("sent", "hosts", "origin"),
    [
        ("shown.test", "", "https://shown.test"),
        ("evil.example, shown.test:8443", "", "https://shown.test:8443"),
        ("shown.test", "things.test, shown.test", "https://shown.test"),
        ("evil.example", "things.test", "https://things.test"),
        ('evil.example/?">', "", ""),
        ("", "", ""),
    ],
)
async def test_addresses_in_answers_are_on_the_host_that_a_named_proxy_was_called_by(
    sent: str, hosts: str, origin: str
) -> None:
    headers = f"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: {sent}\r\n"
    async with served(trusted_proxies=TrustedProxies.read("1"), allowed_hosts=AllowedHosts.read(hosts)) as port:
        _, _, head = await asked(port, headers, target="/v1/things")

    assert f'link: <{origin}/v1/things>; rel="first"' in head.splitlines()


OURS = AllowedHosts.read("things.test, *.branch.test")


async def test_a_request_that_was_meant_for_another_host_is_refused() -> None:
    async with served(allowed_hosts=OURS) as port:
        answers = [await asked(port, host=host) for host in ("things.test", "north.branch.test:8443", "evil.example")]

    assert [200, 200, 421] == [status for status, _, _ in answers]
    problem = answers[-1][1]
    assert ("unknown-host", "/v1/whence") == (problem["code"], problem["instance"])
    assert "THINGS_ALLOWED_HOSTS" in problem["detail"]
    assert "evil.example" not in str(answers[-1])


async def test_the_host_of_a_whole_address_counts_whatever_the_header_says() -> None:
    async with served(allowed_hosts=OURS) as port:
        evil, _, _ = await asked(port, target="http://evil.example/v1/whence")
        ours, told, _ = await asked(port, target="http://north.branch.test/v1/whence", host="evil.example")
        hidden, _, _ = await asked(port, target="http://things.test@evil.example/v1/whence")

    assert (421, 200) == (evil, ours)
    assert "http://north.branch.test/" == told["url"]
    assert hidden in (400, 421)


async def test_probes_ask_by_any_name_but_not_through_the_gateway() -> None:
    async with served(allowed_hosts=OURS, root_path="/things") as port:
        direct = [await asked(port, target=path, host="10.0.0.7:8000") for path in ("/health/live", "/health/ready")]
        status, _, _ = await asked(port, target="/things/health/live", host="evil.example")
        redirect, _, head = await asked(port, target="/things/", host="evil.example")

    assert [200, 200] == [answer[0] for answer in direct]
    assert (421, 421) == (status, redirect)
    assert "location" not in head


async def test_measurements_are_taken_by_any_name() -> None:
    async with served(allowed_hosts=OURS) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: 10.0.0.7:8000\r\nConnection: close\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 20)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 200")
