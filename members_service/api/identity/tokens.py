"""Routes for signing in and out: OAuth 2."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ConfigDict, Field

from members_service.api.dependencies import UseCases, address_of
from members_service.api.identity.device import Device
from members_service.api.identity.discovery import published_by
from members_service.api.identity.oauth_form import (
    ASSERTION_TYPE,
    MEDIA_TYPE,
    NEVER_KEPT,
    GrantNotOffered,
    OAuthForm,
    OAuthRoute,
    documented,
    oauth_form,
)
from members_service.application.identity.sessions.refresh_session import RefreshSession, refresh_session
from members_service.application.identity.sessions.revoke_token import revoke_token
from members_service.application.identity.sessions.session_views import TokenView
from members_service.application.identity.sign_in.exchange_code import ExchangeCode, exchange_code
from members_service.application.identity.sign_in.identify_client import Client, ClientAssertion, identify_client
from members_service.application.identity.sign_in.sign_in import SignIn, sign_in
from members_service.application.identity.sign_in.sign_in_client import sign_in_client
from members_service.application.identity.sign_in.verify_credentials import Credentials
from shared.web.json.strict_json import ResponseModel

router = APIRouter(prefix="/v1/auth", route_class=OAuthRoute, tags=["tokens"])

ParsedForm = Annotated[OAuthForm, Depends(oauth_form)]

_TEXT = {"type": "string"}
_ASSERTION = {
    "client_assertion_type": {"type": "string", "enum": [ASSERTION_TYPE]},
    "client_assertion": {**_TEXT, "description": "Instead of a secret: what the client signed for us (RFC 7523)."},
}
_TOKEN_FORM = {
    "title": "TokenRequest",
    "description": "What signs in: each grant type has fields of its own.",
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {
            **_TEXT,
            "enum": ["authorization_code", "password", "refresh_token", "client_credentials"],
        },
        "code": {**_TEXT, "description": "For `authorization_code`. It works once, for a minute."},
        "redirect_uri": {**_TEXT, "description": "For `authorization_code`: the one of the authorization request."},
        "code_verifier": {**_TEXT, "description": "For `authorization_code`: what the code_challenge was made from."},
        "username": {**_TEXT, "description": "The e-mail address, for `password`."},
        "password": {**_TEXT, "format": "password", "description": "For `password`."},
        "otp": {**_TEXT, "description": "For `password`, with a second factor: a code of the app, or a recovery code."},
        "refresh_token": {**_TEXT, "description": "For `refresh_token`. It works once."},
        "scope": {**_TEXT, "description": "Words with blanks between: less than everything that is allowed."},
        "client_id": {**_TEXT, "description": "Unless it comes by HTTP Basic."},
        "client_secret": {**_TEXT, "format": "password", "description": "Unless it comes by HTTP Basic."},
        **_ASSERTION,
    },
}
_REVOCATION_FORM = {
    "title": "TokenRevocationRequest",
    "description": "The token that shall be void.",
    "type": "object",
    "required": ["token"],
    "properties": {
        "token": {**_TEXT, "description": "A refresh token, or an access token."},
        "token_type_hint": {**_TEXT, "description": "Not needed."},
        "client_id": _TEXT,
        "client_secret": {**_TEXT, "format": "password"},
        **_ASSERTION,
    },
}
_EXAMPLES = {
    "authorization_code": {
        "summary": "A person who signed in on the page",
        "value": {
            "grant_type": "authorization_code",
            "client_id": "swagger",
            "code": "…",
            "redirect_uri": "http://127.0.0.1:8001/docs/oauth2-redirect",
            "code_verifier": "…",
        },
    },
    "password": {
        "summary": "A person, where the password grant is offered",
        "value": {"grant_type": "password", "username": "ada@library.example", "password": "ada-demo-password"},
    },
    "client_credentials": {
        "summary": "A service",
        "value": {"grant_type": "client_credentials", "client_id": "loans", "client_secret": "…"},
    },
    "refresh_token": {"summary": "Going on", "value": {"grant_type": "refresh_token", "refresh_token": "0193c2f4….…"}},
}


def _form(schema: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}}}}


@dataclass(frozen=True, slots=True)
class _TokenRequest:
    form: OAuthForm
    client: Client
    address: str | None
    device: Device


class TokenResponse(ResponseModel):
    """An access token to be sent as `Authorization: Bearer`; a person gets a refresh token beside it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "access_token": "eyJhbGciOiJFUzI1NiIs….….…",
                    "token_type": "bearer",
                    "expires_in": 900,
                    "scope": "self",
                    "refresh_token": "0193c2f4….…",
                }
            ]
        }
    )

    access_token: str
    token_type: Literal["bearer"]
    expires_in: Annotated[int, Field(description="Seconds.", examples=[900])]
    scope: Annotated[str, Field(examples=["self"])]
    refresh_token: str | None = None


@router.post(
    "/token",
    operation_id="get_token",
    summary="Sign in",
    response_model_exclude_none=True,
    openapi_extra=_form(_TOKEN_FORM, _EXAMPLES),
    responses=documented("invalid_request", "invalid_grant", "invalid_scope", "unsupported_grant_type"),
)
async def token(request: Request, form: ParsedForm, ports: UseCases, response: Response) -> TokenResponse:
    """Get an access token for 15 minutes.

    - `authorization_code`: what the page at `/v1/auth/authorize` gave, with PKCE.
    - `password`: e-mail address and password of an account, where this library offers it. A cookie makes the device
      known, so that the wrong tries of strangers cannot keep its owner out. An account with a second factor also needs
      `otp`, which is told only after a right password.
    - `refresh_token`: goes on without a password. The token works once; the answer has the next one.
    - `client_credentials`: a service or kiosk with its own secret, or with an assertion that it signed.
    """
    response.headers.update(NEVER_KEPT)
    device = Device.of(request, new_secret=ports.secret_generator.secret())
    issued = await _issue(form, ports, request, device)
    if form.needed("grant_type") == "password":
        device.is_kept_by(response)
    return TokenResponse(
        access_token=issued.access_token,
        token_type="bearer",  # noqa: S106 - the kind of token, not a secret
        expires_in=issued.lasts,
        scope=" ".join(issued.scopes),
        refresh_token=issued.refresh_token,
    )


async def _issue(form: OAuthForm, ports: UseCases, request: Request, device: Device) -> TokenView:
    grant = form.needed("grant_type")
    if grant not in _GRANTS or (grant == "password" and not ports.password_grant):
        raise GrantNotOffered
    client = await _client_of(form, ports, request)
    return await _GRANTS[grant](_TokenRequest(form, client, address_of(request), device), ports)


async def _by_code(asked: _TokenRequest, ports: UseCases) -> TokenView:
    form = asked.form
    command = ExchangeCode(
        form.needed("code"),
        asked.client.for_people(),
        form.needed("redirect_uri"),
        form.needed("code_verifier"),
        asked.address,
    )
    return await exchange_code(
        command,
        uow=ports.unit_of_work(None),
        tokens=ports.tokens,
        refresh_tokens=ports.refresh_tokens,
        secret_generator=ports.secret_generator,
        clock=ports.clock,
        requirement=ports.second_factor.requirement,
    )


async def _by_password(asked: _TokenRequest, ports: UseCases) -> TokenView:
    form = asked.form
    credentials = Credentials(
        form.needed("username"),
        form.needed("password"),
        asked.client.for_people(),
        asked.address,
        asked.device.secret,
        form.fields.get("otp", ""),
    )
    return await sign_in(
        SignIn(credentials, form.scopes),
        uow=ports.unit_of_work(None),
        accounts=ports.accounts,
        throttle=ports.throttle,
        passwords=ports.passwords,
        tokens=ports.tokens,
        refresh_tokens=ports.refresh_tokens,
        secret_generator=ports.secret_generator,
        clock=ports.clock,
        second_factor=ports.second_factor,
    )


async def _by_refresh_token(asked: _TokenRequest, ports: UseCases) -> TokenView:
    form = asked.form
    command = RefreshSession(form.needed("refresh_token"), asked.client.for_people(), form.scopes, asked.address)
    return await refresh_session(
        command,
        uow=ports.unit_of_work(None),
        tokens=ports.tokens,
        refresh_tokens=ports.refresh_tokens,
        secret_generator=ports.secret_generator,
        clock=ports.clock,
        requirement=ports.second_factor.requirement,
    )


async def _by_itself(asked: _TokenRequest, ports: UseCases) -> TokenView:
    return await sign_in_client(
        asked.client.for_itself(),
        scopes=asked.form.scopes,
        uow=ports.unit_of_work(None),
        tokens=ports.tokens,
        clock=ports.clock,
        address=asked.address,
    )


_GRANTS: Mapping[str, Callable[[_TokenRequest, UseCases], Awaitable[TokenView]]] = {
    "authorization_code": _by_code,
    "password": _by_password,
    "refresh_token": _by_refresh_token,
    "client_credentials": _by_itself,
}


async def _client_of(form: OAuthForm, ports: UseCases, request: Request) -> Client:
    assertion = None
    if form.assertion is not None:
        assertion = ClientAssertion(form.assertion, published_by(request).audiences)
    return await identify_client(
        form.credentials,
        assertion=assertion,
        assertions=ports.assertions,
        clients=ports.clients,
        public_clients=ports.public_clients,
        uow=ports.unit_of_work(None),
        throttle=ports.throttle,
        clock=ports.clock,
        address=address_of(request),
    )


@router.post(
    "/revoke",
    operation_id="revoke_token",
    summary="Sign out",
    response_class=Response,  # an empty one
    openapi_extra=_form(
        _REVOCATION_FORM, {"refresh_token": {"summary": "A refresh token", "value": {"token": "0193c2f4….…"}}}
    ),
    responses=documented("invalid_request"),
)
async def revoke(request: Request, form: ParsedForm, ports: UseCases) -> Response:
    """Give a refresh token or an access token back (RFC 7009): its whole session ends.

    A token that nobody knows is answered alike. Access tokens of the session are void here at once, and at the other
    services within a minute.
    """
    given = form.needed("token")
    client = await _client_of(form, ports, request)
    await revoke_token(
        given,
        client_id=client.client_id,
        uow=ports.unit_of_work(None),
        tokens=ports.tokens,
        refresh_tokens=ports.refresh_tokens,
        clock=ports.clock,
        address=address_of(request),
    )
    return Response(status_code=200, headers=NEVER_KEPT)
