import pytest

from members_service.application.membership.standing.blocks import PlaceBlock
from members_service.application.membership.standing.reinstate_member import Reinstate
from members_service.application.membership.standing.suspend_member import MemberSuspension
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.member_refusals import EndsInThePast, MemberNotSuspended
from members_service.domain.membership.standing import Action, BlockNotFound
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.ids import new_id
from tests.members.makers import TODAY, TOMORROW, YESTERDAY, a_member
from tests.members.register import Register


@pytest.fixture
async def ada(register: Register) -> Member:
    await register.keep(ada := a_member())
    return ada


async def test_a_suspension_is_told_and_lifted(register: Register, ada: Member) -> None:
    suspended = await register.membership.suspend_member(MemberSuspension(ada.id, "Shouting.", TOMORROW))
    reinstated = await register.membership.reinstate_member(Reinstate(ada.id))

    assert ("suspended", "active") == (suspended.status, reinstated.status)
    assert ["joined", "suspended", "reinstated"] == await register.event_types()


async def test_who_is_not_suspended_cannot_be_reinstated(register: Register, ada: Member) -> None:
    with pytest.raises(MemberNotSuspended):
        await register.membership.reinstate_member(Reinstate(ada.id))


async def test_a_block_is_placed_and_lifted(register: Register, ada: Member) -> None:
    placed = await register.membership.block_member(PlaceBlock(ada.id, Action.HOLD, "Wet books.", TODAY))
    blocked = await register.membership.assess_standing(MemberReference(ada.id))
    await register.membership.lift_block(ada.id, placed.block_id)
    free = await register.membership.assess_standing(MemberReference(ada.id))

    assert ([False, True], ()) == ([blocked.may_hold, blocked.may_borrow], free.refusals)
    with pytest.raises(BlockNotFound):
        await register.membership.lift_block(ada.id, placed.block_id)


async def test_nothing_ends_before_it_begins(register: Register, ada: Member) -> None:
    with pytest.raises(EndsInThePast):
        await register.membership.suspend_member(MemberSuspension(ada.id, "Shouting.", YESTERDAY))
    with pytest.raises(EndsInThePast):
        await register.membership.block_member(PlaceBlock(ada.id, Action.HOLD, "Wet books.", YESTERDAY))

    assert ["joined"] == [entry.what for entry in await register.history(ada)]


async def test_nobody_cannot_be_stopped(register: Register) -> None:
    nobody, membership = new_id(), register.membership

    for stopping in (
        membership.suspend_member(MemberSuspension(nobody, "Shouting.")),
        membership.reinstate_member(Reinstate(nobody)),
        membership.block_member(PlaceBlock(nobody, Action.HOLD, "Wet books.")),
        membership.lift_block(nobody, nobody),
    ):
        with pytest.raises(MemberNotFound):
            await stopping
