"""What the routes are given."""

from typing import Annotated

from fastapi import Depends, Request

from loans_service.application.ports import Ports


async def _ports(request: Request) -> Ports:  # not a plain function: that would run in a thread, for each request
    ports: Ports = request.app.state.ports
    return ports


Outside = Annotated[Ports, Depends(_ports)]
"""Everything that the use cases need from outside."""
