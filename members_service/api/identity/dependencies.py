"""What the routes of identity are given."""

from typing import Annotated

from fastapi import Depends, Request

from members_service.application.identity.use_cases import IdentityUseCases


async def _identity(request: Request) -> IdentityUseCases:  # a plain function would run in a thread, for each request
    use_cases: IdentityUseCases = request.app.state.identity
    return use_cases


Identity = Annotated[IdentityUseCases, Depends(_identity)]
"""What can be asked of identity."""
