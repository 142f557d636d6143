from datetime import date

import pytest

from members_service.domain.membership.personal_details import (
    Address,
    InvalidAttributes,
    InvalidDateOfBirth,
    Note,
    PersonalDetails,
    endings_of,
    searched_endings,
)
from tests.members.makers import TODAY, TOMORROW, a_member


def test_an_address_of_which_nothing_is_known_is_none() -> None:
    assert None is Address.of(street=None, city="")
    assert Address(city="Bath") == Address.of(street=None, city="Bath")


def test_a_part_of_an_address_is_changed_and_the_others_stay() -> None:
    address = Address("1 High Street", "BA1", "Bath", "GB")

    assert Address("1 High Street", "BA1", "Ely", "GB") == address.merged(city="Ely")
    assert None is Address(city="Bath").merged(city=None)
    assert Address(country="GB") == Address(city="Bath", country="GB").merged(city=None)


def test_the_oldest_were_born_in_1900_and_nobody_tomorrow() -> None:
    PersonalDetails().check_on(TODAY)
    PersonalDetails(date_of_birth=date(1900, 1, 1)).check_on(TODAY)
    for born in (date(1899, 12, 31), TOMORROW):
        with pytest.raises(InvalidDateOfBirth):
            PersonalDetails(date_of_birth=born).check_on(TODAY)


def test_a_note_is_not_shown_at_the_desk_unless_it_says_so() -> None:
    assert not Note("Prefers large print.").show_at_desk


def test_nothing_is_known_of_a_person_until_it_is_told() -> None:
    assert {} == PersonalDetails().attributes
    assert hash(PersonalDetails()) == hash(PersonalDetails(attributes={"school": "West"}))


def test_wrong_attributes_are_told_with_where_and_why() -> None:
    refused = InvalidAttributes("attributes.school", "it is missing")

    assert ("attributes.school", "The library wants other attributes: attributes.school: it is missing.") == (
        refused.field, str(refused),
    )  # fmt: skip


def test_what_changed_is_told_by_the_names_of_the_fields_in_their_order() -> None:
    record = a_member(details=PersonalDetails(phone="1")).record
    other = a_member(name="Ada King", category="senior", details=PersonalDetails(mobile="2", phone="1")).record

    assert ["category", "mobile", "name"] == record.changes_to(other)
    assert [] == record.changes_to(record)


@pytest.mark.parametrize(
    ("written", "endings"),
    [
        ("+44 20 7946 0018", {"9460018"}),
        ("(020) 7946-0018", {"9460018"}),
        ("020.79.46.00.18 ext. 12", {"9460018"}),
        ("Tel. 030/1234567", {"1234567"}),
        ("0171 1234567, mother: 0171 7654321", {"1234567", "7654321"}),
        ("\u0660\u0661\u0662 \uff13\uff14\uff15\uff16\uff17", {"1234567"}),
        ("12 34 56", set()),
        ("call the neighbour", set()),
        ("", set()),
        (None, set()),
    ],
)
def test_a_telephone_is_known_by_its_end_however_it_is_written(written: str | None, endings: set[str]) -> None:
    assert endings == endings_of(written)


def test_only_what_looks_like_a_telephone_is_looked_for_as_one() -> None:
    assert {"9460018"} == searched_endings("+44 (20) 7946-0018")
    assert not searched_endings("room 79460018")
    assert not searched_endings("123")
