from datetime import date

import pytest

from members_service.domain.email import EmailTaken
from members_service.domain.identity.one_time_token import digest
from members_service.domain.identity.roles import Role
from members_service.domain.membership.card import CardNumberTaken
from shared.kernel.errors import Refusals
from tests.members.fakes import FakeSecrets
from tests.members.makers import YESTERDAY, a_member, an_account
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
    assert digest(enrolled.activation_token) == account.activation.digest


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


async def test_a_taken_card_and_a_taken_address_are_both_told(register: Register) -> None:
    await register.keep(a_member(card="ABC", email="ada@library.example"))

    with pytest.raises(Refusals) as refused:
        await register.enrol(email="ADA@library.example", card_number="abc")

    assert [CardNumberTaken, EmailTaken] == [type(one) for one in refused.value.refusals]


async def test_an_address_that_already_signs_in_is_taken(register: Register) -> None:
    await register.keep(an_account(email="ada@library.example"))

    with pytest.raises(EmailTaken):
        await register.enrol(email="Ada@Library.Example")
