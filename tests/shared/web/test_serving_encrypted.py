"""HTTPS: what is shown, to whom, for how long a handshake may take, and that nothing else is answered."""

import asyncio
import contextlib
import json
import signal
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from cryptography import x509

from shared.tls import ServerCertificate
from shared.web import serving
from tests.authority import Authority, Issued
from tests.shared.begun import begin
from tests.shared.web.sample import sample_app


@pytest.fixture
def issued(authority: Authority, tmp_path: Path) -> Issued:
    return authority.issue("127.0.0.1", file=tmp_path.name)


@pytest.fixture
def trusting(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority.file)


@asynccontextmanager
async def served(issued: Issued) -> AsyncIterator[int]:
    """Serve the sample over HTTPS, with a look at the files at each handshake; give its port."""
    listening = serving.listen("127.0.0.1", 0)
    port: int = listening.getsockname()[1]
    certificate = ServerCertificate(issued.certificate, issued.key, looks_every=0)
    server = serving.server(sample_app(), host="127.0.0.1", port=port, sockets=[listening], certificate=certificate)
    task = asyncio.create_task(server.serve())
    await server.answering.wait()
    try:
        yield port
    finally:
        server.should_exit = True
        await task


async def shown(port: int, trusting: ssl.SSLContext) -> int:
    """Return the serial number of the certificate that a new connection gets to see."""
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
    certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(certificate).serial_number


def serial_of(issued: Issued) -> int:
    return x509.load_pem_x509_certificate(issued.certificate.read_bytes()).serial_number


async def test_requests_are_answered_and_known_to_be_encrypted(issued: Issued, trusting: ssl.SSLContext) -> None:
    async with served(issued) as port, httpx.AsyncClient(verify=trusting, trust_env=False) as http:
        answers = [await http.get(f"https://127.0.0.1:{port}/health/{which}") for which in ("live", "ready")]

    assert [200, 200] == [answer.status_code for answer in answers]


async def test_what_is_not_encrypted_gets_no_answer(issued: Issued) -> None:
    async with served(issued) as port, httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(httpx.TransportError):
            await http.get(f"http://127.0.0.1:{port}/health/live")


async def test_versions_of_tls_that_are_too_old_are_refused(issued: Issued, trusting: ssl.SSLContext) -> None:
    trusting.set_ciphers("DEFAULT@SECLEVEL=0")  # the client would do it
    trusting.maximum_version = ssl.TLSVersion.TLSv1_2
    async with served(issued) as port:
        assert serial_of(issued) == await shown(port, trusting)
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            trusting.minimum_version = trusting.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(OSError, match=r"SSL|^$"):
            await shown(port, trusting)


async def test_a_certificate_that_is_replaced_is_shown_without_a_restart(
    authority: Authority, issued: Issued, trusting: ssl.SSLContext
) -> None:
    async with served(issued) as port:
        first, first_shown = serial_of(issued), await shown(port, trusting)
        authority.issue("127.0.0.1", file=issued.certificate.stem)
        second, second_shown = serial_of(issued), await shown(port, trusting)

    assert (first, second) == (first_shown, second_shown)
    assert first != second


async def test_while_new_files_do_not_fit_together_the_old_certificate_is_shown(
    authority: Authority, issued: Issued, trusting: ssl.SSLContext
) -> None:
    old_key = issued.key.read_bytes()
    async with served(issued) as port:
        first = serial_of(issued)
        authority.issue("127.0.0.1", file=issued.certificate.stem)
        new_key = issued.key.read_bytes()
        issued.key.write_bytes(old_key)
        with structlog.testing.capture_logs() as lines:
            half_replaced = await shown(port, trusting)
        issued.key.write_bytes(new_key)
        replaced = await shown(port, trusting)

    assert (first, serial_of(issued)) == (half_replaced, replaced)
    assert ["a new TLS certificate cannot be used; the one before it is shown"] == [line["event"] for line in lines]
    assert "does not belong to" in lines[0]["reason"]


async def test_who_connects_and_says_nothing_is_let_go_before_long(
    issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "HANDSHAKE", 0.2)
    async with served(issued) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x16\x03\x01")  # the beginning of a handshake
        async with asyncio.timeout(20):  # the loop itself waits a minute
            with contextlib.suppress(ConnectionResetError):
                assert b"" == await reader.read()
        writer.close()


async def test_workers_serve_it_too_and_end_calmly_with_a_connection_open(
    issued: Issued, trusting: ssl.SSLContext
) -> None:
    with serving.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
    told = {"port": port, "workers": 2, "certificate": [str(issued.certificate), str(issued.key)]}
    process = await begin("tests.shared.web.serve", json.dumps(told), environment={})
    try:
        async with httpx.AsyncClient(verify=trusting, trust_env=False) as http, asyncio.timeout(40):
            while True:
                try:
                    answer = await http.get(f"https://127.0.0.1:{port}/health/live")
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
                else:
                    break
            process.send_signal(signal.SIGTERM)
            code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert (200, 0) == (answer.status_code, code)


async def test_a_connection_that_is_never_closed_by_the_client_does_not_hold_the_end_up(
    issued: Issued, trusting: ssl.SSLContext
) -> None:
    async with served(issued) as port:
        plain = socket.create_connection(("127.0.0.1", port))
        plain.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=plain, ssl=trusting, server_hostname="127.0.0.1")
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        transport: Any = writer.transport
        transport.pause_reading()  # so that the server's goodbye is never answered
        began = asyncio.get_running_loop().time()
    took = asyncio.get_running_loop().time() - began
    transport.abort()

    assert head.startswith(b"HTTP/1.1 200")
    assert took < serving.GRACE - 1
