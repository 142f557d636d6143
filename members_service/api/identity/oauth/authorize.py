"""The authorization endpoint (RFC 6749, with PKCE as RFC 9700 asks): people sign in here, never in the software."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from members_service.api.dependencies import address_of
from members_service.api.identity.cookies import Device, KeptSignIn
from members_service.api.identity.dependencies import Identity
from members_service.api.identity.discovery import published_by
from members_service.api.identity.oauth.authorize_documentation import FILLED_IN, SHOWN
from members_service.api.identity.oauth.request import fields_of, oauth_request, seconds_until
from members_service.api.identity.sign_in_page import App, Visit
from members_service.application.identity.sessions.revoke_token import GivenBack
from members_service.application.identity.sign_in.authorize import NextStep, PageSignIn, SignedIn
from members_service.application.identity.sign_in.check_authorization import (
    AuthorizationRequest,
    InvalidRequest,
)
from members_service.application.identity.sign_in.take_step import StepOver, StepTaken
from members_service.application.identity.sign_in.verify_credentials import Credentials
from members_service.application.identity.use_cases import SignInUseCases
from members_service.domain.identity.client import PublicClient
from shared.kernel.errors import LibraryError, NotAllowed, TooManyRequests, Unavailable

_KEPT = ("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")
_KEPT_IN_STEPS = ("username", "step", "secret", "once")
_NEVER_KEPT = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for somebody to sign in. Nobody is sent back before it has been checked.

    `may` is what the software gets of its request at most, once it is known which one it is.
    """

    fields: Mapping[str, str]
    issuer: str
    hosts: tuple[str, ...]
    may: frozenset[str] | None = frozenset()

    @classmethod
    def of(cls, request: Request, fields: Mapping[str, str]) -> "PageRequest":
        """Keep what the software asks for, of all that is in a query or a form."""
        host = request.url.netloc  # behind a gateway that ends TLS, the scheme may be another one than the browser's
        hosts = (f"{request.url.scheme}://{host}", f"https://{host}")
        return cls({name: fields[name] for name in _KEPT if name in fields}, published_by(request).issuer, hosts)

    @property
    def asked(self) -> AuthorizationRequest:
        """What has to be checked before anybody is shown where to sign in."""
        return AuthorizationRequest(
            client_id=self.fields.get("client_id"),
            redirect_uri=self.fields.get("redirect_uri"),
            response_type=self.fields.get("response_type"),
            challenge=self.fields.get("code_challenge"),
            challenge_method=self.fields.get("code_challenge_method"),
            hosts=self.hosts,
            scopes=self.scopes,
        )

    def back(self, **answer: str) -> Response:
        """Send the browser back with an answer; 303 makes sure that it takes no password with it."""
        parameters = {**answer, "iss": self.issuer}
        if "state" in self.fields:
            parameters["state"] = self.fields["state"]
        address = self.fields["redirect_uri"]
        joint = "&" if urlsplit(address).query else "?"
        return RedirectResponse(f"{address}{joint}{urlencode(parameters)}", 303, _NEVER_KEPT)

    @property
    def scopes(self) -> frozenset[str] | None:
        """The scopes that are requested, or None for all that there are."""
        requested = self.fields.get("scope")
        return None if requested is None else frozenset(requested.split())


class PageRoute(APIRoute):
    """A route that refuses with a page, where there is no address to send the browser back to."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handle = super().get_route_handler()

        async def showing(request: Request) -> Response:
            try:
                return await handle(request)
            except LibraryError as error:
                return _visit(request, "", None).dead_end(error.detail)

        return showing


router = APIRouter(prefix="/v1/auth", route_class=PageRoute, tags=["tokens"])


def _visit(request: Request, new_secret: str, app: App | None) -> Visit:
    secure = published_by(request).base(request).startswith("https://")
    return Visit.of(request, secure=secure, new_secret=new_secret, app=app)


def _app(client: PublicClient, asked: PageRequest) -> App | None:
    """Return what people are asked to allow; None for a page of the library's own."""
    return None if client.is_ours else App(client.client_id, client.rights(asked.scopes))


@router.get("/authorize", operation_id="show_sign_in_page", summary="Show the page on which people sign in", **SHOWN)
async def show(request: Request, identity: Identity) -> Response:
    """Begin to sign in (authorization code with PKCE). The page is English or French, as the browser likes.

    - An unknown client, or an address that is not its own, gets a page and is never redirected to.
    - Somebody whose sign-in the browser keeps goes on with one click; with `prompt=login` it asks for the password.
    - Every other mistake is told at the redirect address, as `error` and `error_description`.
    """
    fields = fields_of(request.scope["query_string"])
    asked = PageRequest.of(request, fields)
    try:
        client = identity.signing_in.check_authorization(asked.asked)
    except InvalidRequest as error:
        return asked.back(error=error.word, error_description=error.detail)
    visit = _visit(request, identity.signing_in.secret_generator.secret(), _app(client, asked))
    username = await identity.signing_in.who_is_signed_in(KeptSignIn.of(request).text)
    if username is None or fields.get("prompt") == "login":
        return visit.page(asked.fields)
    return visit.continue_page(asked.fields, username=username)


@router.post("/authorize", operation_id="sign_in_on_page", summary="Sign in on the page", **FILLED_IN)
async def fill_in(request: Request, identity: Identity) -> Response:
    """Take the page's form: the browser goes back with a code, which the client exchanges at the token endpoint.

    - Who has a second factor is asked for it on a page in between, and who needs one and has none sets it up there.
    - The browser keeps the sign-in for all pages of the library, twelve hours at most, unless `once` is filled in.
    """
    fields = (await oauth_request(request)).fields
    asked = PageRequest.of(request, fields)
    try:
        client = identity.signing_in.check_authorization(asked.asked)
        asked = replace(asked, may=client.asks_for(asked.scopes))
        visit = _visit(request, identity.signing_in.secret_generator.secret(), _app(client, asked))
        return await _answer(request, asked, fields, visit, identity.signing_in)
    except InvalidRequest as error:
        return asked.back(error=error.word, error_description=error.detail)


async def _answer(
    request: Request, asked: PageRequest, fields: Mapping[str, str], visit: Visit, signing_in: SignInUseCases
) -> Response:
    username = fields.get("username", "")
    step = _step_in(fields)
    kept = {} if step is None else {name: fields[name] for name in _KEPT_IN_STEPS if name in fields}
    if not visit.filled_in({**asked.fields, **kept}, fields.get("form_token", "")):
        return visit.page(asked.fields, username=username, wrong="stale", status=403)
    match fields.get("action"):
        case "cancel":
            return asked.back(error="access_denied", error_description="Nobody signed in.")
        case "other":
            return visit.page(asked.fields)
        case "sign_out":
            await signing_in.revoke_token(GivenBack(KeptSignIn.of(request).text, address=address_of(request)))
            return _dropped(request, visit.page(asked.fields))
        case "continue":
            return await _continue(request, asked, visit, signing_in)
        case _:
            return await _prove(request, asked, fields, visit, step=step, signing_in=signing_in)


async def _continue(request: Request, asked: PageRequest, visit: Visit, signing_in: SignInUseCases) -> Response:
    """Go on with the sign-in that the browser keeps."""
    try:
        signed_in = await signing_in.continue_sign_in(_sign_in(request, asked, {}, None, browser=visit.secret))
    except NotAllowed as error:
        if error.code == "invalid_scope":
            return asked.back(error=error.code, error_description=error.detail)
        return _dropped(request, visit.page(asked.fields, wrong="signed_out", status=400))
    return asked.back(code=signed_in.code)


def _dropped(request: Request, page: HTMLResponse) -> Response:
    KeptSignIn.of(request).is_dropped_by(page)
    return page


async def _prove(
    request: Request,
    asked: PageRequest,
    fields: Mapping[str, str],
    visit: Visit,
    *,
    step: NextStep | None,
    signing_in: SignInUseCases,
) -> Response:
    """Look at the password, or at the code after it."""
    username, once = fields.get("username", ""), "once" in fields
    page = partial(_page_of, visit, asked, step, username, once=once)
    missing = _missing(fields, step)
    if missing is not None:
        return page(wrong=missing, status=400)
    device = Device.of(request, new_secret=signing_in.secret_generator.secret())
    sign_in = _sign_in(request, asked, fields, device, browser=visit.secret)
    try:
        outcome = await _go_on(sign_in, step, fields.get("otp", ""), signing_in)
    except (TooManyRequests, Unavailable) as error:
        return _later(error, page)
    except NotAllowed as error:
        if error.code == "invalid_scope":
            return asked.back(error=error.code, error_description=error.detail)
        wrong = "step_over" if isinstance(error, StepOver) else "invalid_grant"
        return visit.page(asked.fields, username=username, wrong=wrong, status=400)
    if isinstance(outcome, NextStep):
        return _next_page(visit, asked, outcome, username, once=once)
    answer = asked.back(code=outcome.code)
    device.is_kept_by(answer)
    KeptSignIn.of(request).is_kept_by(answer, outcome)
    return answer


def _sign_in(
    request: Request, asked: PageRequest, fields: Mapping[str, str], device: Device | None, *, browser: str
) -> PageSignIn:
    credentials = Credentials(
        fields.get("username", ""),
        fields.get("password", ""),
        asked.fields["client_id"],
        address_of(request),
        device.secret if device else "",
        scopes=asked.may,
    )
    return PageSignIn(
        credentials,
        asked.fields["redirect_uri"],
        asked.fields["code_challenge"],
        browser,
        KeptSignIn.of(request).text,
        once="once" in fields,
    )


async def _go_on(
    sign_in: PageSignIn, step: NextStep | None, otp: str, signing_in: SignInUseCases
) -> SignedIn | NextStep:
    if step is not None:
        return await signing_in.take_step(StepTaken(sign_in, step.note, step.secret, otp))
    return await signing_in.authorize(sign_in)


def _page_of(
    visit: Visit, asked: PageRequest, step: NextStep | None, username: str, *, once: bool, **more: Any
) -> HTMLResponse:
    """Return the page that the form was on."""
    if step is None:
        return visit.page(asked.fields, username=username, **more)
    return visit.step_page(asked.fields, step, username=username, once=once, **more)


def _next_page(visit: Visit, asked: PageRequest, step: NextStep, username: str, *, once: bool) -> HTMLResponse:
    if not step.wrong:
        return visit.step_page(asked.fields, step, username=username, once=once)
    wrong = "wrong_first_code" if step.enrols else "wrong_code"
    return visit.step_page(asked.fields, step, username=username, once=once, wrong=wrong, status=400)


def _later(error: TooManyRequests | Unavailable, page: Callable[..., HTMLResponse]) -> Response:
    wrong, status = ("too_many_attempts", 429) if isinstance(error, TooManyRequests) else ("busy", 503)
    seconds = seconds_until(error.retry_after)
    answer = page(wrong=wrong, status=status, seconds=seconds)
    answer.headers["retry-after"] = str(seconds)
    return answer


def _missing(fields: Mapping[str, str], step: NextStep | None) -> str | None:
    """Return the word for what was not filled in."""
    if step is None:
        return None if {"username", "password"} <= fields.keys() else "incomplete"
    return "no_code" if step.asks_for_code and "otp" not in fields else None


def _step_in(fields: Mapping[str, str]) -> NextStep | None:
    """Return the step that the form says it belongs to; None for the page with the password.

    Nothing is proved of it yet, so that no picture is made of it.
    """
    note = fields.get("step")
    return None if note is None else NextStep.of_form(note, fields.get("secret", ""))
