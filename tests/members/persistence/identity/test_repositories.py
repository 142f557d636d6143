"""Accounts, sessions and second factors come back as they went, also where two change them at once."""

import asyncio
from uuid import UUID

import pytest

from members_service.domain.identity.account import AccountNotFound
from members_service.domain.identity.grants import Bounds
from members_service.domain.identity.refresh_token import RefreshToken
from members_service.domain.identity.roles import Role
from members_service.domain.identity.session import Session
from members_service.domain.one_time_token import digest
from members_service.persistence.data_keys import DataKeys
from shared.kernel.errors import OutOfDate
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.members.makers import (
    NOW,
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
        uow._session.add(stale)
        with pytest.raises(OutOfDate):
            await uow.commit()


async def test_admins_are_found_whatever_else_they_are(register: Register) -> None:
    both = an_account(email="both@x.y", roles=frozenset({Role.ADMIN, Role.MEMBER}))
    await register.keep(both, an_account(email="desk@x.y", roles=frozenset({Role.LIBRARIAN})))

    async with register.unit_of_work() as uow:
        assert {both.id: both.member_id} == await uow.accounts.administering(besides=[new_id()])
        assert {} == await uow.accounts.administering(besides=[both.id])


async def test_two_admins_who_bound_each_other_do_not_both_find_the_other_one_left(register: Register) -> None:
    one, other = an_admin(), an_account(email="other@x.y", roles=frozenset({Role.ADMIN}))
    await register.keep(one, other)

    async def who_is_left() -> dict[UUID, UUID | None]:
        async with register.unit_of_work() as uow:
            return await uow.accounts.administering(besides=[one.id])

    async with register.unit_of_work() as uow:
        await uow.accounts.administering(besides=[other.id])
        bounded = await uow.accounts.get(other.id)
        east = {Role.ADMIN.value: Bounds(frozenset({"EAST"}))}
        bounded.change(roles=None, disabled=None, others_administer=True, bounds=east)
        waiting = asyncio.create_task(who_is_left())
        await asyncio.sleep(0.5)  # it has come as far as it can
        await uow.commit()

    assert {} == await waiting


async def test_a_disabled_admin_administers_nothing(register: Register) -> None:
    admin = an_admin()
    admin.change(roles=None, disabled=True, others_administer=True)
    await register.keep(admin)

    async with register.unit_of_work() as uow:
        assert {} == await uow.accounts.administering(besides=[])


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
