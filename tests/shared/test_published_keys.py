"""Keys come and go, and their publisher is neither overloaded nor needed all the time."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from shared import context
from shared.kernel.errors import NeighbourUnavailable
from shared.tokens import JwksKeys, SigningKey, TokenVerifier
from tests.clocks import HandClock
from tests.shared.hostile_tokens import a_token
from tests.shared.publisher import KEY, Publisher


async def test_keys_are_fetched_when_first_needed_and_then_kept() -> None:
    publisher = Publisher(KEY)
    keys = JwksKeys(publisher.jwks)

    assert await keys.key(KEY.kid) is not None
    assert await keys.key(KEY.kid) is not None

    assert 1 == publisher.asked


async def test_many_who_need_the_keys_at_once_cause_one_fetch() -> None:
    publisher = Publisher(KEY)
    keys = JwksKeys(publisher.jwks)

    found = await asyncio.gather(*(keys.key(KEY.kid) for _ in range(20)))

    assert all(key is not None for key in found)
    assert 1 == publisher.asked


async def test_those_who_wait_for_keys_are_not_endlessly_many_and_known_keys_wait_for_nothing() -> None:
    publisher, clock, gate = Publisher(KEY), HandClock(), asyncio.Event()
    keys = JwksKeys(publisher.jwks, clock=clock)
    await keys.key(KEY.kid)

    async def late() -> Mapping[str, Any]:
        await gate.wait()
        return await publisher.jwks()

    keys._fetch = late
    clock.seconds += 30
    waiting = [asyncio.create_task(keys.key(f"made-up-{number}")) for number in range(keys.most_waiting)]
    await asyncio.sleep(0)

    with pytest.raises(NeighbourUnavailable):
        await keys.key("one-more")
    known = await keys.key(KEY.kid)
    gate.set()

    assert known is not None
    assert [None] * keys.most_waiting == await asyncio.gather(*waiting)


async def test_a_new_key_is_found_at_once() -> None:
    clock, publisher, new = HandClock(), Publisher(KEY), SigningKey.generate()
    keys = JwksKeys(publisher.jwks, clock=clock)
    await keys.key(KEY.kid)

    publisher.keys.append(new)
    clock.seconds += 30

    assert await keys.key(new.kid) is not None


async def test_made_up_key_names_cannot_overload_the_publisher() -> None:
    clock, publisher = HandClock(), Publisher(KEY)
    keys = JwksKeys(publisher.jwks, clock=clock)
    await keys.key(KEY.kid)

    for number in range(100):
        clock.seconds += 0.29
        assert await keys.key(f"made-up-{number}") is None

    assert 1 == publisher.asked


async def test_keys_are_renewed_in_the_background() -> None:
    clock, publisher, new = HandClock(), Publisher(KEY), SigningKey.generate()
    keys = JwksKeys(publisher.jwks, clock=clock)
    await keys.key(KEY.kid)
    publisher.keys = [new]

    clock.seconds += JwksKeys.renew_after + 1
    assert await keys.key(KEY.kid) is not None
    for _ in range(5):
        await asyncio.sleep(0)

    assert 2 == publisher.asked
    assert await keys.key(new.kid) is not None
    assert await keys.key(KEY.kid) is None


async def test_keys_that_nobody_uses_are_renewed_too_when_it_is_time_and_not_before() -> None:
    clock, publisher = HandClock(), Publisher(KEY)
    keys = JwksKeys(publisher.jwks, clock=clock)
    await keys.renew()
    assert 0 == publisher.asked, "nothing is known yet that could be renewed"
    await keys.key(KEY.kid)

    clock.seconds += JwksKeys.renew_after / 2 - 1
    await keys.renew()
    assert 1 == publisher.asked

    clock.seconds = JwksKeys.renew_after + 1
    await keys.renew()
    assert 2 == publisher.asked


async def test_many_who_begin_together_do_not_renew_together() -> None:
    clock, publisher = HandClock(), Publisher(KEY)
    tables = [JwksKeys(publisher.jwks, clock=clock) for _ in range(100)]
    await asyncio.gather(*(keys.key(KEY.kid) for keys in tables))
    asked: list[int] = []

    for seconds in range(0, 271, 30):  # as those look who follow the issuer; nobody is due twice until then
        before, clock.seconds = publisher.asked, float(seconds)
        await asyncio.gather(*(keys.renew() for keys in tables))
        asked.append(publisher.asked - before)

    assert [0] * 5 == asked[:5]
    assert 100 == sum(asked), "each once, within five minutes"
    assert max(asked) < 60


async def test_keys_hold_while_they_cannot_be_renewed() -> None:
    clock, publisher = HandClock(), Publisher(KEY)
    keys = JwksKeys(publisher.jwks, clock=clock)
    await keys.key(KEY.kid)
    publisher.down = True

    clock.seconds += JwksKeys.renew_after + 1
    await keys.renew()

    assert 2 == publisher.asked
    assert keys.knows(KEY.kid)


async def test_kept_keys_hold_for_a_day_while_the_publisher_is_down() -> None:
    clock, publisher = HandClock(), Publisher(KEY)
    keys = JwksKeys(publisher.jwks, clock=clock)
    await keys.key(KEY.kid)
    publisher.down = True

    clock.seconds = 86_399
    assert await keys.key(KEY.kid) is not None
    await asyncio.sleep(0.001)
    assert await keys.key("unknown") is None

    clock.seconds = 86_401
    with pytest.raises(NeighbourUnavailable):
        await keys.key(KEY.kid)


async def test_without_any_key_the_caller_is_told_to_come_back_and_the_publisher_is_asked_again_soon() -> None:
    clock, publisher = HandClock(), Publisher(KEY)
    keys = JwksKeys(publisher.jwks, clock=clock)
    publisher.down = True
    with pytest.raises(NeighbourUnavailable):
        await keys.load()
    with pytest.raises(NeighbourUnavailable):
        await keys.load()
    assert 1 == publisher.asked

    publisher.down = False
    clock.seconds += 1
    await keys.load()

    assert await keys.key(KEY.kid) is not None
    assert 2 == publisher.asked


async def test_a_token_that_cannot_be_checked_now_is_not_called_bad() -> None:
    publisher = Publisher()
    publisher.down = True
    verifier = TokenVerifier(JwksKeys(publisher.jwks), issuer="library")

    with pytest.raises(NeighbourUnavailable):
        await verifier.verify(a_token(KEY))


async def test_keys_for_other_uses_are_passed_over() -> None:
    publisher, other = Publisher(KEY), SigningKey.generate()
    jwk = other.public_jwk()
    publisher.extra = [
        jwk | {"use": "enc"},
        jwk | {"alg": "ES384"},
        jwk | {"kty": "oct", "k": "AAAA"},
        jwk | {"crv": "P-384"},
        {name: value for name, value in jwk.items() if name != "kid"},
    ]
    keys = JwksKeys(publisher.jwks)

    assert await keys.key(KEY.kid) is not None
    assert await keys.key(other.kid) is None


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"keys": None}, {"keys": [None]}, {"keys": [{"kty": "EC"}]}, {"keys": []}], ids=repr
)
async def test_a_publisher_that_talks_nonsense_counts_as_down(answer: Any) -> None:
    async def nonsense() -> Any:
        return answer

    with pytest.raises(NeighbourUnavailable):
        await JwksKeys(nonsense).key(KEY.kid)


async def test_a_caller_who_gives_up_does_not_end_the_fetch_for_the_others() -> None:
    publisher = Publisher(KEY)
    keys = JwksKeys(publisher.jwks)
    impatient = asyncio.create_task(keys.key(KEY.kid))
    patient = asyncio.create_task(keys.key(KEY.kid))
    await asyncio.sleep(0)

    impatient.cancel()

    assert await patient is not None
    assert 1 == publisher.asked


async def test_the_deadline_of_the_request_that_needs_keys_first_does_not_cut_the_fetch_short() -> None:
    seen: list[context.RequestContext | None] = []

    async def fetch() -> Mapping[str, Any]:
        seen.append(context.current())
        return {"keys": [KEY.public_jwk()]}

    with context.working_on(context.new_context(seconds=0.01)):
        await JwksKeys(fetch).key(KEY.kid)

    assert [None] == seen
