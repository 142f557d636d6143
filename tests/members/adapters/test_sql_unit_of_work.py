import asyncio
from datetime import date

import pytest
from sqlalchemy import text

from members_service.adapters.data_keys import DataKeys
from members_service.adapters.sql_tables import plumbing
from members_service.application.membership.views import EnrolledMember
from members_service.domain.identity.account import AccountNotFound
from members_service.domain.identity.one_time_token import digest
from members_service.domain.identity.refresh_token import RefreshToken
from members_service.domain.identity.roles import Role
from members_service.domain.identity.session import Session
from members_service.domain.membership.card import CardNumberTaken
from members_service.domain.membership.member_record import ExternalIdTaken
from members_service.domain.membership.personal_details import Address, PersonalDetails
from members_service.domain.membership.standing import Suspension
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.errors import OutOfDate
from shared.kernel.ids import new_id
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
    a_second_factor,
    a_session,
    an_account,
    an_account_to_activate,
    an_admin,
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

    async with register.database.reading() as connection:
        for table in ("members", "accounts", "outbox", "receipts"):
            rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()
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


async def test_an_account_comes_back_as_it_went(register: Register) -> None:
    ada = a_member()
    waiting = an_account_to_activate("token", member_id=ada.id)
    ready = an_account(email="grace@x.y", roles=frozenset({Role.ADMIN, Role.LIBRARIAN}), member_id=ada.id)
    await register.keep(ada, waiting, ready)

    async with register.unit_of_work() as uow:
        first, second = await uow.accounts.get(waiting.id), await uow.accounts.get(ready.id)

    assert (waiting.activation, None, waiting.email) == (first.activation, first.password_hash, first.email)
    assert (None, ready.password_hash, ready.roles) == (second.activation, second.password_hash, second.roles)


async def test_an_account_of_nobody_is_not_found(register: Register) -> None:
    async with register.unit_of_work() as uow:
        with pytest.raises(AccountNotFound):
            await uow.accounts.get(new_id())
        assert await uow.accounts.awaiting(digest("token")) is None


async def test_the_second_of_two_who_change_one_account_is_told_that_it_changed(register: Register) -> None:
    await register.keep(grace := an_account(email="grace@x.y"))
    async with register.unit_of_work() as uow:
        stale = await uow.accounts.get(grace.id)
    async with register.unit_of_work() as uow:
        (await uow.accounts.get(grace.id)).change_password("new")
        await uow.commit()

    async with register.unit_of_work() as uow:
        stale.change_password("newer")
        uow._work.session.add(stale)  # type: ignore[attr-defined] # as the adapter has it
        with pytest.raises(OutOfDate):
            await uow.commit()


async def test_admins_are_found_whatever_else_they_are(register: Register) -> None:
    both = an_account(email="both@x.y", roles=frozenset({Role.ADMIN, Role.MEMBER}))
    await register.keep(both, an_account(email="desk@x.y", roles=frozenset({Role.LIBRARIAN})))

    async with register.unit_of_work() as uow:
        assert await uow.accounts.another_administers(new_id())
        assert not await uow.accounts.another_administers(both.id)


async def test_a_disabled_admin_administers_nothing(register: Register) -> None:
    admin = an_admin()
    admin.change(roles=None, disabled=True, others_administer=True)
    await register.keep(admin)

    async with register.unit_of_work() as uow:
        assert not await uow.accounts.another_administers(new_id())


async def test_a_session_comes_back_as_it_went(register: Register) -> None:
    await register.keep(ada := an_account())
    session = Session(
        id=new_id(),
        sid="named",
        account_id=ada.id,
        client_id="swagger",
        requested=frozenset({"self", "admin"}),
        digest=digest("first"),
        now=NOW,
    )
    await register.keep(session)

    async with register.unit_of_work() as uow:
        back = await uow.sessions.find(session.id)
        assert back is await uow.sessions.named("named")
        assert await uow.sessions.find(new_id()) is None
        assert await uow.sessions.named("unknown") is None

    assert back is not None
    assert (session.requested, session.digest, session.ends_at) == (back.requested, back.digest, back.ends_at)
    assert back.is_on(NOW)


async def test_ending_all_sessions_of_an_account_leaves_those_of_others(register: Register) -> None:
    await register.keep(ada := an_account(), kim := an_account(email="kim@x.y"))
    await register.keep(adas := a_session(account_id=ada.id), kims := a_session(account_id=kim.id))

    async with register.unit_of_work() as uow:
        await uow.sessions.end_all(ada.id, now=NOW)
        await uow.commit()

    async with register.unit_of_work() as uow:
        ended, going_on = await uow.sessions.find(adas.id), await uow.sessions.find(kims.id)
    assert ended is not None
    assert going_on is not None
    assert (False, True) == (ended.is_on(NOW), going_on.is_on(NOW))


async def test_two_who_use_one_refresh_token_at_once_get_the_same_successor(register: Register) -> None:
    await register.keep(ada := an_account(), session := a_session(account_id=ada.id, secret="first"))

    async def refresh(salt: str) -> RefreshToken | None:
        async with register.unit_of_work() as uow:
            found = await uow.sessions.find(session.id)
            assert found is not None
            successor = found.refresh(RefreshToken(session.id, "first"), client_id="library", salt=salt, now=NOW)
            await uow.commit()
            return successor

    one, other = await asyncio.gather(refresh("a"), refresh("b"))

    assert one is not None
    assert one == other


async def test_disabling_an_account_while_its_session_is_refreshed_ends_the_session(register: Register) -> None:
    await register.keep(ada := an_account())
    await register.keep(session := a_session(account_id=ada.id, secret="0"))

    async def refresh_again_and_again() -> None:
        token: RefreshToken | None = RefreshToken(session.id, "0")
        while token is not None:
            async with register.unit_of_work() as uow:
                found = await uow.sessions.find(session.id)
                assert found is not None
                await uow.accounts.look_at(ada.id)
                token = found.refresh(token, client_id="library", salt="salt", now=NOW)
                await uow.commit()

    async def disable() -> None:
        async with register.unit_of_work() as uow:
            account = await uow.accounts.get(ada.id)
            account.change(roles=None, disabled=True, others_administer=True)
            await uow.sessions.end_all(ada.id, now=NOW)
            await uow.commit()

    async with asyncio.timeout(20):
        await asyncio.gather(refresh_again_and_again(), disable())

    async with register.unit_of_work() as uow:
        found = await uow.sessions.find(session.id)
    assert found is not None
    assert not found.is_on(NOW)


async def test_a_second_factor_comes_back_as_it_went_and_goes_when_it_is_removed(register: Register) -> None:
    await register.keep(account := an_account(member_id=None))
    await register.keep(factor := a_second_factor(account.id))
    async with register.unit_of_work() as uow:
        back = await uow.second_factors.of(account.id)
        assert back is not None
        assert (factor.secret, factor.recovery_digests, NOW) == (back.secret, back.recovery_digests, back.offered_at)
        assert back.takes_step(7)
        back.offer("ANOTHER", now=NOW)
        await uow.commit()

    async with register.unit_of_work() as uow:
        again = await uow.second_factors.of(account.id)
        assert again is not None
        assert ("ANOTHER", frozenset()) == (again.secret, again.recovery_digests)
        await uow.second_factors.remove(again)
        await uow.commit()

    async with register.unit_of_work() as uow:
        assert await uow.second_factors.of(account.id) is None


async def test_one_code_at_two_desks_at_once_lets_one_in(register: Register) -> None:
    await register.keep(account := an_account(member_id=None))
    await register.keep(a_second_factor(account.id))

    async def use() -> bool:
        async with register.unit_of_work() as uow:
            await uow.accounts.get(account.id)
            factor = await uow.second_factors.of(account.id)
            assert factor is not None
            is_right = factor.takes_step(7)
            await uow.commit()
        return is_right

    assert [False, True] == sorted(await asyncio.gather(use(), use()))
