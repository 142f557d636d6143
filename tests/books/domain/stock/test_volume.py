import pytest

from books_service.domain.notation import volume_key
from books_service.domain.stock.volume import Volume, volumes_of


@pytest.mark.parametrize(
    "spellings",
    [
        ("2", " 2 ", "Vol. 2", "vol 2", "Volume 02", "Bd. 2", "Band 2", "v.2", "t. 2", "\uff12"),
        ("2026/1", "2026/01", "2026-1", "2026 1"),
        ("A", "a", "(a)"),
        ("Index", "INDEX"),
    ],
)
def test_all_spellings_of_a_volume_share_a_key(spellings: tuple[str, ...]) -> None:
    assert 1 == len({volume_key(text) for text in spellings})


@pytest.mark.parametrize(
    ("one", "other"), [("2", "II"), ("2", "Part 2"), ("1/2", "12"), ("2", "2a"), ("2", "20"), ("?", "!"), ("0", "1")]
)
def test_volumes_that_differ_have_other_keys(one: str, other: str) -> None:
    assert volume_key(one) != volume_key(other)


def test_volumes_are_told_once_in_their_order() -> None:
    found = volumes_of(["10", "Vol. 2", "2", None, "1"])

    assert (Volume("1", "1"), Volume("2", "2"), Volume("10", "10")) == found
