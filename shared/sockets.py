"""Sockets that notice when their peer is gone."""

import socket
from typing import Any


def end_when_packets_vanish(end: Any, seconds: float) -> None:
    """Make a TCP connection fail when nothing it sends is acknowledged for so many seconds.

    The peer's kernel acknowledges, however busy its process is. Without this limit a connection to a lost node, or over
    a broken network, lasts for a quarter of an hour.
    """
    if end.family in {socket.AF_INET, socket.AF_INET6} and hasattr(socket, "TCP_USER_TIMEOUT"):  # only on Linux
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(seconds * 1000))
