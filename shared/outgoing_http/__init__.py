"""Calls to neighbouring services: bounded in time, number and size, and refused quickly while a neighbour is down."""

from shared.outgoing_http.client import NeighbourClient, neighbour_client

__all__ = ["NeighbourClient", "neighbour_client"]
