import pytest

from members_service.domain.membership.four_eyes import FourEyes, expect_four_eyes, expect_four_eyes_for
from shared.kernel.ids import new_id

HERS, OTHERS = new_id(), new_id()


def test_nobody_decides_on_a_membership_of_their_own() -> None:
    for concerned in ((HERS,), (OTHERS, HERS), (HERS, OTHERS)):
        with pytest.raises(FourEyes):
            expect_four_eyes(*concerned, by_member=HERS)


def test_colleagues_and_accounts_of_no_member_do() -> None:
    for somebody in (None, OTHERS):
        expect_four_eyes(HERS, by_member=somebody)


def test_how_one_is_reached_is_ones_own_to_change_and_nothing_else() -> None:
    expect_four_eyes_for({"phone", "address", "reading_history"}, member_id=HERS, by_member=HERS)
    for changes in ({"category"}, {"phone", "expires_on"}):
        with pytest.raises(FourEyes):
            expect_four_eyes_for(changes, member_id=HERS, by_member=HERS)
        expect_four_eyes_for(changes, member_id=HERS, by_member=OTHERS)
