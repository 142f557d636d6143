"""Verification of access tokens.

The library (python-jose 3.5.0) accepts tokens without an audience, ignores `kid` and `crit`, and crashes on deep
nesting; so every token is checked here before the library gets it, and again afterwards.
"""

import base64
import hashlib
import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from jose import jwt

from shared.kernel.rights import NOWHERE, Held, Reach, Right
from shared.tokens.held_rights import InvalidRights, read_rights
from shared.tokens.keys import KeyTable
from shared.tokens.revoked import RevokedSessions
from shared.tokens.signing import ALGORITHM, TOKEN_TYPE, encode

_LONGEST_TOKEN = 4_096
_LONGEST_HEADER = 1_024
_LONGEST_LIFE = 3_600
_MOST_BRACKETS = 40
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_NAME = re.compile(r"[\x21-\x7e]{1,255}")
_REQUIRED = {f"require_{claim}": True for claim in ("aud", "iat", "exp", "iss", "sub", "jti")}


class TokenRejected(Exception):
    """The token is not one of ours, or not valid now. Its reason is for tests and logs, never for the caller."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. `person_id` is set when the account belongs to a person who uses the library.

    `session` is the sign-in of the token; tokens of services have none. `methods` are the authentication methods, by
    the names of RFC 8176. `held` are the rights that the scopes stand for, as far as they are held; None: everywhere.
    """

    subject: str
    client_id: str
    scopes: frozenset[str]
    roles: frozenset[str] = frozenset()
    person_id: UUID | None = None
    session: str | None = None
    methods: frozenset[str] = frozenset()
    held: Held | None = None

    @property
    def proved_by_pin_alone(self) -> bool:
        """Whether the person authenticated with nothing but a PIN."""
        return self.methods == {"pin"}

    @property
    def has_bounded_roles(self) -> bool:
        """Whether it is an account of staff whose roles do not give everything, so that a scope may lack for a right.

        What a reader lacks is other people's things; what an admin lacks, the app did not ask for.
        """
        return bool(self.roles - {"member"}) and "admin" not in self.roles

    def may(self, scope: str) -> bool:
        """Return whether the token has `scope`."""
        return scope in self.scopes

    def reach(self, right: Right) -> Reach:
        """Return in which branches the right is held: by a scope that stands for it, and as it was granted."""
        if self.scopes.isdisjoint(right.scopes):
            return NOWHERE
        return None if self.held is None else self.held.reach(right)

    def lasting(self, until: datetime | None) -> "Principal":
        """Return who calls with those rights alone that last until then; None: for good."""
        return self if self.held is None else replace(self, held=self.held.lasting(until))

    def has(self, right: Right) -> bool:
        """Return whether the right is held in any branch."""
        return self.reach(right) != NOWHERE


class Verifier(Protocol):
    """Returns whom a token stands for: first by the token alone, which is cheap, then by its present state."""

    async def verify(self, token: str) -> Principal:
        """Raise TokenRejected for an invalid token, NeighbourUnavailable when it cannot be checked now."""
        ...

    async def confirm(self, principal: Principal) -> None:
        """Raise TokenRejected when the token is no longer valid, although it has not expired."""


@dataclass(frozen=True, slots=True)
class _Verified:
    """A verified token: its expiry, its key, and whom it stands for."""

    expires: float
    kid: str
    principal: Principal


class TokenVerifier:
    """Verifies tokens, and caches the `cache` most recently used ones until they expire.

    Tokens that are `revoked` meanwhile, or whose key is no longer in `keys`, are dropped from the cache.
    `leeway` is in seconds; `clock` gives the seconds since 1970.
    """

    def __init__(
        self,
        keys: KeyTable,
        *,
        issuer: str,
        revoked: RevokedSessions | None = None,
        audience: str = "library",
        leeway: int = 30,
        cache: int = 4096,
        clock: Callable[[], float] = time.time,  # noqa: TID251 - a token's times are seconds since 1970, as this is
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._revoked = revoked or RevokedSessions(_nothing)
        self._generation = 0
        self._audience = audience
        self._leeway = leeway
        self._cache = cache
        self._clock = clock
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    async def verify(self, token: str) -> Principal:
        """Return whom the token stands for.

        Raises TokenRejected for every other token, however malformed, and NeighbourUnavailable when no public key is
        available to verify it.
        """
        if len(token) > _LONGEST_TOKEN or not _COMPACT.fullmatch(token):
            raise TokenRejected("not a signed token in compact form")
        if self._generation != self._revoked.generation:
            self._forget_revoked()
        name = hashlib.sha256(token.encode()).digest()
        cached = self._verified.get(name)
        if cached is not None and self._clock() < cached.expires and self._keys.knows(cached.kid):
            self._verified.move_to_end(name)
            return cached.principal
        self._verified.pop(name, None)
        verified = await self._examine(token)
        self._verified[name] = verified
        if len(self._verified) > self._cache:
            self._verified.popitem(last=False)
        return verified.principal

    async def confirm(self, principal: Principal) -> None:
        """Do nothing: revocations are already part of `verify`."""

    def _forget_revoked(self) -> None:
        """Drop all tokens that were revoked since the last call, so that cached ones need no check."""
        self._generation = self._revoked.generation
        for name in [name for name, cached in self._verified.items() if cached.principal.session in self._revoked]:
            del self._verified[name]

    async def _examine(self, token: str) -> _Verified:
        header, payload, _ = token.split(".")
        kid = _kid_in(header)
        read_part(payload)  # the library must never get what it crashes on
        key = await self._keys.key(kid)
        if key is None:
            raise TokenRejected("signed with an unknown key")
        try:
            claims = self._decode(token, key)
            held, changes = read_rights(claims.get("rights"), now=self._clock())
            expiry, principal = min(self._expiry(claims), changes), _principal_in(claims, held)
        except TokenRejected:
            raise
        except InvalidRights as error:
            raise TokenRejected("no proper rights") from error
        except Exception as error:  # a token on which the library fails is not valid
            raise TokenRejected("not a valid token") from error
        if principal.session in self._revoked:
            raise TokenRejected("revoked")
        return _Verified(expiry, kid, principal)

    def _decode(self, token: str, key: Any) -> dict[str, Any]:
        options = {**_REQUIRED, "leeway": self._leeway}
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[ALGORITHM], audience=self._audience, issuer=self._issuer, options=options
        )
        if claims["aud"] not in (self._audience, [self._audience]):
            raise TokenRejected("made for others, too")
        return claims

    def _expiry(self, claims: Mapping[str, Any]) -> float:
        """Check all times, and return the moment after which the token is void."""
        issued, expires = claims["iat"], claims["exp"]
        begins = claims.get("nbf", issued)
        if any(type(moment) is not int for moment in (issued, expires, begins)):
            raise TokenRejected("a time that is not a whole number")
        if max(issued, begins) > self._clock() + self._leeway:
            raise TokenRejected("not valid yet")
        if not 0 < expires - issued <= _LONGEST_LIFE:
            raise TokenRejected("lives too long")
        if self._clock() >= expires + self._leeway:
            raise TokenRejected("expired")
        return float(expires + self._leeway)


async def _nothing(_: Mapping[str, str]) -> Mapping[str, Any]:
    return {"items": [], "next_cursor": None}


def _kid_in(encoded_header: str) -> str:
    if len(encoded_header) > _LONGEST_HEADER:
        raise TokenRejected("header too long")
    header = read_part(encoded_header)
    if header.keys() != {"alg", "kid", "typ"} or header["alg"] != ALGORITHM or header["typ"] != TOKEN_TYPE:
        raise TokenRejected("not the header of an access token")
    kid = header["kid"]
    if not isinstance(kid, str) or not _NAME.fullmatch(kid):
        raise TokenRejected("no proper name of a key")
    return kid


def read_part(part: str) -> dict[str, Any]:
    """Parse a part, refusing what two parsers could understand differently: other encodings, repeats, NaN, depth.

    Raises TokenRejected.
    """
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        text = raw.decode("utf-8")
        if encode(raw) != part or text.count("[") + text.count("{") > _MOST_BRACKETS:
            raise TokenRejected("not in canonical form")
        value = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except ValueError as error:
        raise TokenRejected("not readable") from error
    if not isinstance(value, dict):
        raise TokenRejected("not an object")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a repeated name")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _principal_in(claims: Mapping[str, Any], held: Held | None) -> Principal:
    for name in ("sub", "jti", "client_id"):
        if not isinstance(claims.get(name), str) or not _NAME.fullmatch(claims[name]):
            raise TokenRejected(f"no proper {name}")
    scope, roles, person_id = claims.get("scope", ""), claims.get("roles", []), claims.get("member_id")
    if not isinstance(scope, str) or not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise TokenRejected("no proper scope or roles")
    if person_id is not None and not isinstance(person_id, str):
        raise TokenRejected("no proper member_id")
    session = claims.get("sid")
    if session is not None and not (isinstance(session, str) and _NAME.fullmatch(session)):
        raise TokenRejected("no proper sid")
    methods = claims.get("amr", [])
    if not isinstance(methods, list) or not all(isinstance(method, str) for method in methods):
        raise TokenRejected("no proper amr")
    return Principal(
        subject=claims["sub"],
        client_id=claims["client_id"],
        scopes=frozenset(scope.split()),
        roles=frozenset(roles),
        person_id=None if person_id is None else UUID(person_id),
        session=session,
        methods=frozenset(methods),
        held=held,
    )
