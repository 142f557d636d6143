import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from members_service.domain.identity.attempts import (
    CLIENT_SECRETS,
    EMAIL_CHANGES,
    FAMILIAR_DEVICE,
    FAMILIAR_NETWORK,
    NETWORK,
    STRANGERS,
    Attempt,
    GuessableSecret,
    SignInSource,
)
from members_service.domain.owner_check import TooManyAttempts
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.identity.attempts import forget_what_is_over
from members_service.persistence.identity.tables import familiar_networks, sessions, tries
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.kept_database import Kept
from tests.members.makers import a_session, an_account
from tests.members.register import Register

ADA = "ada@library.example"
MEMBER = new_id()


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


async def try_(register: Register, source: Attempt) -> bool:
    try:
        await register.throttle.admit(source, now=register.clock.now())
    except TooManyAttempts:
        return False
    return True


async def sign_in(register: Register, source: SignInSource) -> None:
    """Try, and succeed."""
    await register.throttle.admit(source, now=register.clock.now())
    async with register.unit_of_work() as uow:
        await uow.attempts.forgive(source, now=register.clock.now())
        await uow.commit()


async def let_in(register: Register, source: SignInSource) -> bool:
    """Tell whether somebody who knows the password gets in."""
    try:
        await sign_in(register, source)
    except TooManyAttempts:
        return False
    return True


async def many(register: Register, source: SignInSource, count: int) -> int:
    return sum([await try_(register, source) for _ in range(count)])


async def test_strangers_share_a_few_tries_for_an_account_wherever_they_come_from(register: Register) -> None:
    everywhere = [SignInSource.at(f"198.51.{number}.1", name=ADA) for number in range(30)]

    admitted = [await try_(register, source) for source in everywhere]

    assert [True] * STRANGERS.tries + [False] * (30 - STRANGERS.tries) == admitted


async def test_another_account_is_not_concerned(register: Register) -> None:
    await many(register, SignInSource.at("192.0.2.1", name=ADA), 30)

    assert await try_(register, SignInSource.at("192.0.2.1", name="kim@library.example"))


async def test_a_try_comes_back_after_a_while_and_the_wait_is_told(register: Register) -> None:
    source = SignInSource.at("192.0.2.1", name=ADA)
    await many(register, source, STRANGERS.tries)

    with pytest.raises(TooManyAttempts) as refused:
        await register.throttle.admit(source, now=register.clock.now())
    register.clock.pass_by(refused.value.retry_after)

    assert timedelta() < refused.value.retry_after <= STRANGERS.every
    assert [True, False] == [await try_(register, source), await try_(register, source)]


async def test_who_is_refused_does_not_wait_longer_for_trying_on(register: Register) -> None:
    source = SignInSource.at("192.0.2.1", name=ADA)
    await many(register, source, STRANGERS.tries + 50)

    register.clock.pass_by(STRANGERS.every)

    assert await try_(register, source)


async def test_no_more_than_twenty_guesses_of_a_thousand_are_looked_at_in_ten_minutes(register: Register) -> None:
    at_home, with_her_phone = (
        SignInSource.at("198.51.7.1", name=ADA),
        SignInSource.at("192.0.2.1", name=ADA, device="a phone"),
    )
    await sign_in(register, at_home)
    await sign_in(register, with_her_phone)

    looked_at, owner_gets_in = 0, []
    for number in range(1_000):
        looked_at += await try_(
            register, SignInSource.at(f"198.51.{number % 50}.7", name=ADA, device=f"guess {number}")
        )
        if number % 100 == 99:
            owner_gets_in.append(
                await let_in(register, SignInSource.at(f"203.0.{number % 7}.1", name=ADA, device="a phone"))
            )
        register.clock.pass_by(timedelta(milliseconds=599))

    assert 15 <= looked_at <= 20, "one of the fifty networks is the owner's own"
    assert [True] * 10 == owner_gets_in


async def test_strangers_cannot_lock_the_owner_out_of_a_familiar_network(register: Register) -> None:
    at_home = SignInSource.at("192.0.2.1", name=ADA)
    await sign_in(register, at_home)

    await many(register, SignInSource.at("198.51.100.1", name=ADA), 50)

    assert not await try_(register, SignInSource.at("198.51.100.1", name=ADA))
    assert FAMILIAR_NETWORK.tries == await many(register, at_home, FAMILIAR_NETWORK.tries + 5)


async def test_the_number_of_tries_does_not_tell_who_has_signed_in_from_here(register: Register) -> None:
    await sign_in(register, SignInSource.at("192.0.2.1", name=ADA))

    async def waits(name: str) -> list[timedelta | None]:
        told: list[timedelta | None] = []
        for _ in range(12):
            try:
                await register.throttle.admit(SignInSource.at("192.0.2.1", name=name), now=register.clock.now())
                told.append(None)
            except TooManyAttempts as refused:
                told.append(refused.retry_after)
        return told

    assert await waits(ADA) == await waits("nobody@library.example")


async def test_a_familiar_device_gets_in_even_from_the_network_of_the_attacker(register: Register) -> None:
    phone = SignInSource.at("192.0.2.1", name=ADA, device="a phone")
    await sign_in(register, phone)
    await many(register, SignInSource.at("198.51.100.1", name=ADA), 50)
    for number in range(100):
        await try_(register, SignInSource.at("198.51.100.1", name=f"m{number}@x.y"))
    abroad = SignInSource.at("198.51.100.9", name=ADA, device="a phone")

    assert not await try_(register, SignInSource.at("198.51.100.9", name="kim@library.example"))
    assert not await try_(register, SignInSource.at("198.51.100.9", name=ADA, device="another phone"))
    assert FAMILIAR_DEVICE.tries == await many(register, abroad, FAMILIAR_DEVICE.tries + 5)


async def test_a_device_is_familiar_to_those_who_signed_in_with_it(register: Register) -> None:
    await sign_in(register, SignInSource.at("192.0.2.1", name="kim@library.example", device="the desk's"))

    await many(register, SignInSource.at("198.51.100.1", name=ADA), 50)

    assert not await try_(register, SignInSource.at("198.51.100.1", name=ADA, device="the desk's"))


async def test_right_passwords_use_no_tries_up(register: Register) -> None:
    source = SignInSource.at("192.0.2.1", name=ADA)

    for _ in range(NETWORK.tries + 10):
        await sign_in(register, source)

    assert await try_(register, source)


async def test_one_network_has_only_so_many_tries_for_all_accounts(register: Register) -> None:
    names = [f"m{number}@x.y" for number in range(NETWORK.tries + 5)]

    admitted = sum([await try_(register, SignInSource.at("192.0.2.1", name=name)) for name in names])

    assert NETWORK.tries == admitted
    assert await try_(register, SignInSource.at("192.0.3.1", name="m1@x.y"))


async def test_many_at_once_get_no_more_tries_than_one_after_the_other(register: Register) -> None:
    source = SignInSource.at("192.0.2.1", name=ADA)

    admitted = await asyncio.gather(*(try_(register, source) for _ in range(8)))
    admitted += await asyncio.gather(*(try_(register, source) for _ in range(8)))

    assert STRANGERS.tries == sum(admitted)


async def test_names_and_addresses_are_not_kept(register: Register) -> None:
    ada = SignInSource.at("192.0.2.1", name=ADA, device="a phone")
    await sign_in(register, ada)
    await try_(register, ada)
    await try_(register, SignInSource.at("192.0.2.1", name=ADA))
    guessed = {ada.account_bucket.key, ada.network_bucket.key, *ada.origins}

    for table in (tries, familiar_networks):
        rows = await register.database.rows(select(table))
        assert rows
        assert not any(word in str(row) for row in rows for word in (ADA, "192.0.2", "a phone"))
        assert not guessed.intersection(part for row in rows for part in row), "a list of addresses would find her"


async def test_what_is_over_is_forgotten(register: Register) -> None:
    await sign_in(register, SignInSource.at("192.0.2.1", name=ADA))
    await try_(register, SignInSource.at("192.0.2.1", name=ADA))
    await register.keep(ada := an_account(), a_session(account_id=ada.id))

    async def left_after(time: timedelta) -> list[int]:
        async with register.database.begin() as transaction:
            await forget_what_is_over(transaction, now=register.clock.now() + time)
            await transaction.commit()
        return [len(await register.database.rows(select(table))) for table in (tries, familiar_networks, sessions)]

    assert [2, 1, 1] == await left_after(timedelta())
    assert [0, 1, 1] == await left_after(timedelta(days=1))
    assert [0, 1, 0] == await left_after(timedelta(days=30))
    assert [0, 0, 0] == await left_after(timedelta(days=91))


async def test_whatever_is_at_hand_is_forgotten_the_next_time(kept_postgres: Kept, keys: DataKeys) -> None:
    register = Register(kept_postgres.database, keys)
    later = register.clock.now() + timedelta(days=1)
    await try_(register, SignInSource.at("192.0.2.1", name=ADA))
    second = (await register.database.rows(select(tries.c.slot)))[1].slot

    async def forget() -> list[str]:
        async with register.database.begin() as transaction:
            await forget_what_is_over(transaction, now=later)
            await transaction.commit()
        return [row.slot for row in await register.database.rows(select(tries.c.slot))]

    async with register.database.engine.begin() as signing_in, asyncio.timeout(60):
        await signing_in.execute(select(tries).where(tries.c.slot == second).with_for_update())
        left = await forget()

    assert ([second], []) == (left, await forget())


async def test_a_member_asks_for_ten_addresses_in_an_hour_at_most(register: Register) -> None:
    asked = 0

    for _ in range(60):
        asked += sum([await try_(register, GuessableSecret.of_email(MEMBER)) for _ in range(2)])
        register.clock.pass_by(timedelta(minutes=1))

    assert EMAIL_CHANGES.tries < asked <= 10
    assert await try_(register, GuessableSecret.of_email(new_id())), "another member's are counted apart"


async def test_what_is_given_back_can_be_tried_again(register: Register) -> None:
    right = GuessableSecret.of_client_secret("loans", address="10.1.2.3")

    for _ in range(2 * CLIENT_SECRETS.tries):
        assert await try_(register, right)
        async with register.unit_of_work() as uow:
            await uow.attempts.give_back(right, now=register.clock.now())
            await uow.commit()


async def test_a_clock_that_ran_ahead_locks_nobody_out_when_it_is_right_again(register: Register) -> None:
    guess = GuessableSecret.of_client_secret("loans", address="192.0.2.1")
    right = register.clock.now()
    await register.throttle.admit(guess, now=right + timedelta(minutes=10))

    admitted = [await try_(register, guess) for _ in range(3)]

    assert [True, False, False] == admitted, "what was counted then is not known: the last try is left"
    register.clock.pass_by(CLIENT_SECRETS.every)
    assert await try_(register, guess)


async def test_clocks_that_differ_a_little_give_nobody_more_tries(register: Register) -> None:
    guess = GuessableSecret.of_client_secret("loans", address="192.0.2.1")
    right = register.clock.now()
    for _ in range(CLIENT_SECRETS.tries):
        await register.throttle.admit(guess, now=right + timedelta(seconds=4))

    assert not await try_(register, guess)
