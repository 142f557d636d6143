"""ES256 access tokens with nothing but `cryptography`; a verified one is remembered, in a bounded table."""

import base64
import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

_ES256 = ec.ECDSA(hashes.SHA256())
_HEADER = {"alg": "ES256", "kid": "limit", "typ": "at+jwt"}


class BadToken(Exception):
    """Not one of ours, or not valid now."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, and until when the token says so."""

    subject: str
    scopes: frozenset[str]
    expires: int


NOBODY = Caller("", frozenset(), 0)


class TokenCheck:
    """Verifies each token once."""

    def __init__(self, public_key: bytes, *, most_remembered: int = 4096) -> None:
        key = load_pem_public_key(public_key)
        assert isinstance(key, ec.EllipticCurvePublicKey)
        self._key = key
        self._most = most_remembered
        self._known: OrderedDict[str, Caller] = OrderedDict()

    def caller(self, token: str) -> Caller:
        """Return who the token speaks for, or raise BadToken."""
        known = self._known.get(token)
        if known is None:
            known = self._known[token] = self._examine(token)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        if known.expires <= time.time():
            raise BadToken
        return known

    def _examine(self, token: str) -> Caller:
        try:
            header, payload, signature = token.split(".")
            raw = _decode(signature)
            halves = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
            self._key.verify(encode_dss_signature(*halves), f"{header}.{payload}".encode(), _ES256)
            if json.loads(_decode(header)) != _HEADER:
                raise BadToken
            claims = json.loads(_decode(payload))
            if (claims["iss"], claims["aud"]) != ("library", "library"):
                raise BadToken
            return Caller(claims["sub"], frozenset(claims["scope"].split()), claims["exp"])
        except (ValueError, KeyError, InvalidSignature) as error:
            raise BadToken from error


def signed(private_key: bytes, *, subject: str, scope: str, seconds: int = 3600) -> str:
    """Return a token."""
    key = load_pem_private_key(private_key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    now = int(time.time())
    claims = {"iss": "library", "aud": "library", "sub": subject, "scope": scope, "iat": now, "exp": now + seconds}
    signing_input = f"{_encode(_HEADER)}.{_encode(claims)}"
    halves = decode_dss_signature(key.sign(signing_input.encode(), _ES256))
    return f"{signing_input}.{_text(b''.join(half.to_bytes(32, 'big') for half in halves))}"


def _encode(part: Mapping[str, Any]) -> str:
    return _text(json.dumps(part, separators=(",", ":")).encode())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
