from datetime import date

import pytest

from members_service.application.membership.views import MemberFilter
from members_service.domain.identity.roles import Role
from members_service.domain.membership.card import CardNumberTaken
from members_service.domain.membership.member_record import ExternalIdTaken
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.membership import UnknownCategory
from members_service.domain.membership.personal_details import Address, InvalidAttributes, Note
from members_service.domain.one_time_token import digest
from shared.kernel.errors import Refusals
from tests.members.fakes import FakeSecrets
from tests.members.makers import TODAY, YESTERDAY, a_member
from tests.members.register import Register


async def test_who_joins_is_a_member_with_an_account_that_waits_for_a_password(register: Register) -> None:
    enrolled = await register.enrol()

    async with register.unit_of_work() as uow:
        [account] = await uow.accounts.of_member(enrolled.member_id)
    assert (frozenset({Role.MEMBER}), False) == (account.roles, account.is_activated)
    assert ["joined"] == await register.event_types()


async def test_only_the_digest_of_the_activation_token_is_kept(register: Register) -> None:
    enrolled = await register.enrol()

    async with register.unit_of_work() as uow:
        [account] = await uow.accounts.of_member(enrolled.member_id)
    assert account.activation is not None
    assert digest(enrolled.activation_token or "") == account.activation.digest


async def test_a_membership_lasts_a_year_from_the_day_that_the_library_writes(register: Register) -> None:
    on_kiritimati = Register(register.database, register.keys, library_timezone="Pacific/Kiritimati")

    assert date(2027, 3, 3) == (await on_kiritimati.enrol()).expires_on


async def test_an_old_membership_is_taken_over_as_it_is(register: Register) -> None:
    enrolled = await register.enrol(expires_on=YESTERDAY)

    assert (YESTERDAY, "expired") == (enrolled.expires_on, enrolled.status)


async def test_a_drawn_card_number_that_somebody_has_is_drawn_again(register: Register) -> None:
    register.secret_generator = FakeSecrets("000000000001", "000000000001", "000000000002")
    await register.enrol()

    second = await register.enrol(email="kim@x.y")

    assert second.card_number.startswith("2000000000002")


async def test_a_taken_card_is_refused_whatever_its_case(register: Register) -> None:
    await register.keep(a_member(card="ABC"))

    with pytest.raises(CardNumberTaken):
        await register.enrol(email="kim@x.y", card_number="abc")


async def test_a_family_shares_an_address_and_its_first_member_signs_in_by_it(register: Register) -> None:
    mother = await register.enrol(email="family@library.example")

    child = await register.enrol(email="Family@library.example", category="child")

    assert ("Family@library.example", None, None) == (child.email, child.activation_token, child.activation_expires_at)
    async with register.unit_of_work() as uow:
        assert 1 == len(await uow.accounts.of_member(mother.member_id))
        assert [] == await uow.accounts.of_member(child.member_id)


async def test_who_has_no_address_is_a_member_all_the_same(register: Register) -> None:
    enrolled = await register.enrol(email=None)

    standing = await register.membership.assess_standing(MemberReference(enrolled.member_id))
    assert (None, True) == (enrolled.email, standing.may_borrow)


async def test_given_and_family_name_are_the_name_that_is_shown_unless_another_is_given(register: Register) -> None:
    plain = await register.enrol(name=None, given_name="Ada", family_name="Lovelace", email=None)
    other = await register.enrol(name="Countess Lovelace", given_name="Ada", family_name="King", email=None)

    assert ("Ada Lovelace", "Ada", "Lovelace") == (plain.name, plain.given_name, plain.family_name)
    assert ("Countess Lovelace", "Ada", "King") == (other.name, other.given_name, other.family_name)


async def test_all_that_is_said_of_somebody_is_shown_again(register: Register) -> None:
    address = Address("12 St James's Square", "SW1Y 4JH", "London", "GB")
    notes = (Note("Owes us a bookcase.", show_at_desk=True), Note("Likes large print."))

    enrolled = await register.enrol(address=address, notes=notes, mobile="1", home_branch="MAIN", external_id="K-17")

    shown = await register.members.member(enrolled.member_id, today=TODAY)
    assert (address, notes) == (shown.address, shown.notes)
    assert ("1", "MAIN", "K-17") == (shown.mobile, shown.home_branch, shown.external_id)


async def test_one_key_of_another_system_stands_for_one_member(register: Register) -> None:
    await register.enrol(email=None, external_id="K-17")

    with pytest.raises(ExternalIdTaken):
        await register.enrol(email=None, external_id="K-17")


async def test_an_unknown_category_is_refused_with_the_one_that_was_perhaps_meant(register: Register) -> None:
    with pytest.raises(UnknownCategory) as refused:
        await register.enrol(category="Adlut")

    assert "Did you mean adult?" in refused.value.detail
    assert {"did_you_mean": "adult"} == refused.value.figures


async def test_attributes_obey_the_schema_of_the_library(register: Register) -> None:
    schema = {
        "properties": {"school": {"type": "string", "enum": ["North", "South"]}},
        "required": ["school"],
        "additionalProperties": False,
    }
    there = Register(register.database, register.keys, attributes_schema=schema)

    for wrong in ({}, {"school": "East"}, {"school": "North", "class": "4b"}, {"school": "N" * 10_000}):
        with pytest.raises((InvalidAttributes, Refusals)):
            await there.enrol(email=None, attributes=wrong)
    with pytest.raises(InvalidAttributes):
        await register.enrol(email=None, attributes={"school": "North"})

    pupil = await there.enrol(email=None, attributes={"school": "North"})
    assert {"school": "North"} == pupil.attributes
    for school, found in (("north", [pupil.member_id]), ("South", [])):
        wanted = MemberFilter(attributes=(("school", school),))
        listed = await there.members.members(wanted, today=TODAY, limit=9, after=None)
        assert found == [one.member_id for one in listed]
