"""What the routes are given."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from members_service.application.ports import Ports
from shared.web.auth import NOBODY


async def _ports(request: Request) -> Ports:  # not a plain function: that would run in a thread, for each request
    ports: Ports = request.app.state.ports
    return ports


UseCases = Annotated[Ports, Depends(_ports)]
"""Everything that the use cases need from outside."""


def address_of(request: Request) -> str | None:
    """Return the address that the request comes from, as the server in front of us tells it."""
    return request.client.host if request.client else None


def account_of(subject: str) -> UUID:
    """Return the account that a token speaks for; a service's token speaks for one that nobody has."""
    try:
        return UUID(subject)
    except ValueError:
        return NOBODY
