"""What every route has in common that changes a membership."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends

from members_service.api.dependencies import UseCases
from members_service.api.membership.members import MemberResponse
from members_service.application.membership.ports import MembershipWork
from members_service.application.membership.views import MemberView
from shared.web.etags import Tag
from shared.web.idempotency import Once


class MembershipActs:
    """Runs the act of one request, unless it was run before, and shows the member as it left it."""

    def __init__(self, ports: UseCases, once: Once, tag: Tag) -> None:
        self._outside = ports
        self._once = once
        self._tag = tag

    async def __call__(self, act: Callable[[MembershipWork], Awaitable[MemberView]]) -> MemberResponse:
        """Return what `act` made of the member."""
        member = await self._once(MemberView, lambda receipt: act(self._outside.unit_of_work(receipt)))
        return shown(member, self._tag)


def shown(member: MemberView, tag: Tag) -> MemberResponse:
    """Show a member under the tag of this version."""
    tag(member.version, member.status)
    return MemberResponse.of(member)


async def _changing(ports: UseCases, once: Once, tag: Tag) -> MembershipActs:
    return MembershipActs(ports, once, tag)


Changing = Annotated[MembershipActs, Depends(_changing)]
"""`await changing(act)` in a POST route that answers with the member."""
