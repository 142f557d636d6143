import pytest

from loans_service.domain.four_eyes import FourEyes, expect_four_eyes
from shared.kernel.ids import new_id
from tests.loans.makers import ADA


def test_nobody_spares_themselves_something() -> None:
    with pytest.raises(FourEyes):
        expect_four_eyes(ADA, by_member=ADA)


def test_colleagues_and_accounts_of_no_member_may() -> None:
    for somebody in (None, new_id()):
        expect_four_eyes(ADA, by_member=somebody)
