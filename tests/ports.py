"""Ports of this machine for servers of tests that run side by side."""

import contextlib
import random
import socket
from collections.abc import Iterator

HOST = "127.0.0.1"
_QUIET = range(20_000, 32_000)  # below what the system gives to outgoing connections
_OF_ONE_PROCESS = 100


def _quiet_ports() -> Iterator[int]:
    """Yield ports out of hundreds that this process alone draws from: it holds the first of each until it ends."""
    hundreds = list(_QUIET[::_OF_ONE_PROCESS])
    random.SystemRandom().shuffle(hundreds)  # tests that run side by side may have seeded the other chance alike
    for first in hundreds:
        held = socket.socket()
        try:
            held.bind((HOST, first))
        except OSError:
            held.close()
            continue
        held.detach()
        yield from range(first + 1, first + _OF_ONE_PROCESS)


_drawn = _quiet_ports()


def quiet_ports(count: int) -> list[int]:
    """Return different free ports, in order, that neither other tests nor outgoing connections take.

    That holds before they are used as well, and while a server on one of them restarts.
    """
    found: list[int] = []
    for port in _drawn:
        with contextlib.suppress(OSError), socket.create_server((HOST, port)):
            found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("no free ports")
