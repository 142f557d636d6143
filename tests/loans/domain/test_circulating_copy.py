import pytest

from loans_service.domain.circulating_copy import Availability, CopyState, barcode_key, same_branch
from tests.loans.makers import EMMA_COPY


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("MAIN", "main", True),
        ("MAIN", "EAST", False),
        (None, "MAIN", False),
        ("MAIN", None, False),
        (None, None, False),
    ],
)
def test_a_branch_is_the_same_in_any_case_and_none_is_like_none(one: str | None, other: str | None, same: bool) -> None:
    assert same is same_branch(one, other)


def test_a_barcode_is_the_same_whatever_its_case_and_its_blanks() -> None:
    assert {"AB1"} == {barcode_key(each) for each in ("AB1", "ab 1", " A B 1 ")}
    assert "AB-1" == barcode_key("ab-1")


def test_a_copy_of_which_nothing_is_said_can_be_had() -> None:
    state = CopyState.at_home(EMMA_COPY)

    assert (EMMA_COPY, Availability.AVAILABLE, None) == (state.copy_id, state.availability, state.due_at)
