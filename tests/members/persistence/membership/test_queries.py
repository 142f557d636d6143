from datetime import timedelta
from typing import Any

import pytest

from members_service.application.membership.views import MemberFilter
from members_service.domain.identity.account import AccountNotFound
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.personal_details import Address, PersonalDetails
from members_service.domain.membership.standing import Action, Membership, Suspension
from members_service.domain.one_time_token import digest
from members_service.domain.unknown_member import MemberNotFound
from members_service.persistence.data_keys import DataKeys
from shared.kernel.errors import LibraryError
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.members.makers import (
    NOW,
    TODAY,
    TOMORROW,
    YESTERDAY,
    a_block,
    a_member,
    an_account,
    an_account_to_activate,
)
from tests.members.register import Register


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


def a_troubled_member(trouble: str, number: int) -> Member:
    member = a_member(
        card=f"CARD-{number}",
        email=f"m{number}@x.y",
        expires_on=YESTERDAY if trouble == "expired" else TOMORROW,
        category="child" if number % 2 else "adult",
    )
    if trouble in ("suspended", "over"):
        member.suspend(Suspension("Shouting.", TODAY), today=TODAY, now=NOW)
    if trouble == "leaving":
        member.leaving_since = NOW
    return member


async def test_a_member_is_shown_whole(register: Register) -> None:
    await register.keep(ada := a_member(details=PersonalDetails("+44 20", Address("London"), None)))

    shown = await register.members.member(ada.id, today=TODAY)

    assert ("Ada Lovelace", "ada@library.example", "20000000000018") == (shown.name, shown.email, shown.card_number)
    assert ("+44 20", Address("London"), None) == (shown.phone, shown.address, shown.date_of_birth)
    assert ("active", None) == (shown.status, shown.suspension)


async def test_a_status_changes_with_the_date_alone(register: Register) -> None:
    await register.keep(ada := a_member(expires_on=TODAY))

    today = await register.members.member(ada.id, today=TODAY)
    tomorrow = await register.members.member(ada.id, today=TOMORROW)

    assert ("active", "expired", today.version) == (today.status, tomorrow.status, tomorrow.version)


async def test_nobody_is_not_found_in_any_way(register: Register) -> None:
    for looking in (
        register.members.member(new_id(), today=TODAY),
        register.standings.membership(MemberReference(member_id=new_id()), today=TODAY),
        register.standings.membership(MemberReference(card_number="20000000000018"), today=TODAY),
        register.standings.membership(MemberReference(card_number=""), today=TODAY),
        register.standings.membership(MemberReference(card_number="x" * 5_000), today=TODAY),
        register.members.blocks(new_id(), limit=9, after=None),
    ):
        with pytest.raises(MemberNotFound):
            await looking
    for asking in (register.accounts.account(new_id()), register.accounts.email_and_hash(new_id())):
        with pytest.raises(AccountNotFound):
            await asking
    assert await register.accounts.signing_in("nobody@x.y") is None


async def test_standing_sees_everything_about_a_membership(register: Register) -> None:
    ada = a_member()
    ada.suspend(Suspension("Shouting.", TOMORROW), today=TODAY, now=NOW)
    ada.block(a_block(action=Action.BORROW), today=TODAY)
    ada.block(a_block(action=Action.HOLD, until=TOMORROW), today=TODAY)
    ada.leaving_since = NOW
    await register.keep(ada)

    by_id = await register.standings.membership(MemberReference(member_id=ada.id), today=TODAY)
    by_card = await register.standings.membership(MemberReference(card_number=" 2000 0000 0000 18 "), today=TODAY)

    assert by_id == by_card
    assert ada.membership.refusals(TODAY) == by_id.refusals(TODAY)


async def test_blocks_are_listed_oldest_first(register: Register) -> None:
    ada = a_member()
    ada.block(first := a_block(), today=TODAY)
    ada.block(second := a_block(action=Action.HOLD), today=TODAY)
    await register.keep(ada, kim := a_member(card="KIM", email="kim@x.y"))

    both = await register.members.blocks(ada.id, limit=9, after=None)
    assert [first.id, second.id] == [block.block_id for block in both]
    assert both[:1] == await register.members.blocks(ada.id, limit=1, after=None)
    assert both[1:] == await register.members.blocks(ada.id, limit=9, after=first.id)
    assert [] == await register.members.blocks(ada.id, limit=9, after=second.id)
    assert [] == await register.members.blocks(kim.id, limit=9, after=None)


TROUBLES = ["active", "expired", "suspended", "leaving", "active", "expired", "suspended", "leaving", "over", "active"]


@pytest.mark.parametrize("status", ["active", "expired", "suspended", "leaving"])
async def test_the_database_tells_a_status_as_the_rules_do(register: Register, status: str) -> None:
    everybody = [a_troubled_member(trouble, number) for number, trouble in enumerate(TROUBLES)]
    await register.keep(*everybody)
    for today in (TODAY, TOMORROW, TOMORROW + timedelta(days=1)):
        found = await register.members.members(MemberFilter(status=status), today=today, limit=100, after=None)

        expected = [member.id for member in everybody if member.status(today) == status]
        assert expected == [member.member_id for member in found]
        assert all(status == member.status for member in found)


async def test_members_are_listed_page_by_page_in_the_order_in_which_they_joined(register: Register) -> None:
    everybody = [a_troubled_member(trouble, number) for number, trouble in enumerate(TROUBLES)]
    await register.keep(*reversed(everybody))

    first = await register.members.members(MemberFilter(), today=TODAY, limit=6, after=None)
    rest = await register.members.members(MemberFilter(), today=TODAY, limit=6, after=(first[-1].member_id,))

    assert [member.id for member in everybody] == [member.member_id for member in [*first, *rest]]


async def test_members_are_listed_by_card_and_by_category(register: Register) -> None:
    everybody = [a_troubled_member(trouble, number) for number, trouble in enumerate(TROUBLES)]
    await register.keep(*everybody)

    async def found(wanted: MemberFilter) -> list[Any]:
        return [one.member_id for one in await register.members.members(wanted, today=TODAY, limit=100, after=None)]

    assert [everybody[3].id] == await found(MemberFilter(card_number="card-3"))
    assert [one.id for one in everybody[1::2]] == await found(MemberFilter(category="child"))
    assert [everybody[3].id, everybody[7].id] == await found(MemberFilter(category="child", status="leaving"))
    assert [] == await found(MemberFilter(card_number="card-3", category="adult"))


async def test_an_activation_token_is_for_one_address_until_it_expires(register: Register) -> None:
    await register.keep(ada := a_member(), an_account_to_activate("token", member_id=ada.id))

    assert "ada@library.example" == await register.accounts.awaiting(digest("token"), now=NOW)
    assert await register.accounts.awaiting(digest("token"), now=NOW + timedelta(days=14)) is None
    assert await register.accounts.awaiting(digest("another"), now=NOW) is None


async def test_an_account_is_shown_without_its_secrets(register: Register) -> None:
    await register.keep(account := an_account())

    shown = await register.accounts.account(account.id)

    assert (True, False, ("member",)) == (shown.activated, shown.disabled, shown.roles)
    assert not any("hash" in str(value) for value in (getattr(shown, name) for name in shown.__slots__))


async def test_many_are_judged_in_one_statement_and_in_the_order_asked(register: Register) -> None:
    ada, kim = a_member(), a_member(card="KIM", email="kim@x.y")
    kim.block(a_block(action=Action.HOLD), today=TODAY)
    kim.block(a_block(action=Action.BORROW), today=TODAY)
    ada.replace_card(CardNumber.parse("ADA-2"), now=NOW)
    await register.keep(ada, kim)
    by_card, by_id = MemberReference(card_number=" kim "), MemberReference(ada.id)
    for named in (
        [by_card, MemberReference(card_number="20000000000018"), by_id, by_card],
        [by_card, MemberReference(card_number="nobody's")],
        [by_id],
    ):
        async with register.counting() as statements:
            found = await register.standings.memberships(named, today=TODAY)

        assert 1 == len(statements)
        assert [await judged(register, one) for one in named] == [
            type(one) if isinstance(one, LibraryError) else one for one in found
        ]


async def test_an_unknown_id_costs_one_statement_more_for_it_may_be_that_of_a_merged_record(register: Register) -> None:
    await register.keep(ada := a_member())

    async with register.counting() as statements:
        found = await register.standings.memberships([MemberReference(new_id()), MemberReference(ada.id)], today=TODAY)

    assert (2, MemberNotFound, Membership) == (len(statements), *map(type, found))


async def judged(register: Register, named: MemberReference) -> Membership | type[LibraryError]:
    try:
        return await register.standings.membership(named, today=TODAY)
    except LibraryError as error:
        return type(error)
