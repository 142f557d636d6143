import pytest

from members_service.domain.membership.named_member import NamedMember, OneOfTwo
from tests.members.makers import ADA


def test_a_member_is_named_by_exactly_one_of_id_and_card() -> None:
    assert ADA == NamedMember(member_id=ADA).member_id
    assert "20000000000018" == NamedMember(card_number="20000000000018").card_number
    with pytest.raises(OneOfTwo):
        NamedMember()
    with pytest.raises(OneOfTwo):
        NamedMember(ADA, "20000000000018")
