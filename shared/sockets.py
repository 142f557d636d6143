"""Sockets that notice when whoever they lead to is gone."""

import socket
from typing import Any


def end_when_packets_vanish(end: Any, seconds: float) -> None:
    """Let a TCP connection end when nothing of what it sends is confirmed for so long.

    The kernel of the other side confirms, however busy the process behind it is. Without this a connection to a node
    that is gone, or behind a network that is cut, lasts for a quarter of an hour.
    """
    if end.family in {socket.AF_INET, socket.AF_INET6} and hasattr(socket, "TCP_USER_TIMEOUT"):  # which is Linux'
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(seconds * 1000))
