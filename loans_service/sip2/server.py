"""The listening side: connections of machines, and a calm end."""

import asyncio
import contextlib
import ssl

import structlog

from loans_service.sip2.machine import Gateway, Machine

MOST_MACHINES = 2000
"""Connections at once; one more is closed at once."""

_log = structlog.get_logger(__name__)


class Sip2Server:
    """Answers machines at one port. What a machine has asked is answered before it ends."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._working: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen; return the port. Raises OSError when it cannot be had."""
        self._server = await asyncio.start_server(self._connected, host, port, ssl=tls, backlog=512)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("a coroutine of a server runs in a task")
        self._working.add(task)
        try:
            if len(self._working) > MOST_MACHINES:
                _log.warning("too many machines are connected", most=MOST_MACHINES)
                return
            await Machine(self._gateway, reader, writer).serve()
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass  # the machine is gone, or we are to go
        except Exception:  # noqa: BLE001 - one machine's trouble is nobody else's
            _log.exception("a machine could not be answered")
        finally:
            self._working.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
                await asyncio.wait_for(writer.wait_closed(), 2)

    async def stop(self, grace: float) -> None:
        """Take nobody new; give what is being answered `grace` seconds."""
        if self._server is None:
            return
        self._server.close()
        if self._working:
            await asyncio.wait(self._working, timeout=grace)
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)
