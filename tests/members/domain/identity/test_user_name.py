"""User names: addresses as they are compared everywhere, card numbers without their blanks."""

import pytest

from members_service.domain.email import email_key
from members_service.domain.identity.user_name import user_name_key


@pytest.mark.parametrize("text", ["20000000000018", " 2000 0000 0000 18", "2\u00a0000\t0000\u30000000 18\n"])
def test_a_card_is_one_name_however_it_is_spaced(text: str) -> None:
    assert "20000000000018" == user_name_key(text)


def test_case_does_not_count() -> None:
    assert user_name_key("ab 12") == user_name_key("AB12")


def test_an_address_is_compared_as_everywhere() -> None:
    assert email_key(" ADA@library.example ") == user_name_key(" ADA@library.example ")
    assert email_key("a b@x.y") == user_name_key("a b@x.y"), "which is no address, and nobody's"
