from datetime import timedelta

import pytest

from members_service.domain.identity.recovery import Recovery, state_of
from tests.members.makers import ADA, NOW

DAY = timedelta(days=1)
STATE = state_of("ada@library.example", "hash of PIN", "hash of password")


def test_a_recovery_is_good_for_a_day() -> None:
    begun = Recovery.begin(ADA, STATE, now=NOW)

    assert Recovery(ADA, NOW + DAY, STATE) == begun
    assert begun.is_good(STATE, now=NOW + DAY - timedelta(microseconds=1))
    assert not begun.is_good(STATE, now=NOW + DAY)


@pytest.mark.parametrize(
    "secrets",
    [
        ("ada@elsewhere.example", "hash of PIN", "hash of password"),
        ("ada@library.example", "another", "hash of password"),
        ("ada@library.example", "hash of PIN", None),
        ("ada@library.example", None, "hash of PIN", "hash of password"),
    ],
)
def test_another_address_pin_or_password_makes_a_recovery_void(secrets: tuple[str | None, ...]) -> None:
    assert not Recovery.begin(ADA, STATE, now=NOW).is_good(state_of(*secrets), now=NOW)


def test_a_recovery_that_was_mailed_outlives_a_release() -> None:
    assert "e9912d98a0a9097ada96d871e3076bc4" == state_of("ada@library.example", None, "hash").hex()
    assert 16 == len(state_of("\ud800")), "whatever is on record is text"
