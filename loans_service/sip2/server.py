"""The server: accepts connections of machines, and stops gracefully."""

import asyncio
import contextlib
import socket
import ssl
from typing import Any

import structlog

from loans_service.sip2 import measured
from loans_service.sip2.machine import Gateway, Machine

MOST_MACHINES = 2000
"""The maximum number of connections; one without a login is closed to make room for another."""

_HANDSHAKE = 10.0  # seconds to agree on encryption
_GOODBYE = 2.0  # seconds that a machine gets to confirm the end

_log = structlog.get_logger(__name__)


class Sip2Server:
    """Answers machines at one port. When it stops, pending requests are still answered."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._machines: dict[asyncio.Task[None], Machine] = {}
        self._server: asyncio.Server | None = None

    async def start(
        self, host: str, port: int, tls: ssl.SSLContext | None = None, *, listening: socket.socket | None = None
    ) -> int:
        """Listen there, or on `listening`; return the port. Raises OSError if it cannot be used."""
        place: dict[str, Any] = {"host": host, "port": port} if listening is None else {"sock": listening}
        if tls is not None:
            place |= {"ssl": tls, "ssl_handshake_timeout": _HANDSHAKE, "ssl_shutdown_timeout": _GOODBYE}
        self._server = await asyncio.start_server(self._connected, backlog=512, **place)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("a coroutine of a server runs in a task")
        machine = Machine(self._gateway, reader, writer)
        try:
            if len(self._machines) >= MOST_MACHINES and not self._send_a_stranger_away():
                _log.warning("too many machines are connected", most=MOST_MACHINES)
                return
            self._machines[task] = machine
            measured.machines.set(len(self._machines))
            await machine.serve()
        except (ConnectionError, TimeoutError, ssl.SSLError, asyncio.CancelledError):
            pass  # the machine has disconnected, or the server stops
        except Exception as error:  # noqa: BLE001 - one machine must not disturb others
            if not (isinstance(error, RuntimeError) and writer.is_closing()):  # uvloop's error for a machine that left
                _log.exception("a machine could not be answered")
        finally:
            self._machines.pop(task, None)
            measured.machines.set(len(self._machines))
            writer.close()
            with contextlib.suppress(ConnectionError, TimeoutError, ssl.SSLError):
                await asyncio.wait_for(writer.wait_closed(), _GOODBYE)

    def _send_a_stranger_away(self) -> bool:
        """Close the oldest connection without a login; return whether there was one."""
        for task, machine in self._machines.items():
            if not machine.has_signed_in:
                del self._machines[task]
                task.cancel()
                return True
        return False

    async def stop(self, grace: float) -> None:
        """Accept no more connections; allow pending answers `grace` seconds."""
        if self._server is None:
            return
        self._server.close()
        machines = dict(self._machines)
        for task, machine in machines.items():
            if not machine.end_soon():
                task.cancel()
        if machines:
            await asyncio.wait(machines, timeout=grace)
        for task in machines:
            task.cancel()
        await asyncio.gather(*machines, return_exceptions=True)
