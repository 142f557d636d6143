from typing import Any

import pytest

from members_service.application.membership.block_member import BlockMember, block_member
from members_service.application.membership.lift_block import lift_block
from members_service.application.membership.reinstate_member import reinstate_member
from members_service.application.membership.suspend_member import SuspendMember, suspend_member
from members_service.domain.membership.block import BlockNotFound
from members_service.domain.membership.member import EndsInThePast, MemberNotSuspended
from members_service.domain.membership.member_events import MemberJoined, MemberReinstated, MemberSuspended
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.ids import new_id
from tests.members.fakes import FakeUnitOfWork, SteppingClock
from tests.members.makers import TODAY, TOMORROW, UTC_ZONE, YESTERDAY, a_member


class Desk:
    """A desk with one member on record."""

    def __init__(self) -> None:
        self.uow = FakeUnitOfWork()
        self.ada = a_member()
        self.uow.members.add(self.ada)
        self.given: Any = {"uow": self.uow, "clock": SteppingClock(), "zone": UTC_ZONE}


async def test_a_suspension_is_told_and_lifted() -> None:
    desk = Desk()

    suspended = await suspend_member(SuspendMember(desk.ada.id, "Shouting.", TOMORROW), **desk.given)
    reinstated = await reinstate_member(desk.ada.id, **desk.given)

    assert ("suspended", "active") == (suspended.status, reinstated.status)
    assert [MemberJoined, MemberSuspended, MemberReinstated] == [type(event) for event in desk.uow.events]
    assert [suspended, reinstated] == desk.uow.answers


async def test_who_is_not_suspended_cannot_be_reinstated() -> None:
    desk = Desk()

    with pytest.raises(MemberNotSuspended):
        await reinstate_member(desk.ada.id, **desk.given)


async def test_a_block_is_placed_and_lifted() -> None:
    desk = Desk()

    block = await block_member(BlockMember(desk.ada.id, "hold", "Wet books.", TODAY), **desk.given)
    blocked = len(desk.ada.membership.refusals(TODAY))
    await lift_block(block.block_id, member_id=desk.ada.id, uow=desk.uow, clock=SteppingClock())

    assert (1, 0) == (blocked, len(desk.ada.blocks))
    with pytest.raises(BlockNotFound):
        await lift_block(block.block_id, member_id=desk.ada.id, uow=desk.uow, clock=SteppingClock())


async def test_nothing_ends_before_it_begins() -> None:
    desk = Desk()

    with pytest.raises(EndsInThePast):
        await suspend_member(SuspendMember(desk.ada.id, "Shouting.", YESTERDAY), **desk.given)
    with pytest.raises(EndsInThePast):
        await block_member(BlockMember(desk.ada.id, "hold", "Wet books.", YESTERDAY), **desk.given)

    assert 0 == desk.uow.commits


async def test_nobody_cannot_be_stopped() -> None:
    desk, nobody = Desk(), new_id()

    with pytest.raises(MemberNotFound):
        await suspend_member(SuspendMember(nobody, "Shouting."), **desk.given)
    with pytest.raises(MemberNotFound):
        await reinstate_member(nobody, **desk.given)
    with pytest.raises(MemberNotFound):
        await block_member(BlockMember(nobody, "hold", "Wet books."), **desk.given)
    with pytest.raises(MemberNotFound):
        await lift_block(nobody, member_id=nobody, uow=desk.uow, clock=SteppingClock())
