"""What the routes are given."""

from typing import Annotated

from fastapi import Depends, Request

from books_service.application.ports import Ports
from shared.web.auth import Caller


async def _ports(request: Request) -> Ports:
    ports: Ports = request.app.state.ports
    return ports


UseCases = Annotated[Ports, Depends(_ports)]
"""Everything that the use cases need from outside."""


async def _who(caller: Caller) -> str:
    return caller.subject


Actor = Annotated[str, Depends(_who)]
"""The account or service that calls: what the history keeps."""
