import pytest

from shared.kernel.errors import (
    Conflict,
    InvalidValue,
    LibraryError,
    NotFound,
    OutOfDate,
    Refusals,
    Refused,
    refuse_if_any,
    refuse_if_stale,
)


def test_a_refusal_carries_its_sentence_and_its_figures() -> None:
    refusal = Refused("Three is the limit.", limit=3)

    assert (refusal.detail, str(refusal), refusal.figures) == (
        "Three is the limit.",
        "Three is the limit.",
        {"limit": 3},
    )


class NoRoom(InvalidValue):
    detail = "There is no room."
    field = "room"


def test_a_refusal_without_figures_says_its_sentence_in_its_class() -> None:
    refusal = NoRoom()

    assert (refusal.detail, str(refusal), refusal.field) == ("There is no room.", "There is no room.", "room")


def test_what_is_said_where_a_refusal_is_raised_stands_before_what_its_class_says() -> None:
    refusal = NoRoom("There is no room upstairs.", field="upper_room", rooms=0)

    assert (refusal.detail, refusal.field, refusal.figures) == (
        "There is no room upstairs.",
        "upper_room",
        {"rooms": 0},
    )


def test_nothing_collected_refuses_nothing() -> None:
    refuse_if_any([])


def test_one_refusal_is_raised_as_itself() -> None:
    only = NotFound("It is not there.")

    with pytest.raises(NotFound) as caught:
        refuse_if_any(iter([only]))

    assert caught.value is only


def test_several_refusals_are_raised_together_in_their_order() -> None:
    collected: list[LibraryError] = [Refused("One."), Conflict("Two.")]

    with pytest.raises(Refusals) as caught:
        refuse_if_any(collected)

    assert caught.value.refusals == tuple(collected)
    assert caught.value.detail == "One. Two."


def test_a_collection_of_no_refusals_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Refusals([])


@pytest.mark.parametrize("seen", [3, None])
def test_who_has_seen_the_present_version_or_means_any_may_change_it(seen: int | None) -> None:
    refuse_if_stale(seen, 3, thing="thing")


def test_who_has_seen_another_version_is_refused() -> None:
    with pytest.raises(OutOfDate, match="The thing was changed"):
        refuse_if_stale(2, 3, thing="thing")
