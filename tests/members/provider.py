"""An identity provider of others, built on a library for providers, that can be told to misbehave."""

import asyncio
import json
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
from Cryptodome.PublicKey import RSA
from jwkest import jws
from jwkest.jwk import RSAKey
from pyop.authz_state import AuthorizationState
from pyop.exceptions import OAuthError
from pyop.provider import Provider
from pyop.subject_identifier import HashBasedSubjectIdentifierFactory
from pyop.userinfo import Userinfo

CLIENT, SECRET = "library", "what the town gave the library"
JSON_TYPE = {"Content-Type": "application/json"}

Claims = dict[str, Any]


@cache
def a_key(kid: str, *, of: str = "the town") -> RSAKey:
    """Return the RSA key of somebody with this name."""
    return RSAKey(key=RSA.generate(2048), kid=kid, alg="RS256", use="sig")


class TownHall:
    """A provider at `issuer`, where everybody in `people` may sign in.

    Set `claims` to change the claims of the next ID tokens, `tampered` to change a whole token, `answers` to answer an
    address in another way, and `metadata` to say something else of itself. `issued` are the claims of the last token.
    """

    def __init__(self, issuer: str = "https://town.example", callback: str = "") -> None:
        self.issuer = issuer
        self.people: dict[str, Claims] = {}
        self.claims: Callable[[Claims], Claims] = lambda claims: claims
        self.tampered: Callable[[str], str] = lambda token: token
        self.answers: dict[str, Callable[[], Any]] = {}
        self.metadata: Claims = {}
        self.asked: list[str] = []
        self.issued: Claims = {}
        self.key = a_key("first")
        client = {
            "client_secret": SECRET,
            "redirect_uris": [callback],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
            "subject_type": "pairwise",
        }
        self.provider = Provider(
            self.key,
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
                "scopes_supported": ["openid", "email", "profile"],
                "response_types_supported": ["code"],
            },
            AuthorizationState(HashBasedSubjectIdentifierFactory("salt")),
            {CLIENT: client},
            Userinfo(self.people),
        )

    @property
    def transport(self) -> httpx.MockTransport:
        """What leads to this provider."""
        return httpx.MockTransport(self._answer)

    def turn_keys(self, kid: str) -> None:
        """Sign with another key from now on, and publish that alone."""
        self.key = self.provider.signing_key = a_key(kid)

    def sign_in(self, address: str, person: str) -> str:
        """Let a person sign in where the browser was sent; return the address at which it comes back."""
        request = self.provider.parse_authentication_request(urlsplit(address).query)
        answer = self.provider.authorize(request, person)
        return str(answer.request(request["redirect_uri"]))

    def signed(self, claims: Claims, *, key: RSAKey | None = None, alg: str = "RS256") -> str:
        """Return these claims, signed."""
        return str(jws.JWS(json.dumps(claims), alg=alg).sign_compact([key or self.key]))

    def logout_token(self, subject: str, **changes: Any) -> str:
        """Return a logout token for a subject."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": str(uuid4()),
            "sub": subject,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        given = {name: value for name, value in (claims | changes).items() if value is not None}
        return self.signed(given)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path in self.answers:
            answer = self.answers[path]()
            made: httpx.Response = await answer if asyncio.iscoroutine(answer) else answer
            return made
        match path:
            case "/.well-known/openid-configuration":
                metadata = json.loads(self.provider.provider_configuration.to_json()) | self.metadata
                return httpx.Response(200, json=metadata)
            case "/keys":
                return httpx.Response(200, json=self.provider.jwks)
            case "/token":
                return self._tokens(request)
        return httpx.Response(404)

    def _tokens(self, request: httpx.Request) -> httpx.Response:
        body = request.content.decode()
        headers = {"Authorization": request.headers.get("authorization", "")}
        try:
            answer = self.provider.handle_token_request(body, headers, self._more).to_dict()
        except OAuthError as error:
            return httpx.Response(400, json={"error": error.oauth_error})
        token = str(answer["id_token"])
        self.issued = claims = self.claims(_payload(token))
        if claims != _payload(token):
            token = self.signed(claims)
        return httpx.Response(200, json=answer | {"id_token": self.tampered(token)})

    def _more(self, person: str, _: str) -> Claims:
        return dict(self.people[person])


def _payload(token: str) -> Claims:
    found: Claims = jws.factory(token).jwt.payload()
    return found


def query_of(address: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return dict(parse_qsl(urlsplit(address).query))
