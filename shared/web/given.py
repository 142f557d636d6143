"""What a route is given of what its application was made with."""

from typing import Any

from fastapi import Depends, Request


def given(name: str) -> Any:
    """Return the dependency on what the application keeps as `app.state.<name>`, for `Annotated[Its type, …]`."""

    async def kept(request: Request) -> Any:  # a plain function would run in a thread, for each request
        return getattr(request.app.state, name)

    return Depends(kept)
