"""Signing in by an identity provider of others: to it, back from it, and what it says when somebody signs out there."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from inspect import getdoc
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from members_service.api.identity.cookies import BrowserSessionCookie, Cookie, Device
from members_service.api.identity.dependencies import Identity
from members_service.api.identity.oauth.authorize import NO_STORE, PageRequest, PageRoute, later, page_visit, sign_in_of
from members_service.api.identity.oauth.request import OAuthRoute, documented, fields_of, oauth_request
from members_service.api.identity.providers import ProviderCode, callback_of
from members_service.api.identity.sign_in_page import Visit
from members_service.application.identity.providers.come_back import Forecast
from members_service.application.identity.providers.ports import Returned
from members_service.application.identity.providers.set_out import Destination
from members_service.application.identity.providers.sign_out import LogOut
from members_service.application.identity.sign_in.authorize import PageSignIn
from members_service.application.identity.sign_in.check_authorization import InvalidRequest
from members_service.application.identity.use_cases import IdentityUseCases
from members_service.domain.identity.identity_provider import InvalidIssuer, ProviderNotFound
from members_service.domain.identity.journey import JOURNEY_LASTS, Journey, Stranger
from shared.kernel.errors import LibraryError, PeerFailed, PeerTooSlow, TooManyRequests, Unavailable

router = APIRouter(prefix="/v1/auth/providers", route_class=PageRoute, tags=["tokens"])
logout = APIRouter(prefix="/v1/auth/providers", route_class=OAuthRoute, tags=["tokens"])

_Code = Annotated[ProviderCode, Path()]
_LONGEST_NOTE = 3_800  # bytes; browsers drop cookies of more than four thousand
_PAGE: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string"}}}}
_PAGES: dict[str, Any] = {
    "response_class": HTMLResponse,
    "responses": {
        303: {"description": "To the provider, or back to redirect_uri with code, or error, and with state and iss"},
        400: {"description": "A page: there is no safe way back, or nobody was signed in", **_PAGE},
        429: {"description": "The page to sign in on: too many attempts, with `Retry-After`", **_PAGE},
        502: {"description": "The page to sign in on: the provider gave no answer that can be used", **_PAGE},
        504: {"description": "The page to sign in on: the provider did not answer in time", **_PAGE},
    },
}


class JourneyCookie(Cookie):
    """The note of a browser that is on its way to a provider and back."""

    __slots__ = ()
    longest = _LONGEST_NOTE

    @classmethod
    def of(cls, request: Request) -> Self:
        """Read the cookie."""
        return cls.read(request, "at-provider")

    def keep_on(self, answer: Response, note: str) -> None:
        """Set the cookie for as long as a journey lasts."""
        self.set(answer, note, seconds=int(JOURNEY_LASTS.total_seconds()))

    def delete_on(self, answer: Response) -> None:
        """Delete the cookie."""
        self.set(answer, "", seconds=0)


@router.get(
    "/{code}/begin", operation_id="begin_at_provider", summary="Send the browser to an identity provider", **_PAGES
)
async def begin(code: _Code, request: Request, identity: Identity) -> Response:
    """Take the parameters of `GET /v1/auth/authorize`, and go to the provider instead of asking for a password here.

    The page to sign in on leads here. The browser is back within ten minutes, or begins again.
    """
    fields = fields_of(request.scope["query_string"])
    page_request = PageRequest.of(request, fields)
    try:
        client = identity.signing_in.check_authorization(page_request.authorization)
    except InvalidRequest as error:
        return page_request.back(error=error.word, error_description=error.detail)
    to = Destination(code, callback_of(request, code), page_request.fields, asks_anew=fields.get("prompt") == "login")
    visit = await page_visit(request, identity, client, page_request)
    try:
        departure = await identity.providers.set_out(to)
    except (PeerFailed, PeerTooSlow, ProviderNotFound, InvalidIssuer) as error:
        return _not_signed_in(visit, page_request, error)
    if len(departure.note) > _LONGEST_NOTE:
        return page_request.back(error="invalid_request", error_description="state is too long to be kept.")
    answer = RedirectResponse(departure.address, 303, NO_STORE)
    JourneyCookie.of(request).keep_on(answer, departure.note)
    return answer


@router.get(
    "/{code}/callback",
    operation_id="come_back_from_provider",
    summary="Take in a browser that comes back from an identity provider",
    **_PAGES,
)
async def come_back(code: _Code, request: Request, identity: Identity) -> Response:
    """Verify what the provider says, and sign in whom it has proved; this address is registered at the provider.

    - It counts in the browser alone that set out, once, and for ten minutes.
    - Whom nobody here is known by gets the page to sign in on: a password links both, once.
    """
    fields = fields_of(request.scope["query_string"])
    cookie = JourneyCookie.of(request)
    journey = identity.providers.come_back.journey_of(cookie.text, state=fields.get("state", ""))
    if journey is None:
        return (await page_visit(request, identity, None, None)).dead_end_of("journey_over")
    if journey.trial:
        return await _trial(code, request, fields, journey, identity)
    answer = await _signed_in(code, request, fields, journey, identity)
    cookie.delete_on(answer)
    return answer


async def _signed_in(
    code: str, request: Request, fields: Mapping[str, str], journey: Journey, identity: IdentityUseCases
) -> Response:
    page_request = PageRequest.of(request, journey.fields)
    try:
        client = identity.signing_in.check_authorization(page_request.authorization)
    except InvalidRequest as error:
        return page_request.back(error=error.word, error_description=error.detail)
    page_request = replace(page_request, may=client.asks_for(page_request.scopes))
    visit = await page_visit(request, identity, client, page_request)
    if "code" not in fields:
        return visit.page(page_request.fields, wrong="provider_cancelled", status=400)
    device = Device.of(request, new_secret=identity.signing_in.secret_generator.secret())
    command: PageSignIn = sign_in_of(request, page_request, {}, device, browser=visit.secret)
    returned = Returned(fields["code"], fields.get("iss"))
    try:
        outcome = await identity.providers.come_back(
            code, journey, returned, command, redirect_uri=callback_of(request, code)
        )
    except LibraryError as error:
        if error.code == "invalid_scope":
            return page_request.back(error=error.code, error_description=error.detail)
        return _not_signed_in(visit, page_request, error)
    if isinstance(outcome, Stranger):
        return visit.page({**page_request.fields, "stranger": identity.providers.notes.seal_stranger(outcome)})
    answer = page_request.back(code=outcome.code)
    BrowserSessionCookie.of(request).set_on(answer, outcome)
    return answer


async def _trial(
    code: str, request: Request, fields: Mapping[str, str], journey: Journey, identity: IdentityUseCases
) -> Response:
    visit = await page_visit(request, identity, None, None)
    if "code" not in fields:
        return visit.dead_end_of("provider_cancelled")
    returned = Returned(fields["code"], fields.get("iss"))
    try:
        forecast: Forecast = await identity.providers.come_back.forecast(
            code, journey, returned, redirect_uri=callback_of(request, code)
        )
    except LibraryError as error:
        return visit.dead_end(getattr(error, "why", error.detail))
    return visit.trial_page(forecast)


def _not_signed_in(visit: Visit, page_request: PageRequest, error: LibraryError) -> Response:
    """Return the page to sign in on, with the sentence for why nobody was signed in."""
    if isinstance(error, TooManyRequests):
        return later(error, partial(visit.page, page_request.fields))
    match error:
        case PeerTooSlow():
            status = 504
        case PeerFailed() | Unavailable():
            status = 502
        case _:
            status = 400
    return visit.page(page_request.fields, wrong=error.code, status=status)


@logout.post(
    "/{code}/logout",
    response_class=Response,
    operation_id="log_out_at_provider",
    summary="End the sessions of somebody who signed out at an identity provider",
    description=getdoc(LogOut),
    responses={
        **documented("invalid_request", "claims_rejected"),
        200: {"description": "Their sessions are over, or there were none"},
    },
)
async def log_out(code: _Code, request: Request, identity: Identity) -> Response:
    token = (await oauth_request(request)).needed("logout_token")
    await identity.providers.log_out(code, token)
    return Response(status_code=200, headers=NO_STORE)
