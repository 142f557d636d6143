"""Things that say what others say."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from shared.kernel.from_attributes import from_attributes


@dataclass(frozen=True)
class Shelf:
    """A shelf as it is kept."""

    mark: str
    height: int
    note: str = ""


@dataclass(frozen=True)
class ShelfView:
    """A shelf as it is shown."""

    mark: str
    height: str
    full: bool = False


OAK = Shelf("Q", 180, "oak")


def test_what_has_the_same_name_is_taken_over_unless_it_is_given() -> None:
    assert ShelfView("Q", "180 cm", full=True) == from_attributes(OAK, ShelfView, height="180 cm", full=True)


def test_nothing_is_left_to_a_default_that_the_source_does_not_say() -> None:
    with pytest.raises(AttributeError):
        from_attributes(OAK, ShelfView)


def test_what_a_kind_does_not_have_cannot_be_given() -> None:
    given: dict[str, Any] = {"colour": "brown"}

    with pytest.raises(TypeError):
        from_attributes(OAK, Shelf, **given)


def test_what_is_made_of_its_own_kind_is_the_same() -> None:
    assert replace(OAK) == from_attributes(OAK, Shelf)
