"""httpx over aiohttp, at a fifth of the CPU of httpx' own transport, with three faults of the adapter fixed."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from shared.sockets import end_when_packets_vanish

VANISHED = 1.5
"""Seconds without a TCP acknowledgement after which a neighbour is gone; the kernel of a busy one acknowledges."""


class NeighbourTransport(AiohttpTransport):
    """Raises the right exceptions for failed connections, stores no cookies, and limits the time for the head.

    With `only_public` it connects to public addresses alone, whatever a name leads to at that moment.

    The adapter calls every connection failure ConnectTimeout, and its session has a cookie jar of its own that resends
    what httpx has dropped. A total limit is needed beside aiohttp's read timeout, which starts anew with each byte.
    """

    def __init__(self, *, max_connections: int, tls: ssl.SSLContext, only_public: bool = False) -> None:
        def new_session() -> aiohttp.ClientSession:
            # uvicorn keeps connections for 30 s; ours must be the side that closes first.
            connector = aiohttp.TCPConnector(
                limit=max_connections,
                keepalive_timeout=10,
                ttl_dns_cache=10,
                ssl=tls,
                socket_factory=_public if only_public else _noticing,
            )
            session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
            session._retry_connection = False  # noqa: SLF001 - it would repeat a GET behind the back of our retry budget
            return session

        super().__init__(client=new_session, verify=tls, trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises subclasses of httpx.TransportError only."""
        try:
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("read")):
                response = await super().handle_async_request(request)
        except TimeoutError as error:
            raise httpx.ReadTimeout("no answer in time", request=request) from error
        except httpx.TransportError as error:
            raise _rightly_named(error, request) from error.__cause__
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _ResponseBody(response.stream, request)
        return response


def _noticing(address: aiohttp.AddrInfoType) -> socket.socket:
    """Return a socket that fails when its packets are not acknowledged."""
    family, kind, protocol, *_ = address
    connection = socket.socket(family, kind, protocol)
    end_when_packets_vanish(connection, VANISHED)
    return connection


def _public(address: aiohttp.AddrInfoType) -> socket.socket:
    """Return a socket for a public address. Raises OSError for one of our own network."""
    place = ipaddress.ip_address(str(address[4][0]).partition("%")[0])
    if not (getattr(place, "ipv4_mapped", None) or place).is_global or place.is_multicast:
        raise OSError(f"{place} is not a public address")
    return _noticing(address)


class PeerNotTrusted(httpx.ConnectError):
    """The peer's certificate is not valid, or it does not speak TLS."""


class _ResponseBody(httpx.AsyncByteStream):
    """The body of an answer, which raises the right exceptions, too."""

    def __init__(self, stream: httpx.AsyncByteStream, request: httpx.Request) -> None:
        self._stream = stream
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._stream:
                yield piece
        except httpx.TransportError as error:
            raise _rightly_named(error, self._request) from error.__cause__
        except (aiohttp.ClientError, OSError) as error:
            raise httpx.ReadError(str(error), request=self._request) from error

    async def aclose(self) -> None:
        await self._stream.aclose()


def _rightly_named(error: httpx.TransportError, request: httpx.Request) -> httpx.TransportError:
    cause = error.__cause__
    if isinstance(cause, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout(str(cause), request=request)
    if isinstance(cause, aiohttp.ClientSSLError):
        return PeerNotTrusted(str(cause), request=request)
    if isinstance(cause, aiohttp.ClientConnectorError):
        return httpx.ConnectError(str(cause), request=request)
    if isinstance(error, httpx.ConnectTimeout):
        return httpx.RemoteProtocolError(str(cause), request=request)
    error.request = request
    return error
