"""Routes for signing in and out: OAuth 2."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from members_service.api.dependencies import address_of
from members_service.api.identity.cookies import Device
from members_service.api.identity.dependencies import Identity
from members_service.api.identity.oauth.request import (
    NO_STORE,
    GrantNotOffered,
    MalformedRequest,
    OAuthRequest,
    OAuthRoute,
    documented,
    oauth_request,
)
from members_service.api.identity.oauth.token_documentation import REVOCATION_FORM, SIGNED_OUT, TOKEN_FORM
from members_service.application.identity.sessions.refresh_session import PresentedToken
from members_service.application.identity.sessions.revoke_token import ReturnedToken
from members_service.application.identity.sessions.session_views import IssuedTokens
from members_service.application.identity.sign_in.exchange_code import PresentedCode
from members_service.application.identity.sign_in.verify_credentials import Credentials
from members_service.domain.end_user_address import check_end_user_address
from members_service.domain.identity.client import Client
from shared.kernel.errors import InvalidValue
from shared.web.json.strict_json import ResponseModel

router = APIRouter(prefix="/v1/auth", route_class=OAuthRoute, tags=["tokens"])

ParsedForm = Annotated[OAuthRequest, Depends(oauth_request)]


class TokenResponse(ResponseModel):
    """An access token to be sent as `Authorization: Bearer`; a person gets a refresh token beside it."""

    access_token: str
    token_type: Literal["bearer"]
    expires_in: Annotated[int, Field(description="Seconds.")]
    scope: str
    refresh_token: str | None = None

    @classmethod
    def of_issued(cls, issued: IssuedTokens) -> Self:
        """Show what was issued."""
        return cls(
            access_token=issued.access_token,
            token_type="bearer",  # noqa: S106 - the kind of token, not a secret
            expires_in=issued.expires_in,
            scope=issued.scope,
            refresh_token=issued.refresh_token,
        )


@router.post(
    "/token",
    operation_id="get_token",
    summary="Sign in",
    response_model_exclude_none=True,
    openapi_extra=TOKEN_FORM,
    responses=documented("invalid_request", "invalid_grant", "invalid_scope", "unsupported_grant_type"),
)
async def token(request: Request, form: ParsedForm, identity: Identity, response: Response) -> TokenResponse:
    """Get an access token for 15 minutes.

    - `authorization_code`: what the page at `/v1/auth/authorize` gave, with PKCE.
    - `password`: e-mail address or card number, and the password of the account, where this library offers it. A client
      that was registered for it may do so anywhere, and hands a card number in with the PIN. A cookie makes the device
      known, so that the wrong tries of strangers cannot keep its owner out. An account with a second factor also needs
      `otp`, which is told only after a right password. Such a client names the address of who types as
      `end_user_address`, so that nobody else has to wait for wrong tries from there.
    - `refresh_token`: goes on without a password. The token works once; the answer has the next one.
    - `client_credentials`: a service or kiosk with its own secret, or with an assertion that it signed.
    """
    response.headers.update(NO_STORE)
    signing_in, address, grant = identity.signing_in, address_of(request), form.needed("grant_type")
    if grant not in _GRANTS:
        raise GrantNotOffered
    client = await signing_in.identify_client(form.client)
    if grant == "password" and not (signing_in.password_grant or client.is_trusted):
        raise GrantNotOffered
    match grant:
        case "authorization_code":
            issued = await signing_in.exchange_code(_code_in(form, client, address))
        case "refresh_token":
            issued = await signing_in.refresh_session(
                PresentedToken(form.needed("refresh_token"), client.for_people(), client.asks_for(form.scopes), address)
            )
        case "client_credentials":
            issued = await signing_in.sign_in_client(client.for_itself(), scopes=form.scopes, address=address)
        case _:
            device = Device.of(request, new_secret=signing_in.secret_generator.secret())
            credentials = _credentials_in(form, client, address, device)
            if client.is_trusted and "@" not in credentials.username:
                return TokenResponse.of_issued(await signing_in.sign_in_with_pin(credentials))
            issued = await signing_in.sign_in(credentials)
            device.set_on(response)
    return TokenResponse.of_issued(issued)


_GRANTS = ("authorization_code", "password", "refresh_token", "client_credentials")


def _code_in(form: OAuthRequest, client: Client, address: str | None) -> PresentedCode:
    return PresentedCode(
        form.needed("code"),
        client.for_people(),
        form.needed("redirect_uri"),
        form.needed("code_verifier"),
        address,
    )


def _credentials_in(form: OAuthRequest, client: Client, address: str | None, device: Device) -> Credentials:
    end_user = _end_user_in(form, client)
    return Credentials(
        form.needed("username"),
        form.needed("password"),
        client.for_people(),
        end_user or address,
        device.secret,
        form.fields.get("otp", ""),
        client.asks_for(form.scopes),
        end_user,
    )


def _end_user_in(form: OAuthRequest, client: Client) -> str | None:
    named = form.fields.get("end_user_address")
    if named is None:
        return None
    if not client.is_trusted:
        raise MalformedRequest(
            "Only a client that is registered with password may name an end user.", field="end_user_address"
        )
    try:
        return check_end_user_address(named)
    except InvalidValue as error:
        raise MalformedRequest(error.detail, field="end_user_address") from None


@router.post(
    "/revoke",
    operation_id="revoke_token",
    summary="Sign out",
    response_class=Response,  # an empty one, in most cases
    openapi_extra=REVOCATION_FORM,
    responses={**SIGNED_OUT, **documented("invalid_request")},
)
async def revoke(request: Request, form: ParsedForm, identity: Identity) -> Response:
    """Give a refresh token or an access token back (RFC 7009): its whole session ends.

    A token that nobody knows is answered alike. Access tokens of the session are void here at once, and at the other
    services within a minute. Where its owner signs in by an identity provider that says so, the answer has the address
    at which the session there ends: lead the browser to it.
    """
    returned = form.needed("token")
    client = await identity.signing_in.identify_client(form.client)
    command = ReturnedToken(returned, client.client_id, address_of(request))
    there = await identity.providers.where_to_sign_out(await identity.signing_in.revoke_token(command))
    if there is None:
        return Response(status_code=200, headers=NO_STORE)
    return JSONResponse({"sign_out_at": there[1]}, headers=NO_STORE)
