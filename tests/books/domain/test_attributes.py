"""What a library alone says of its books and copies."""

import pytest

from books_service.domain.attributes import (
    MOST_ATTRIBUTES,
    Attribute,
    InvalidAttribute,
    attributes_in,
    attributes_of,
    attributes_text,
    named_attribute,
)
from books_service.domain.text import InvalidText


def test_attributes_stand_in_the_order_of_their_names_each_once() -> None:
    pairs = [("donor", " Ada "), ("bought_in", "1904"), ("donor", "Ada"), ("donor", "Zoe")]

    assert (Attribute("bought_in", "1904"), Attribute("donor", "Ada"), Attribute("donor", "Zoe")) == attributes_of(
        pairs
    )


@pytest.mark.parametrize("name", ["", "Donor", "1st", "a b", "x" * 41, "a:b"])
def test_a_name_is_one_word_in_small_letters(name: str) -> None:
    with pytest.raises(InvalidAttribute):
        Attribute.of(name, "Ada")


def test_an_attribute_says_something_and_there_are_not_too_many() -> None:
    with pytest.raises(InvalidText):
        Attribute.of("donor", " ")
    with pytest.raises(InvalidAttribute):
        attributes_of(("donor", str(number)) for number in range(MOST_ATTRIBUTES + 1))


def test_a_text_of_attributes_is_read_back_whatever_is_in_them() -> None:
    attributes = attributes_of([("donor", 'A; "B" | C=D'), ("donor", "\\")])

    assert attributes == attributes_in(attributes_text(attributes))
    assert None is attributes_in("[]")


@pytest.mark.parametrize("text", ["donor", "{}", '["donor", "Ada"]', '[["donor"]]', '[["donor", 1]]', "[" * 20_000])
def test_another_text_is_no_attributes(text: str) -> None:
    with pytest.raises(InvalidAttribute):
        attributes_in(text)


def test_an_attribute_is_named_with_its_text_behind_a_colon() -> None:
    assert Attribute("shelf", "A: 1") == named_attribute("shelf:A: 1")
    with pytest.raises(InvalidText):
        named_attribute("shelf")
