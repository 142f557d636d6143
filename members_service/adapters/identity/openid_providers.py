"""Identity providers of others, spoken to by OpenID Connect: discovery, the code flow, and logout tokens."""

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, ValidationError

from members_service.application.identity.providers.ports import LoggedOut, Returned
from members_service.domain.identity.identity_provider import (
    ClaimsRejected,
    IdentityProvider,
    InvalidIssuer,
    ProviderFailed,
    ProviderSlow,
    expect_address,
    session_there,
)
from members_service.domain.identity.journey import Journey
from shared.kernel.errors import NeighbourUnavailable

if TYPE_CHECKING:
    import httpx

    from shared.outgoing_http import NeighbourClient, Transports

LARGEST_ANSWER = 512 * 1024
LONGEST_TOKEN = 64 * 1024
TIMEOUT = 3.0
"""Seconds for all answers of a provider together: so long does a page wait, and no longer."""

_KNOWN_FOR = 600.0  # seconds for which what a provider says of itself is kept
_LOOK_AGAIN = 10.0  # seconds between two looks for a key that is not known
_LEEWAY = 60  # seconds by which its clock may differ
_SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
_LONGEST_LIFE = 600  # seconds for which a logout token is taken, whatever end it has
_TAKEN_FOR = timedelta(seconds=_LONGEST_LIFE + _LEEWAY)


class _Metadata(BaseModel):
    """What a provider says of itself (OpenID Connect Discovery 1.0), as far as we ask."""

    model_config = ConfigDict(strict=True, frozen=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] | list[str] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(BaseModel):
    """The answer of the token endpoint."""

    model_config = ConfigDict(strict=True, frozen=True)

    id_token: str
    access_token: str | None = None


@dataclass(slots=True)
class _Known:
    """What is known of one provider for a while."""

    issuer: str
    client: "NeighbourClient"
    metadata: _Metadata | None = None
    metadata_until: float = 0.0
    keys: Any = None
    keys_until: float = 0.0
    looked_at: float = -_LOOK_AGAIN
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class OpenIdProviders:
    """Implements `ports.Providers`, with a client and a breaker for each provider. Close it in the end.

    Hosts that are `allowed` may be in the library's own network. `transports` lead to providers by code.
    """

    def __init__(
        self, *, allowed: Callable[[str], bool], ca_file: Path | None, transports: "Transports | None" = None
    ) -> None:
        self._allowed = allowed
        self._transports = transports or {}
        self._ca_file = ca_file
        self._known: dict[str, _Known] = {}

    async def address_for(self, provider: IdentityProvider, journey: Journey, *, redirect_uri: str) -> str:
        async with _in_time(provider):
            metadata = await self._metadata(provider)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(journey.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid email profile",
            "state": journey.state,
            "nonce": journey.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if journey.asks_anew:
            query["prompt"] = "login"
        if provider.max_age is not None:
            query["max_age"] = str(provider.max_age)
        joint = "&" if "?" in metadata.authorization_endpoint else "?"
        return f"{metadata.authorization_endpoint}{joint}{urlencode(query)}"

    async def claims_of(
        self, provider: IdentityProvider, returned: Returned, journey: Journey, *, redirect_uri: str, now: datetime
    ) -> Mapping[str, Any]:
        async with _in_time(provider):
            tokens = await self._tokens(provider, returned, journey, redirect_uri=redirect_uri)
            return await self._verified(provider, tokens, journey, now=now)

    async def _tokens(
        self, provider: IdentityProvider, returned: Returned, journey: Journey, *, redirect_uri: str
    ) -> _Tokens:
        """Exchange the code. Raises ClaimsRejected."""
        metadata = await self._metadata(provider)
        if returned.issuer is None and metadata.authorization_response_iss_parameter_supported:
            raise ClaimsRejected("the answer does not name its issuer")
        if returned.issuer not in (None, provider.issuer):
            raise ClaimsRejected("the answer is of another issuer")
        form = {
            "grant_type": "authorization_code",
            "code": returned.code,
            "redirect_uri": redirect_uri,
            "code_verifier": journey.verifier,
        }
        auth: tuple[str, str] | None = (provider.client_id, provider.client_secret)
        if "client_secret_basic" not in metadata.token_endpoint_auth_methods_supported:
            form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
            auth = None
        answer = await self._asked(
            provider, lambda client: client.ask_for_token(metadata.token_endpoint, form, auth=auth)
        )
        if answer.status_code != 200:
            raise ClaimsRejected(f"the code was answered with status {answer.status_code}")
        try:
            return _Tokens.model_validate_json(answer.content)
        except ValidationError:
            raise ClaimsRejected("the answer to the code holds no ID token") from None

    async def logged_out(self, provider: IdentityProvider, logout_token: str, *, now: datetime) -> LoggedOut:
        async with _in_time(provider):
            header, claims = await self._signed(provider, logout_token)
        moment = int(now.timestamp())
        audience, issued = claims.get("aud"), claims.get("iat")
        expires, events = claims.get("exp", moment + _LONGEST_LIFE), claims.get("events")
        ours = audience == provider.client_id or (isinstance(audience, list) and provider.client_id in audience)
        in_time = _between(issued, moment - _LONGEST_LIFE, moment + _LEEWAY) and _between(expires, moment - _LEEWAY)
        if claims.get("iss") != provider.issuer or not ours or not in_time:
            raise ClaimsRejected("the logout token is of another issuer, for somebody else, or too old")
        says_so = isinstance(events, dict) and isinstance(events.get(_LOGOUT), dict)
        if not says_so or "nonce" in claims or header.get("typ") == "at+jwt":
            raise ClaimsRejected("it is no logout token")
        subject, session, token_id = claims.get("sub"), claims.get("sid"), claims.get("jti")
        named = [one for one in (subject, session) if one is not None]
        if not named or not all(isinstance(one, str) and one for one in (*named, token_id)):
            raise ClaimsRejected("the logout token names neither subject nor session, or has no id")
        token = hashlib.sha256(f"{provider.issuer}\n{token_id}".encode()).digest()
        return LoggedOut(subject, session_there(provider.issuer, session), token, now + _TAKEN_FOR)

    async def end_of_session(self, provider: IdentityProvider) -> str | None:
        try:
            async with _in_time(provider):
                metadata = await self._metadata(provider)
        except (InvalidIssuer, ProviderFailed, ProviderSlow):
            return None
        if metadata.end_session_endpoint is None:
            return None
        joint = "&" if "?" in metadata.end_session_endpoint else "?"
        return f"{metadata.end_session_endpoint}{joint}{urlencode({'client_id': provider.client_id})}"

    async def aclose(self) -> None:
        """Close all connections."""
        for known in self._known.values():
            await known.client.aclose()

    async def _verified(
        self, provider: IdentityProvider, tokens: _Tokens, journey: Journey, *, now: datetime
    ) -> Mapping[str, Any]:
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 - only who signs in by a provider needs it
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above

        header, claims = await self._signed(provider, tokens.id_token)
        moment = int(now.timestamp())
        token = CodeIDToken(
            claims,
            header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "sub": {"essential": True},
            },
            params={
                "nonce": journey.nonce,
                "client_id": provider.client_id,
                "access_token": tokens.access_token,
                "max_age": provider.max_age,
            },
        )
        try:
            token.validate(now=moment, leeway=_LEEWAY)
        except (JoseError, ValueError, TypeError) as error:
            raise ClaimsRejected(f"the ID token is not valid: {error}") from None
        subject, audience = claims.get("sub"), claims.get("aud")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise ClaimsRejected("the subject is no text")
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != provider.client_id:
            raise ClaimsRejected("the ID token is for others, too, and does not name us as the one it was issued to")
        if provider.max_age is not None and claims["auth_time"] < moment - provider.max_age - _LEEWAY:
            raise ClaimsRejected("the password was typed there too long ago")
        return claims

    async def _signed(self, provider: IdentityProvider, text: str) -> tuple[Mapping[str, Any], dict[str, Any]]:
        """Return header and claims of a token that a key of the provider has signed. Raises ClaimsRejected."""
        from joserfc import jwt  # noqa: PLC0415 - as above
        from joserfc.errors import InvalidKeyIdError, JoseError  # noqa: PLC0415 - as above

        if len(text) > LONGEST_TOKEN:
            raise ClaimsRejected("the token is too long")
        for look_again in (False, True):
            keys = await self._keys(provider, look_again=look_again)
            try:
                token = jwt.decode(text, keys, algorithms=_SIGNED_BY)
            except InvalidKeyIdError:
                continue  # it may have changed its keys
            except (JoseError, ValueError, TypeError, RecursionError) as error:
                raise ClaimsRejected(f"the token is not signed as it must be: {error}") from None
            return token.header, token.claims
        raise ClaimsRejected("the token is signed with a key that the provider does not publish")

    async def _metadata(self, provider: IdentityProvider) -> _Metadata:
        """Return what the provider says of itself. Raises InvalidIssuer, ProviderFailed or ProviderSlow."""
        known = await self._of(provider)
        async with known.lock:
            if known.metadata is None or time.monotonic() >= known.metadata_until:
                answer = await self._asked(provider, lambda client: client.get("/.well-known/openid-configuration"))
                known.metadata = self._read_metadata(provider, answer)
                known.metadata_until = time.monotonic() + _KNOWN_FOR
            return known.metadata

    def _read_metadata(self, provider: IdentityProvider, answer: "httpx.Response") -> _Metadata:
        try:
            metadata = _Metadata.model_validate_json(answer.content if answer.status_code == 200 else b"")
        except ValidationError:
            raise _failed(provider, "its discovery document cannot be read") from None
        if metadata.issuer != provider.issuer:
            raise _failed(provider, "its discovery document names another issuer")
        for address in (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri):
            expect_address(address.partition("?")[0], self._allowed)
        if metadata.end_session_endpoint is not None:
            expect_address(metadata.end_session_endpoint.partition("?")[0], self._allowed)
        return metadata

    async def _keys(self, provider: IdentityProvider, *, look_again: bool) -> Any:
        """Return its public keys; with `look_again` those of now, at most every ten seconds."""
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above
        from joserfc.jwk import KeySet  # noqa: PLC0415 - as above

        metadata, known = await self._metadata(provider), await self._of(provider)
        async with known.lock:
            now = time.monotonic()
            due = known.keys is None or now >= known.keys_until
            if due or (look_again and now >= known.looked_at + _LOOK_AGAIN):
                known.looked_at = now
                answer = await self._asked(provider, lambda client: client.get(metadata.jwks_uri))
                try:
                    known.keys = KeySet.import_key_set(answer.json())
                except (JoseError, ValueError, TypeError, KeyError, AttributeError):
                    raise _failed(provider, "its keys cannot be read") from None
                known.keys_until = now + _KNOWN_FOR
            return known.keys

    async def _asked(
        self, provider: IdentityProvider, question: Callable[["NeighbourClient"], Any]
    ) -> "httpx.Response":
        from shared.outgoing_http import NeighbourTooSlow  # noqa: PLC0415 - as above

        known = await self._of(provider)
        try:
            answer: httpx.Response = await question(known.client)
        except NeighbourTooSlow:
            raise _slow(provider) from None
        except NeighbourUnavailable:
            raise _failed(provider, "it does not answer") from None
        return answer

    async def _of(self, provider: IdentityProvider) -> _Known:
        """Return what is known of a provider; of one that has another issuer now, nothing."""
        from shared.outgoing_http import NeighbourClient  # noqa: PLC0415 - as above

        provider.expect_issuer(self._allowed)
        known = self._known.get(provider.code)
        if known is None or known.issuer != provider.issuer:
            client = NeighbourClient(
                base_url=provider.issuer,
                neighbour=f"identity provider {provider.code}",
                service="members",
                max_concurrent=16,
                timeout=TIMEOUT,
                ca_file=self._ca_file,
                transport=self._transports.get(provider.code),
                foreign=True,
                at_home=self._allowed(provider.host),
                largest=LARGEST_ANSWER,
            )
            self._known[provider.code], before = _Known(provider.issuer, client), known
            if before is not None:
                await before.client.aclose()
        return self._known[provider.code]


@asynccontextmanager
async def _in_time(provider: IdentityProvider) -> AsyncIterator[None]:
    """Raise ProviderSlow when it takes too long, whoever else is waiting for the same provider."""
    try:
        async with asyncio.timeout(TIMEOUT):
            yield
    except TimeoutError:
        raise _slow(provider) from None


def _slow(provider: IdentityProvider) -> ProviderSlow:
    return ProviderSlow(
        f"{provider.title} does not answer in time. Sign in another way, or try again.", provider=provider.code
    )


def _failed(provider: IdentityProvider, reason: str) -> ProviderFailed:
    return ProviderFailed(
        f"{provider.title} does not answer as it should. Sign in another way, or try again.",
        provider=provider.code,
        reason=reason,
    )


def _between(value: object, first: float, last: float = float("inf")) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and first <= value <= last
