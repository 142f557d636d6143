import pytest

from members_service.domain.membership.member_reference import MemberReference, OneOfTwo
from tests.members.makers import ADA


def test_a_member_is_named_by_exactly_one_of_id_and_card() -> None:
    assert ADA == MemberReference(member_id=ADA).member_id
    assert "20000000000018" == MemberReference(card_number="20000000000018").card_number
    with pytest.raises(OneOfTwo):
        MemberReference()
    with pytest.raises(OneOfTwo):
        MemberReference(ADA, "20000000000018")
