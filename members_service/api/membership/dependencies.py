"""What the routes of membership are given."""

from typing import Annotated

from fastapi import Depends, Request

from members_service.application.membership.use_cases import MembershipUseCases


async def _membership(request: Request) -> MembershipUseCases:  # a plain function would run in a thread
    use_cases: MembershipUseCases = request.app.state.membership
    return use_cases


Membership = Annotated[MembershipUseCases, Depends(_membership)]
"""What can be asked of membership."""
