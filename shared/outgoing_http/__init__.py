"""Calls to neighbouring services: bounded in time, number and size, and refused quickly while a neighbour is down."""

from shared.outgoing_http.client import NeighbourClient, neighbour_client
from shared.outgoing_http.public_keys import published_keys

__all__ = ["NeighbourClient", "neighbour_client", "published_keys"]
