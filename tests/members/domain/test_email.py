import pytest

from members_service.domain.email import Email, InvalidEmail, email_key

TOO_MANY_MARKS = "a" + "\u0301" * 200


LONGEST = f"ada@{'b' * 60}.{'c' * 60}.{'d' * 60}.".ljust(246, "e") + ".example"


@pytest.mark.parametrize(("text", "length"), [(LONGEST, 254), (f"{'a' * 64}@library.example", 80)])
def test_an_address_has_254_characters_at_most_and_64_before_the_at(text: str, length: int) -> None:
    assert length == len(Email.parse(text).address)
    with pytest.raises(InvalidEmail):
        Email.parse(f"a{text}")


def test_an_address_is_not_built_with_the_key_of_another() -> None:
    with pytest.raises(ValueError, match=r"^the key does not belong to the address$"):
        Email("ada@library.example", "eve@library.example")


@pytest.mark.parametrize("text", [TOO_MANY_MARKS, "x" * 100_000])
def test_what_can_be_no_address_is_refused_and_compared_by_its_beginning(text: str) -> None:
    with pytest.raises(InvalidEmail):
        Email.parse(text)

    assert text[:255].casefold() == email_key(f" {text} ")


def test_an_address_is_the_same_however_its_letters_are_encoded() -> None:
    assert email_key("Jose\u0301@x.y") == email_key(" JOS\u00c9@x.y ")
