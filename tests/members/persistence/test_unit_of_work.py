import asyncio
from datetime import date

import pytest
from sqlalchemy import text

from members_service.application.membership.views import EnrolledMember
from members_service.domain.identity.roles import Role
from members_service.domain.membership.card import CardNumberTaken
from members_service.domain.membership.member_record import ExternalIdTaken
from members_service.domain.membership.personal_details import Address, PersonalDetails
from members_service.domain.membership.standing import Suspension
from members_service.domain.one_time_token import digest
from members_service.domain.unknown_member import MemberNotFound
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.tables import plumbing
from shared.kernel.receipts import Receipt
from shared.persistence.database import Database
from shared.persistence.receipts import SqlReceipts
from shared.persistence.work import AnsweredMeanwhile
from tests.members.makers import (
    NOW,
    TODAY,
    TOMORROW,
    a_block,
    a_member,
)
from tests.members.register import Register


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


async def test_a_member_comes_back_as_it_went(register: Register) -> None:
    details = PersonalDetails("+44 20 7946 0018", Address("St James's Square 12\nLondon"), date(1815, 12, 10))
    ada = a_member(card="AbC-1", email="Ada@Library.example", details=details)
    ada.suspend(Suspension("Shouting.", TOMORROW), today=TODAY, now=NOW)
    ada.block(a_block(), today=TODAY)
    await register.keep(ada)

    async with register.unit_of_work() as uow:
        back = await uow.members.get(ada.id)

    assert (ada.card, ada.email, ada.details, ada.suspension) == (back.card, back.email, back.details, back.suspension)
    assert (ada.membership, ada.version, ada.joined_at) == (back.membership, back.version, back.joined_at)
    assert [] == back.take_events()


async def test_a_member_without_suspension_comes_back_without_one(register: Register) -> None:
    await register.keep(ada := a_member())

    async with register.unit_of_work() as uow:
        assert (await uow.members.get(ada.id)).suspension is None


async def test_suspending_reinstating_and_blocking_are_kept(register: Register) -> None:
    await register.keep(ada := a_member())
    async with register.unit_of_work() as uow:
        member = await uow.members.get(ada.id)
        member.suspend(Suspension("Shouting.", None), today=TODAY, now=NOW)
        member.block(block := a_block(), today=TODAY)
        await uow.commit()

    async with register.unit_of_work() as uow:
        member = await uow.members.get(ada.id)
        member.reinstate(today=TODAY, now=NOW)
        member.lift_block(block.id, now=NOW)
        await uow.commit()

    async with register.unit_of_work() as uow:
        member = await uow.members.get(ada.id)
        assert (None, [], 5) == (member.suspension, member.blocks, member.version)


async def test_what_is_not_committed_did_not_happen(register: Register) -> None:
    async with register.unit_of_work() as uow:
        uow.members.add(ada := a_member())

    async with register.unit_of_work() as uow:
        with pytest.raises(MemberNotFound):
            await uow.members.get(ada.id)
    assert [] == await register.events()
    assert 0 == register.wake_up.times


async def test_an_enrolment_writes_member_account_event_and_receipt_together(register: Register) -> None:
    receipt = Receipt.of(caller="desk", key="key", request=b"POST")

    enrolled = await register.enrol(receipt=receipt)

    kept = await SqlReceipts(register.database, plumbing.receipts).find(receipt, EnrolledMember)
    [(type_, subject, data)] = await register.events()
    assert (enrolled, 1) == (kept, register.wake_up.times)
    assert ("members.member.joined", str(enrolled.member_id)) == (type_, subject)
    assert {"member_id": subject, "category": "adult", "expires_on": "2027-03-02"} == data
    async with register.unit_of_work() as uow:
        account = await uow.accounts.awaiting(digest(enrolled.activation_token or ""))
    assert account is not None
    assert (enrolled.member_id, frozenset({Role.MEMBER})) == (account.member_id, account.roles)


async def test_two_answers_to_one_request_are_one(register: Register) -> None:
    receipt = Receipt.of(caller="desk", key="key", request=b"POST")
    await register.enrol(receipt=receipt)

    with pytest.raises(AnsweredMeanwhile):
        await register.enrol(receipt=receipt, email="kim@x.y", card_number="KIM")

    assert 1 == len(await register.events())


async def test_the_activation_token_is_nowhere_in_the_database(register: Register) -> None:
    enrolled = await register.enrol(receipt=Receipt.of(caller="desk", key="key", request=b"POST"))

    for table in ("members", "accounts", "outbox", "receipts"):
        rows = await register.database.rows(text(f"SELECT * FROM {table}"))
        assert rows
        assert not any(str(enrolled.activation_token) in str(row) for row in rows)


async def test_a_second_card_in_another_case_is_refused_by_the_database_itself(register: Register) -> None:
    await register.keep(a_member(card="abc", email="ada@x.y"))

    with pytest.raises(CardNumberTaken):
        await register.keep(a_member(card="ABC", email="kim@x.y"))


async def test_a_second_key_of_another_system_is_refused_by_the_database_itself(register: Register) -> None:
    await register.keep(a_member(external_id="K-17"))

    with pytest.raises(ExternalIdTaken):
        await register.keep(a_member(card="KIM", external_id="K-17"))


async def test_of_many_who_want_one_card_at_once_one_gets_it(register: Register) -> None:
    requests = [register.enrol(email=f"m{number}@x.y", card_number="THE-CARD") for number in range(8)]

    outcomes = await asyncio.gather(*requests, return_exceptions=True)

    assert 1 == sum(isinstance(outcome, EnrolledMember) for outcome in outcomes)
    assert 7 == sum(isinstance(outcome, CardNumberTaken) for outcome in outcomes)
    assert 1 == len(await register.events())
