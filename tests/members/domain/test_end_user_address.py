import pytest

from members_service.domain.end_user_address import InvalidEndUserAddress, check_end_user_address


def test_where_somebody_types_is_an_ip_address_in_its_shortest_form() -> None:
    assert "203.0.113.7" == check_end_user_address("203.0.113.7")
    assert "2001:db8::1" == check_end_user_address("2001:0DB8:0::1")


@pytest.mark.parametrize("text", ["", "next door", "203.0.113.256", "203.0.113.7:80"])
def test_what_is_no_ip_address_is_nobodys(text: str) -> None:
    with pytest.raises(InvalidEndUserAddress):
        check_end_user_address(text)
