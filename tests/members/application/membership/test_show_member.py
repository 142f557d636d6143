from uuid import UUID

import pytest

from members_service.application.membership.show_member import Reading
from members_service.domain.membership.member_reference import MemberReference, OneOfTwo
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.ids import new_id
from tests.members.makers import ADA, a_member
from tests.members.register import Register


@pytest.mark.parametrize(("member_id", "card_number"), [(None, None), (ADA, "20000000000018")])
def test_a_member_is_named_in_one_way(member_id: UUID | None, card_number: str | None) -> None:
    with pytest.raises(OneOfTwo):
        MemberReference(member_id, card_number)


async def test_anybody_else_is_as_unknown_as_nobody(register: Register) -> None:
    await register.keep(kim := a_member())

    for member_id in (kim.id, new_id()):
        with pytest.raises(MemberNotFound):
            await register.membership.show_member(Reading(member_id, only_of=ADA))
