import pytest

from shared.kernel.writing_direction import turns_direction, without_turns

TURNS = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


@pytest.mark.parametrize("turn", TURNS)
def test_what_turns_the_direction_of_writing_is_found_and_left_out(turn: str) -> None:
    text = f"Ada {turn}ecalevoL"

    assert turns_direction(text)
    assert "Ada ecalevoL" == without_turns(text)


@pytest.mark.parametrize("text", ["Ada", "שלום, Ada", "\u05e2\u200f\u05d3\u200e", "Zoë", ""])
def test_names_of_any_script_stay_as_they_are(text: str) -> None:
    assert not turns_direction(text)
    assert text == without_turns(text)
