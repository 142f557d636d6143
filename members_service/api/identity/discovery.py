"""Routes under which clients find the public keys and the token endpoint by themselves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from members_service.api.identity.sign_in_page import WORDS
from shared.web.json.strict_json import ResponseModel, StrictRoute

router = APIRouter(prefix="/.well-known", route_class=StrictRoute, tags=["tokens"])


@dataclass(frozen=True, slots=True)
class Published:
    """What this service publishes of itself. `address` is members as a browser reaches it: a URL, or a path.

    `keys_max_age` is for how many seconds others may cache the key set.
    """

    issuer: str
    address: str
    password_grant: bool
    scopes: tuple[str, ...]
    keys: Callable[[], Mapping[str, Any]]
    keys_max_age: int

    def base(self, request: Request) -> str:
        """Return the absolute address; a path is completed with the host that the client used itself."""
        if "://" in self.address:
            return self.address
        return f"{request.url.scheme}://{request.url.netloc}{self.address}"

    @property
    def audiences(self) -> frozenset[str]:
        """The names that a client may sign an assertion for: the issuer, and the published address of the tokens.

        Not the host of the request: its sender may have written anything there, such as the name of another server for
        which the client signed an assertion.
        """
        published = {f"{self.address}/v1/auth/token"} if "://" in self.address else set[str]()
        return frozenset({self.issuer} | published)


class KeyResponse(ResponseModel):
    """A public key (RFC 7517)."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    use: str
    alg: str


class KeysResponse(ResponseModel):
    """Every key that a valid access token may be signed with."""

    keys: list[KeyResponse]


_WAYS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
_SIGNED_BY = ["ES256"]


class AuthorizationServerResponse(ResponseModel):
    """Where and how to sign in (RFC 8414)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_signing_alg_values_supported: list[str]
    code_challenge_methods_supported: list[str]
    authorization_response_iss_parameter_supported: bool
    ui_locales_supported: list[str]
    service_documentation: str


def published_by(request: Request) -> Published:
    """Return what the service publishes of itself."""
    published: Published = request.app.state.published
    return published


@router.get("/jwks.json", operation_id="get_public_keys", summary="Show the keys to check tokens with")
async def keys(request: Request, response: Response) -> KeysResponse:
    """Show every public key that access tokens are signed with, and the one that signs next: find one by `kid`."""
    published = published_by(request)
    response.headers["cache-control"] = f"public, max-age={published.keys_max_age}"
    return KeysResponse.model_validate(published.keys())


@router.get(
    "/oauth-authorization-server", operation_id="get_authorization_server", summary="Show where and how to sign in"
)
async def authorization_server(request: Request, response: Response) -> AuthorizationServerResponse:
    """Show the addresses and the ways to sign in that this library offers now (RFC 8414)."""
    published = published_by(request)
    base = published.base(request)
    response.headers["cache-control"] = "public, max-age=300"
    return AuthorizationServerResponse(
        issuer=published.issuer,
        authorization_endpoint=f"{base}/v1/auth/authorize",
        token_endpoint=f"{base}/v1/auth/token",
        revocation_endpoint=f"{base}/v1/auth/revoke",
        jwks_uri=f"{base}/.well-known/jwks.json",
        scopes_supported=list(published.scopes),
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=[
            "authorization_code",
            *(["password"] if published.password_grant else []),
            "client_credentials",
            "refresh_token",
        ],
        token_endpoint_auth_methods_supported=_WAYS,
        token_endpoint_auth_signing_alg_values_supported=_SIGNED_BY,
        revocation_endpoint_auth_methods_supported=_WAYS,
        revocation_endpoint_auth_signing_alg_values_supported=_SIGNED_BY,
        code_challenge_methods_supported=["S256"],
        authorization_response_iss_parameter_supported=True,
        ui_locales_supported=list(WORDS),
        service_documentation=f"{base}/docs",
    )
