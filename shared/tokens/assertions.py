"""Signed assertions, by which a client proves who it is without a secret that could leak (RFC 7523)."""

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jose import jws

from shared.tokens.keys import usable_keys
from shared.tokens.signing import ALGORITHM
from shared.tokens.verifying import TokenRejected, read_part

_LONGEST = 4_096
_LONGEST_LIFE = 300  # seconds
_LEEWAY = 30
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_NAME = re.compile(r"[\x21-\x7e]{1,255}")
_TYPES = ("JWT", "client-authentication+jwt")


@dataclass(frozen=True, slots=True)
class Assertion:
    """A verified assertion of a client. Its `name` may be used once, until it expires."""

    client_id: str
    name: str
    expires_at: datetime


class AssertionVerifier:
    """Checks assertions with the public keys (as JWKs) of registered clients.

    `clock` gives the seconds since 1970.
    """

    def __init__(
        self,
        keys: Mapping[str, Sequence[Mapping[str, Any]]],
        *,
        clock: Callable[[], float] = time.time,  # noqa: TID251 - its times are seconds since 1970, as this is
    ) -> None:
        self._keys = {client: usable_keys(theirs) for client, theirs in keys.items()}
        self._clock = clock

    def verify(self, assertion: str, *, audiences: Collection[str]) -> Assertion:
        """Return the client of an assertion. Its audience must be one of `audiences`, and no other.

        Raises TokenRejected for every other assertion, however malformed.
        """
        if len(assertion) > _LONGEST or not _COMPACT.fullmatch(assertion):
            raise TokenRejected("not a signed assertion in compact form")
        header, claims = (read_part(part) for part in assertion.split(".")[:2])
        if not {"alg"} <= header.keys() <= {"alg", "kid", "typ"} or header["alg"] != ALGORITHM:
            raise TokenRejected("not the header of an assertion")
        if header.get("typ", "JWT") not in _TYPES:
            raise TokenRejected("of another type")
        client = claims.get("iss")
        if not isinstance(client, str) or claims.get("sub") != client:
            raise TokenRejected("made by one for another")
        self._check_signature(assertion, self._keys.get(client, {}), header.get("kid"))
        self._check_audience(claims.get("aud"), audiences)
        return Assertion(client, _name_in(claims), self._expiry(claims))

    def _check_signature(self, assertion: str, keys: Mapping[str, Any], kid: object) -> None:
        # A key that was registered without a name may be the one that the assertion names.
        fitting = [key for name, key in keys.items() if kid in (None, name) or not name]
        if not any(_is_signed(assertion, key) for key in fitting):
            raise TokenRejected("not signed with a key of this client")

    def _check_audience(self, audience: object, audiences: Collection[str]) -> None:
        if isinstance(audience, list) and len(audience) == 1:
            audience = audience[0]
        if not isinstance(audience, str) or audience not in audiences:
            raise TokenRejected("made for others")

    def _expiry(self, claims: Mapping[str, Any]) -> datetime:
        now, expires = self._clock(), claims.get("exp")
        begins = [claims[name] for name in ("iat", "nbf") if name in claims]
        if any(type(moment) is not int for moment in (expires, *begins)):
            raise TokenRejected("a time that is not a whole number")
        assert isinstance(expires, int)  # noqa: S101 - just looked at
        if not now - _LEEWAY < expires <= now + _LONGEST_LIFE + _LEEWAY:
            raise TokenRejected("expired, or lives too long")
        if any(moment > now + _LEEWAY for moment in begins):
            raise TokenRejected("not valid yet")
        return datetime.fromtimestamp(expires + _LEEWAY, UTC)


def _is_signed(assertion: str, key: Any) -> bool:
    try:
        jws.verify(assertion, key, [ALGORITHM])
    except Exception:  # noqa: BLE001 - whatever an assertion makes the library do, it is no proof
        return False
    return True


def _name_in(claims: Mapping[str, Any]) -> str:
    name = claims.get("jti")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise TokenRejected("no proper jti")
    return name
