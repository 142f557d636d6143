import asyncio
import re
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from members_service.adapters.identity.argon2_passwords import Argon2Cost, Argon2Passwords
from members_service.application.passwords_and_pins import SecretVerdict
from shared.kernel.errors import Unavailable

CHEAP = Argon2Cost(memory_kib=8, passes=1)


@pytest.fixture
def passwords() -> Iterator[Argon2Passwords]:
    passwords = Argon2Passwords(CHEAP, threads=2, waiting=2)
    yield passwords
    passwords.close()


async def test_a_password_is_recognised_by_its_hash_alone(passwords: Argon2Passwords) -> None:
    kept = await passwords.hash("seven-quiet-otters-read")

    assert "otters" not in kept
    assert kept != await passwords.hash("seven-quiet-otters-read")
    assert SecretVerdict(is_right=True) == await passwords.verify("seven-quiet-otters-read", kept)
    assert SecretVerdict(is_right=False) == await passwords.verify("seven-quiet-otters-reaD", kept)


async def test_the_hash_costs_what_owasp_asks_for_unless_somebody_says_otherwise() -> None:
    passwords = Argon2Passwords()
    try:
        kept = await passwords.hash("seven-quiet-otters-read")
    finally:
        passwords.close()

    assert re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", kept)


async def test_without_a_hash_the_answer_is_no_whatever_is_tried(passwords: Argon2Passwords) -> None:
    assert SecretVerdict(is_right=False) == await passwords.verify("seven-quiet-otters-read", None)


async def test_a_hash_made_with_other_parameters_is_replaced(passwords: Argon2Passwords) -> None:
    dearer = Argon2Passwords(Argon2Cost(memory_kib=16, passes=2))
    kept = await passwords.hash("seven-quiet-otters-read")
    try:
        verdict = await dearer.verify("seven-quiet-otters-read", kept)
        wrong = await dearer.verify("wrong", kept)
    finally:
        dearer.close()

    assert verdict.is_right
    assert verdict.better_hash is not None
    assert "m=16,t=2" in verdict.better_hash
    assert wrong.better_hash is None


@pytest.mark.parametrize(
    "password", ["caf\u00e9 caf\u00e9 caf\u00e9", "nul\0inside-and-more", "\ud800 half a pair", "🦦" * 256]
)
async def test_any_characters_do(passwords: Argon2Passwords, password: str) -> None:
    kept = await passwords.hash(password)

    assert (await passwords.verify(password, kept)).is_right


async def test_another_keyboard_spells_the_same_password(passwords: Argon2Passwords) -> None:
    kept = await passwords.hash("caf\u00e9-au-lait-x3")

    assert (await passwords.verify("cafe\u0301-au-lait-x3", kept)).is_right


async def test_who_finds_the_queue_full_is_sent_away_at_once_and_may_come_back(passwords: Argon2Passwords) -> None:
    go_on = Event()
    passwords._hasher = _SlowHasher(passwords._hasher, go_on)  # type: ignore[assignment]  # a slow one instead
    busy = [asyncio.create_task(passwords.hash("seven-quiet-otters-read")) for _ in range(4)]
    await asyncio.sleep(0)

    with pytest.raises(Unavailable):
        await passwords.hash("seven-quiet-otters-read")

    go_on.set()
    await asyncio.gather(*busy)
    assert await passwords.hash("seven-quiet-otters-read")


async def test_who_goes_away_while_waiting_leaves_the_place_to_others(passwords: Argon2Passwords) -> None:
    go_on = Event()
    passwords._hasher = _SlowHasher(passwords._hasher, go_on)  # type: ignore[assignment]  # a slow one instead
    busy = [asyncio.create_task(passwords.hash("seven-quiet-otters-read")) for _ in range(4)]
    await asyncio.sleep(0)
    for task in busy:
        task.cancel()
    await asyncio.gather(*busy, return_exceptions=True)

    go_on.set()

    async with asyncio.timeout(30):
        while True:
            try:
                assert await passwords.hash("seven-quiet-otters-read")
            except Unavailable:
                await asyncio.sleep(0.01)
            else:
                break


class _SlowHasher:
    """Hashes when it is told to go on."""

    def __init__(self, hasher: Any, go_on: Event) -> None:
        self._hasher = hasher
        self._go_on = go_on

    def hash(self, password: str) -> str:
        self._go_on.wait(5)
        hashed: str = self._hasher.hash(password)
        return hashed
