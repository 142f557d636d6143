"""Puts the gateway together and runs it until it is told to end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import httpx

from loans_service.sip2.accounts import AccountsFile
from loans_service.sip2.library import TIMEOUT, Addresses, Services
from loans_service.sip2.machine import Gateway
from loans_service.sip2.server import Sip2Server
from loans_service.sip2.settings import Sip2Settings
from shared.configuration import ConfigurationError
from shared.kernel.clock import SystemClock
from shared.outgoing_http.transport import NeighbourTransport
from shared.tls import verifying

_CONNECTIONS = 64  # to the services


@asynccontextmanager
async def gateway_of(settings: Sip2Settings) -> AsyncIterator[Gateway]:
    """Give what machines are answered with. Raises ConfigurationError when the accounts cannot be read."""
    try:
        accounts = AccountsFile(settings.accounts_file)
    except ValueError as error:
        raise ConfigurationError((f"SIP2_ACCOUNTS_FILE cannot be used: {error}.",)) from error
    addresses = Addresses(settings.books_url, settings.members_url, settings.loans_url)
    transport = NeighbourTransport(max_connections=_CONNECTIONS, tls=verifying(settings.tls_ca_file))
    async with httpx.AsyncClient(transport=transport, timeout=TIMEOUT) as http:
        yield Gateway(Services(addresses, http), accounts, ZoneInfo(settings.library_timezone), SystemClock())


class Sip2Worker:
    """Answers machines until it is told to stop; what they have asked by then is answered within `grace` seconds."""

    def __init__(self, settings: Sip2Settings, *, host: str = "127.0.0.1", grace: float = 10) -> None:
        self._settings = settings
        self._host = host
        self._grace = grace

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. Raises ConfigurationError when accounts, port or certificate cannot be had."""
        settings, certificate = self._settings, self._settings.server_certificate()
        async with gateway_of(settings) as gateway:
            server = Sip2Server(gateway)
            try:
                await server.start(self._host, settings.port, None if certificate is None else certificate.context())
            except OSError as error:
                reason = f"port {settings.port} of {self._host} cannot be had: {error.strerror}"
                raise ConfigurationError((f"SIP2_PORT cannot be used: {reason}.",)) from error
            await stop.wait()
            await server.stop(self._grace)
