"""Clients that prove who they are by a signature: only what they signed for us, now, is taken."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.tokens import AssertionVerifier, SigningKey, TokenRejected
from tests.shared.hostile_tokens import a_token, hostile_tokens

KEY, OTHER = SigningKey.generate(), SigningKey.generate()
NOW = 1_800_000_000
US = "https://library.test/v1/auth/token"
CLAIMS = {"iss": "kiosk", "sub": "kiosk", "aud": US, "jti": "one", "iat": NOW, "exp": NOW + 60}


def an_assertion(key: SigningKey = KEY, *, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """An assertion that is taken, unless `changes` make it bad; a change to `...` leaves the claim out."""
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not ...}
    signed = f"{_part({'alg': 'ES256'} if header is None else header)}.{_part(claims)}"
    private = load_pem_private_key(key.to_pem(), password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    halves = decode_dss_signature(private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{_encoded(b''.join(half.to_bytes(32, 'big') for half in halves))}"


def _part(value: Mapping[str, Any]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def verify(assertion: str, *keys: SigningKey) -> str:
    jwks = [{name: key.public_jwk()[name] for name in ("kty", "crv", "x", "y", "kid")} for key in keys or (KEY,)]
    verifier = AssertionVerifier({"kiosk": jwks, "loans": [OTHER.public_jwk()]}, clock=lambda: NOW)
    proved = verifier.verify(assertion, audiences={US, "library"})
    return f"{proved.client_id} {proved.name}"


@pytest.mark.parametrize(
    "changes",
    [{}, {"aud": "library"}, {"aud": [US]}, {"iat": ...}, {"nbf": NOW}, {"exp": NOW + 300}, {"exp": NOW - 20},
     {"header": {"alg": "ES256", "typ": "JWT", "kid": KEY.kid}},
     {"header": {"alg": "ES256", "typ": "client-authentication+jwt"}}],
)  # fmt: skip
def test_a_client_proves_who_it_is(changes: Any) -> None:
    assert "kiosk one" == verify(an_assertion(**changes))


def test_one_key_may_take_over_from_another() -> None:
    assert "kiosk one" == verify(an_assertion(OTHER), KEY, OTHER)
    assert "kiosk one" == verify(an_assertion(KEY), KEY, OTHER)


@pytest.mark.parametrize(
    "changes",
    [{"iss": "loans"}, {"sub": "loans"}, {"iss": "loans", "sub": "loans"}, {"iss": ...}, {"sub": ...}, {"aud": ...},
     {"aud": "https://evil.test/token"}, {"aud": [US, "https://evil.test"]}, {"aud": []}, {"aud": [[US]]},
     {"aud": {US: 1}}, {"jti": ...}, {"jti": ""}, {"jti": 7}, {"jti": "x" * 256}, {"exp": ...}, {"exp": NOW - 31},
     {"exp": NOW + 331}, {"exp": NOW + 60.5}, {"exp": str(NOW)}, {"exp": True}, {"iat": NOW + 31}, {"nbf": NOW + 31},
     {"iat": "now"}, {"iss": ["kiosk"]}, {"iss": "nobody", "sub": "nobody"}, {"iss": "", "sub": ""},
     {"header": {}}, {"header": {"alg": "none"}}, {"header": {"alg": "HS256"}}, {"header": {"alg": "ES384"}},
     {"header": {"alg": "ES256", "typ": "at+jwt"}}, {"header": {"alg": "ES256", "jwk": OTHER.public_jwk()}},
     {"header": {"alg": "ES256", "crit": ["x"], "x": 1}}, {"header": {"alg": "ES256", "kid": "another"}},
     {"header": {"alg": "ES256", "kid": 7}}],
)  # fmt: skip
def test_nothing_else_is_taken(changes: Any) -> None:
    with pytest.raises(TokenRejected):
        verify(an_assertion(**changes))


@pytest.mark.parametrize(
    "assertion",
    ["", "a.b", "a.b.c", "..", an_assertion(OTHER), an_assertion()[:-2], an_assertion() + "A", an_assertion() + ".x",
     an_assertion().replace(".", ".A", 1), "x" * 5_000, f"{an_assertion()}\n", a_token(KEY)],
    ids=["empty", "two parts", "nothing inside", "dots", "of another key", "cut", "longer", "and more", "bent", "long",
         "a line more", "an access token"],
)  # fmt: skip
def test_what_was_bent_or_signed_by_others_is_not_taken(assertion: str) -> None:
    with pytest.raises(TokenRejected):
        verify(assertion)


def test_no_hostile_token_is_an_assertion() -> None:
    for hostile in hostile_tokens(KEY):
        with pytest.raises(TokenRejected):
            verify(hostile.token)
