"""AMQPS: the broker proves who it is, or nothing is said to it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from shared.messaging.bus import PublishResult
from shared.messaging.rabbit import RabbitBus
from tests.authority import Authority, Issued
from tests.encrypted_servers import EncryptedRabbit
from tests.shared.stores import Hearing, a_type, an_event, eventually


async def _refusal(url: str, ca_file: Path | None) -> str:
    publisher = RabbitBus(url, ca_file=ca_file).publisher()
    with structlog.testing.capture_logs() as lines:
        assert PublishResult() == await publisher.publish_all([an_event(a_type())])
    (line,) = lines
    return str(line["reason"])


async def test_events_go_out_and_come_in_over_tls(encrypted_rabbit: EncryptedRabbit, authority: Authority) -> None:
    bus = RabbitBus(encrypted_rabbit.url, ca_file=authority.file)
    type_, stop = a_type(), asyncio.Event()
    hearing, event, publisher = Hearing(type_), an_event(type_), bus.publisher()
    listening = asyncio.create_task(bus.listen(hearing.listener, stop))

    async def is_confirmed() -> bool:  # which it is not before the listener's queue is there
        return event.sequence in (await publisher.publish_all([event])).confirmed

    await eventually(is_confirmed)
    heard = await hearing.has_heard(1)
    stop.set()
    await listening
    await publisher.aclose()

    assert [event.sequence] == heard


@pytest.mark.parametrize("more", ["", "?no_verify_ssl=1", "?verify=verify_none"])
async def test_an_authority_that_nobody_trusts_is_refused_whatever_the_address_says(
    more: str, encrypted_rabbit: EncryptedRabbit, tmp_path: Path
) -> None:
    assert "CERTIFICATE_VERIFY_FAILED" in await _refusal(f"{encrypted_rabbit.url}{more}", Authority(tmp_path).file)
    assert "CERTIFICATE_VERIFY_FAILED" in await _refusal(f"{encrypted_rabbit.url}{more}", None)


async def test_a_broker_under_another_name_is_refused(encrypted_rabbit: EncryptedRabbit, authority: Authority) -> None:
    url = encrypted_rabbit.url.replace("127.0.0.1", "localhost")

    assert "Hostname mismatch" in await _refusal(url, authority.file)


async def test_a_certificate_that_has_expired_is_refused(authority: Authority) -> None:
    async with _a_tls_listener(authority.issue("127.0.0.1", file="old-broker", expired=True)) as port:
        assert "certificate has expired" in await _refusal(f"amqps://guest:guest@127.0.0.1:{port}/", authority.file)


@asynccontextmanager
async def _a_tls_listener(issued: Issued) -> AsyncIterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(issued.certificate, issued.key)
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]
