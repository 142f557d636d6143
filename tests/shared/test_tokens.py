"""Tokens: nobody gets in with a bad one, keys come and go, and known tokens are not examined twice."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from shared import context
from shared.kernel.errors import NeighbourUnavailable
from shared.tokens import JwksKeys, SigningKey, StaticKeys, TokenRejected, TokenVerifier, sign
from tests.shared.hostile_tokens import Forger, HostileToken, a_token, good_claims, hostile_tokens

KEY = SigningKey.generate()
HOSTILE = list(hostile_tokens(KEY))


def a_verifier(**more: Any) -> TokenVerifier:
    return TokenVerifier(StaticKeys([KEY.public_jwk()]), issuer="library", **more)


class Publisher:
    """Publishes keys, counts how often it was asked, and can be down."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = list(keys)
        self.extra: list[Any] = []
        self.down = False
        self.asked = 0

    async def jwks(self) -> Mapping[str, Any]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise ConnectionError
        return {"keys": [*(key.public_jwk() for key in self.keys), *self.extra]}


class HandClock:
    """Seconds, moved by hand."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


# --- good tokens -----------------------------------------------------------------------------------------------------


async def test_a_good_token_says_who_is_calling() -> None:
    person = UUID("0198c0de-0000-7000-8000-000000000002")
    token = a_token(KEY, scope="loans:read loans:write", roles=["librarian"], member_id=str(person))

    principal = await a_verifier().verify(token)

    assert "0198c0de-0000-7000-8000-000000000001" == principal.subject
    assert "swagger" == principal.client_id
    assert {"loans:read", "loans:write"} == principal.scopes
    assert {"librarian"} == principal.roles
    assert person == principal.person_id
    assert principal.may("loans:read")
    assert not principal.may("admin")


async def test_a_service_token_needs_neither_scope_roles_nor_membership() -> None:
    token = sign(KEY, good_claims(scope=..., roles=..., nbf=...))

    principal = await a_verifier().verify(token)

    assert (frozenset(), frozenset(), None) == (principal.scopes, principal.roles, principal.person_id)


async def test_clocks_may_differ_by_the_leeway() -> None:
    now = int(time.time())

    await a_verifier().verify(a_token(KEY, iat=now + 20, nbf=now + 20))
    await a_verifier().verify(a_token(KEY, iat=now - 900, nbf=now - 900, exp=now - 20))


async def test_an_audience_list_of_only_us_is_as_good_as_the_name() -> None:
    await a_verifier().verify(a_token(KEY, aud=["library"]))


# --- hostile tokens --------------------------------------------------------------------------------------------------


def test_there_are_enough_hostile_tokens_and_no_two_alike() -> None:
    assert len(HOSTILE) >= 60
    assert len({hostile.name for hostile in HOSTILE}) == len(HOSTILE)


async def test_the_forger_could_make_a_good_token() -> None:
    forger = Forger(KEY)

    await a_verifier().verify(forger.forge(forger.header()))


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
async def test_a_hostile_token_is_rejected(hostile: HostileToken) -> None:
    with pytest.raises(TokenRejected):
        await a_verifier().verify(hostile.token)


# --- keys ------------------------------------------------------------------------------------------------------------


def test_a_key_keeps_its_name_through_a_file() -> None:
    again = SigningKey.from_pem(KEY.to_pem().decode())

    assert KEY.kid == again.kid
    assert KEY.public_jwk() == again.public_jwk()


def test_the_name_of_a_key_is_its_thumbprint() -> None:
    jwk = KEY.public_jwk()
    required = {name: jwk[name] for name in ("crv", "kty", "x", "y")}  # RFC 7638, section 3.2: these, in this order

    digest = hashlib.sha256(json.dumps(required, separators=(",", ":")).encode()).digest()

    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == KEY.kid


def test_the_public_half_holds_nothing_private() -> None:
    assert {"kty", "crv", "x", "y", "kid", "use", "alg"} == set(KEY.public_jwk())


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"not a key",
        ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
        ),
    ],
    ids=["nothing", "text", "another curve", "RSA", "encrypted"],
)
def test_another_kind_of_key_cannot_sign(pem: bytes) -> None:
    with pytest.raises(ValueError, match="key"):
        SigningKey.from_pem(pem)


# --- known tokens ----------------------------------------------------------------------------------------------------


async def test_a_token_is_examined_once() -> None:
    publisher = Publisher(KEY)
    keys = JwksKeys(publisher.jwks)
    verifier = TokenVerifier(keys, issuer="library")
    token = a_token(KEY)

    first = await verifier.verify(token)
    publisher.keys, publisher.down = [], True
    second = await verifier.verify(token)

    assert first is second


async def test_a_known_token_ends_when_it_expires() -> None:
    clock = HandClock(time.time())
    verifier = a_verifier(clock=clock)
    token = a_token(KEY)
    await verifier.verify(token)

    clock.seconds += 900 + 31

    with pytest.raises(TokenRejected):
        await verifier.verify(token)


async def test_a_token_in_use_is_refused_once_its_key_has_been_taken_out() -> None:
    clock, publisher, new = HandClock(), Publisher(KEY), SigningKey.generate()
    keys = JwksKeys(publisher.jwks, clock=clock)
    verifier = TokenVerifier(keys, issuer="library")
    forged, good = a_token(KEY), a_token(new)
    await verifier.verify(forged)

    publisher.keys = [new]
    clock.seconds += JwksKeys.renew_after + 1
    await keys.renew()

    with pytest.raises(TokenRejected):
        await verifier.verify(forged)
    assert await verifier.verify(good) is await verifier.verify(good)


async def test_only_so_many_tokens_are_remembered_and_the_longest_unused_goes_first() -> None:
    verifier = a_verifier(cache=2)
    first, second, third = (a_token(KEY) for _ in range(3))
    kept = await verifier.verify(first)
    forgotten = await verifier.verify(second)
    await verifier.verify(first)

    await verifier.verify(third)

    assert kept is await verifier.verify(first)
    assert forgotten is not await verifier.verify(second)


# --- fetched keys ----------------------------------------------------------------------------------------------------


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
