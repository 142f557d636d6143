"""Tokens: nobody gets in with a bad one, and known tokens are not examined twice."""

import base64
import hashlib
import json
import time
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from shared.tokens import JwksKeys, SigningKey, TokenRejected, TokenVerifier, sign
from tests.clocks import HandClock
from tests.shared.hostile_tokens import Forger, HostileToken, a_token, good_claims, hostile_tokens
from tests.shared.publisher import KEY, Publisher, a_verifier

HOSTILE = list(hostile_tokens(KEY))


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
