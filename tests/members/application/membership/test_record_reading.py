"""That staff looked at somebody is on record; that members looked at themselves is not."""

from datetime import date
from uuid import UUID

import pytest

from members_service.application.membership.views import MemberFilter
from members_service.domain.audit import AuditAction
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.ids import new_id
from tests.members.makers import ADA, a_member
from tests.members.register import Register

BORN = date(1990, 12, 10)


@pytest.fixture
async def register(register: Register) -> Register:
    await register.keep(a_member(id=ADA))
    return register


async def looks(register: Register) -> list[tuple[str, str | None, UUID | None]]:
    seen = {AuditAction.READ, AuditAction.LISTED}
    return [(one.action, one.by, one.member_id) for one in await register.audited() if one.action in seen]


async def test_whom_a_search_shows_is_recorded(register: Register) -> None:
    await register.membership.list_members(MemberFilter(q="lovelace"), limit=20, after=None, by="the desk")
    await register.membership.list_members(MemberFilter(q="nobody"), limit=20, after=None, by="the desk")

    assert [("listed", "the desk", ADA)] == await looks(register)


async def test_who_is_only_looked_up_to_know_whether_the_list_goes_on_is_shown_to_nobody(register: Register) -> None:
    await register.enrol(name="Ada Lovelace", email=None, date_of_birth=BORN)
    wanted = MemberFilter(q="lovelace")

    found = await register.membership.list_members(wanted, limit=1, more=1, after=None, by="the desk")
    await register.enrol(name="Ada Lovelace", email=None, date_of_birth=BORN)
    for _ in range(2):
        await register.enrol(name="Mary Somerville", email=None, date_of_birth=BORN)
    groups = await register.membership.list_duplicates(limit=1, more=1, after=None, by="the desk")

    assert (2, 2) == (len(found), len(groups))
    shown = [ADA, *(member.member_id for member in groups[0][1].members)]
    assert [("listed", "the desk", member_id) for member_id in shown] == await looks(register)


async def test_each_member_among_possible_duplicates_is_recorded_once(register: Register) -> None:
    twins = [
        (await register.enrol(name="Mary Somerville", email=None, date_of_birth=BORN, phone="020 7946 0018")).member_id
        for _ in range(2)
    ]

    found = await register.membership.list_duplicates(limit=20, after=None, by="the desk")

    assert 2 == len(found)
    assert sorted(twins) == sorted(member_id for _, _, member_id in await looks(register) if member_id)
    assert {("listed", "the desk")} == {(action, by) for action, by, _ in await looks(register)}


async def test_a_look_at_the_blocks_of_a_member_is_recorded(register: Register) -> None:
    await register.membership.list_blocks(ADA, limit=20, after=None, by="the desk")
    with pytest.raises(MemberNotFound):
        await register.membership.list_blocks(new_id(), limit=20, after=None, by="the desk")

    assert [("read", "the desk", ADA)] == await looks(register)


async def test_a_look_at_the_history_of_a_member_is_recorded_of_staff_alone(register: Register) -> None:
    for only_of, account in ((ADA, "ada"), (None, "the desk")):
        await register.membership.show_history(ADA, only_of=only_of, account=account, limit=20, before=None)

    assert [("read", "the desk", ADA)] == await looks(register)
