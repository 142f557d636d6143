from datetime import date
from typing import Any

import pytest

from members_service.domain.membership.likeness import Likeness, likenesses
from members_service.domain.membership.personal_details import Address, PersonalDetails
from tests.members.makers import a_member

BORN = date(1815, 12, 10)


def of(name: str = "Ada Lovelace", *, email: str | None = None, **details: Any) -> set[tuple[Likeness, str]]:
    person = PersonalDetails(**details)
    return {*likenesses(a_member(name=name, email=email, details=person).record)}


@pytest.mark.parametrize("name", ["Lovelace, Ada", "ADA LOVELACE", "Adá  Lovelace"])
def test_a_name_is_the_same_in_another_order_with_other_accents_and_another_case(name: str) -> None:
    assert of(date_of_birth=BORN) == of(name, date_of_birth=BORN) != of("Ada King", date_of_birth=BORN)


def test_nothing_but_a_name_makes_nobody_alike_nor_does_a_record_without_a_name() -> None:
    assert set() == of() == of("–", date_of_birth=BORN) == of(phone="none")


def test_each_thing_in_common_is_told_apart() -> None:
    found = of(
        email="Ada@Library.example", date_of_birth=BORN, phone="555 123456", address=Address("12 High Street", "BA1")
    )

    assert {
        (Likeness.DATE_OF_BIRTH, "ada lovelace\n1815-12-10"),
        (Likeness.EMAIL, "ada lovelace\nada@library.example"),
        (Likeness.PHONE, "ada lovelace\n555123456"),
        (Likeness.ADDRESS, "ada lovelace\n12 ba1 high street"),
    } == found


def test_a_telephone_is_the_same_with_the_code_of_the_country_or_without_and_fixed_or_mobile() -> None:
    assert of(phone="+44 1225 123456") == of(mobile="01225/123456") == of(phone="01225123456", mobile="1225 123456")
    assert of(phone="825 123456") != of(phone="925 123456"), "nine digits count"
    assert of(phone="8 225 123456") == of(phone="9 225 123456"), "and no tenth"
    assert 2 == len(of(phone="01225 123456", mobile="01225 123457"))


def test_an_address_counts_by_its_street_and_postal_code() -> None:
    assert set() == of(address=Address(city="Bath", postal_code="BA1"))
    assert of(address=Address("1 High Street")) != of(address=Address("2 High Street"))
    assert of(address=Address("1 High Street", city="Bath")) == of(address=Address("High Street 1", city="Ely"))
    assert {(Likeness.ADDRESS, "ada lovelace\n1 high street")} == of(address=Address("1 High Street"))
