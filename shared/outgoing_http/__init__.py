"""Calls to neighbouring services: bounded in time, number and size, and refused quickly while a neighbour is down."""

from shared.outgoing_http.client import NeighbourClient, Transports
from shared.outgoing_http.gathering import Gathered
from shared.outgoing_http.token_issuer import TokenIssuer

__all__ = ["Gathered", "NeighbourClient", "TokenIssuer", "Transports"]
