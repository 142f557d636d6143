"""Calls to neighbouring services: bounded in time, number and size, and refused quickly while a neighbour is down."""

from shared.outgoing_http.access_token import AccessToken
from shared.outgoing_http.client import NeighbourClient, NeighbourTooSlow, Transports
from shared.outgoing_http.gathering import Gathered
from shared.outgoing_http.neighbour import Neighbour, NeighbourPage, NotUnderstood

__all__ = [
    "AccessToken",
    "Gathered",
    "Neighbour",
    "NeighbourClient",
    "NeighbourPage",
    "NeighbourTooSlow",
    "NotUnderstood",
    "Transports",
]
