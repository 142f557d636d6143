"""Assembles the gateway and runs it until it is stopped."""

import asyncio
import os
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import httpx
import structlog

from loans_service.sip2.accounts import AccountsFile
from loans_service.sip2.library import TIMEOUT, Addresses, Services
from loans_service.sip2.machine import Gateway
from loans_service.sip2.server import Sip2Server
from loans_service.sip2.settings import Sip2Settings
from loans_service.sip2.zones import Zones
from shared.environment import ConfigurationError
from shared.kernel.clock import SystemClock
from shared.outgoing_http.transport import NeighbourTransport
from shared.tls import verifying

_CONNECTIONS = 64  # to the services
_FILES = 4096  # two for each machine that may be connected

_log = structlog.get_logger(__name__)


def accounts_of(settings: Sip2Settings) -> AccountsFile:
    """Read the accounts of the machines. Raises ConfigurationError when they cannot be used."""
    try:
        return AccountsFile(settings.accounts_file)
    except ValueError as error:
        raise ConfigurationError((f"SIP2_ACCOUNTS_FILE cannot be used: {error}.",)) from error


@asynccontextmanager
async def gateway_of(settings: Sip2Settings) -> AsyncIterator[Gateway]:
    """Yield the gateway. Raises ConfigurationError if the accounts cannot be read."""
    accounts = accounts_of(settings)
    addresses = Addresses(settings.books_url, settings.members_url, settings.loans_url)
    transport = NeighbourTransport(max_connections=_CONNECTIONS, tls=verifying(settings.tls_ca_file))
    async with httpx.AsyncClient(transport=transport, timeout=TIMEOUT) as http:
        yield Gateway(Services(addresses, http), accounts, Zones(ZoneInfo(settings.library_timezone)), SystemClock())


class Sip2Worker:
    """Answers machines until it is stopped; requests received by then are answered within `grace` seconds.

    It listens at `host` and the port of the settings, or on the open socket `listening`.
    """

    def __init__(
        self,
        settings: Sip2Settings,
        *,
        host: str = "127.0.0.1",
        grace: float = 10,
        listening: socket.socket | None = None,
    ) -> None:
        self._settings = settings
        self._host = host
        self._grace = grace
        self._listening = listening

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set. Raises ConfigurationError if accounts, port or certificate cannot be used."""
        settings, certificate = self._settings, self._settings.server_certificate()
        _raise_file_limit()
        async with gateway_of(settings) as gateway:
            server = Sip2Server(gateway)
            tls = None if certificate is None else certificate.context()
            try:
                await server.start(self._host, settings.port, tls, listening=self._listening)
            except OSError as error:
                reason = f"port {settings.port} of {self._host} cannot be had: {os.strerror(error.errno or 0)}"
                raise ConfigurationError((f"SIP2_PORT cannot be used: {reason}.",)) from error
            _log.info("machines are answered by SIP2", host=self._host, port=settings.port, tls=tls is not None)
            await stop.wait()
            await server.stop(self._grace)


def _raise_file_limit() -> None:
    """Raise the soft limit of open files, usually a thousand: each connection needs one."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    if few != resource.RLIM_INFINITY and few < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))
