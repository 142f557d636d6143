"""Traits by which members are found, however a town is written."""

from datetime import date

import pytest

from members_service.domain.membership.personal_details import Address, PersonalDetails
from members_service.domain.membership.traits import born_on, living_in, traits_of, with_attribute


def test_somebody_has_a_day_of_birth_towns_and_attributes() -> None:
    details = PersonalDetails(
        address=Address(city="Wien"),
        second_address=Address(city="Bad Ischl"),
        date_of_birth=date(1980, 12, 10),
        attributes={"class": "4b", "clubs": ["chess", "go"], "years": 3, "member": True, "more": {"a": 1}},
    )

    assert {
        born_on(date(1980, 12, 10)),
        living_in("Wien"),
        living_in("Bad Ischl"),
        with_attribute("class", "4b"),
        with_attribute("clubs", "chess"),
        with_attribute("clubs", "go"),
        with_attribute("years", "3"),
        with_attribute("member", "true"),
    } == traits_of(details)


def test_who_says_nothing_has_none() -> None:
    assert frozenset() == traits_of(PersonalDetails(address=Address(city="-"), second_address=Address(street="X 1")))


@pytest.mark.parametrize("written", ["SAINT-ETIENNE", "saint étienne", " Saint-Étienne "])
def test_a_town_is_the_same_whatever_its_case_and_accents(written: str) -> None:
    assert living_in("Saint-Étienne") == living_in(written)
    assert living_in("Saint-Étienne") != living_in("Étienne")


def test_a_value_belongs_to_its_attribute_and_has_no_case() -> None:
    assert with_attribute("class", " 4B ") == with_attribute("class", "4b") != with_attribute("form", "4b")
