"""Dependencies of routes on what their application keeps in `app.state`."""

from typing import Any

from fastapi import Depends, Request


def from_app_state(name: str) -> Any:
    """Return the dependency on `app.state.<name>`, for `Annotated[Its type, …]`."""

    async def read(request: Request) -> Any:  # a plain function would run in a thread, for each request
        return getattr(request.app.state, name)

    return Depends(read)
