"""The authorization endpoint (RFC 6749, with PKCE as RFC 9700 asks): people sign in here, never in the software."""

import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from members_service.api.dependencies import address_of
from members_service.api.identity.cookies import BrowserSessionCookie, Device
from members_service.api.identity.dependencies import Identity
from members_service.api.identity.discovery import published_by
from members_service.api.identity.oauth.authorize_documentation import SIGN_IN_FORM, SIGN_IN_PAGE
from members_service.api.identity.oauth.passkey_page import PASSKEYS, PasskeyPage
from members_service.api.identity.oauth.request import fields_of, oauth_request, seconds_until
from members_service.api.identity.passkeys import site_of
from members_service.api.identity.sign_in_page import App, SignOutElsewhere, Visit
from members_service.application.identity.sessions.revoke_token import ReturnedToken
from members_service.application.identity.sign_in.authorize import NextStep, PageSignIn, SignedIn
from members_service.application.identity.sign_in.check_authorization import (
    AuthorizationRequest,
    InvalidRequest,
)
from members_service.application.identity.sign_in.take_step import StepOver, StepTaken
from members_service.application.identity.sign_in.verify_credentials import Credentials
from members_service.application.identity.use_cases import IdentityUseCases, SignInUseCases
from members_service.domain.identity.client import PublicClient
from members_service.domain.identity.grants import GrantsTooLong
from members_service.domain.identity.identity_provider import BreakGlass, FactorNotProved, NotForYou
from shared.kernel.errors import LibraryError, NotAllowed, TooManyRequests, Unavailable

_PASSED_ON = (
    *("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"),
    *("then", "stranger"),
)
_PASSED_ON_IN_STEPS = ("username", "step", "secret", "once")
NO_STORE = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A client's request for somebody to sign in. No browser is sent back before it has been checked.

    `may` are the scopes that the client gets at most, once it is identified.
    """

    fields: Mapping[str, str]
    issuer: str
    hosts: tuple[str, ...]
    may: frozenset[str] | None = frozenset()

    @classmethod
    def of(cls, request: Request, fields: Mapping[str, str]) -> "PageRequest":
        """Take the fields of the request out of a query or a form."""
        host = request.url.netloc  # behind a gateway that ends TLS, the scheme may be another one than the browser's
        hosts = (f"{request.url.scheme}://{host}", f"https://{host}")
        return cls({name: fields[name] for name in _PASSED_ON if name in fields}, published_by(request).issuer, hosts)

    @property
    def authorization(self) -> AuthorizationRequest:
        """What has to be checked before the page to sign in on is shown."""
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
        return RedirectResponse(f"{address}{joint}{urlencode(parameters)}", 303, NO_STORE)

    def without_stranger(self) -> "PageRequest":
        """Return the request without the note of whom a provider has proved."""
        return replace(self, fields={name: value for name, value in self.fields.items() if name != "stranger"})

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


async def page_visit(
    request: Request, identity: IdentityUseCases, client: PublicClient | None, page_request: PageRequest | None
) -> Visit:
    """Return the visit of this browser, with the providers that it may sign in by."""
    app = None
    if client is not None and page_request is not None and not client.is_ours:
        app = App(client.client_id, client.rights(page_request.scopes))
    visit = _visit(request, identity.signing_in.secret_generator.secret(), app)
    if client is None:
        return visit
    site, shown = site_of(request), await identity.providers.show.all()
    options = json.dumps(identity.passkeys.sign_in.options(site, browser=visit.secret)) if site.has_name else ""
    providers = tuple((each.code, each.title) for each in shown if each.enabled)
    return replace(visit, providers=providers, passkey_options=options)


def _visit(request: Request, new_secret: str, app: App | None) -> Visit:
    secure = published_by(request).base(request).startswith("https://")
    return Visit.of(request, secure=secure, new_secret=new_secret, app=app)


@router.get(
    "/authorize", operation_id="show_sign_in_page", summary="Show the page on which people sign in", **SIGN_IN_PAGE
)
async def show(request: Request, identity: Identity) -> Response:
    """Begin to sign in (authorization code with PKCE). The page is English or French, as the browser likes.

    - An unknown client, or an address that is not its own, gets a page and is never redirected to.
    - Somebody whose sign-in the browser keeps goes on with one click; with `prompt=login` it asks for the password.
    - With `then=passkeys` the page on which people see to their passkeys comes before the way back.
    - Every other mistake is told at the redirect address, as `error` and `error_description`.
    """
    fields = fields_of(request.scope["query_string"])
    page_request = PageRequest.of(request, fields)
    try:
        client = identity.signing_in.check_authorization(page_request.authorization)
    except InvalidRequest as error:
        return page_request.back(error=error.word, error_description=error.detail)
    visit = await page_visit(request, identity, client, page_request)
    here = await identity.signing_in.who_is_signed_in(BrowserSessionCookie.of(request).text)
    if here is None or fields.get("prompt") == "login":
        return visit.page(page_request.fields)
    if page_request.fields.get("then") == PASSKEYS and visit.passkey_options:
        return await PasskeyPage(request, visit, page_request.fields, identity.passkeys, here).show()
    return visit.continue_page(page_request.fields, username=here.email)


@router.post("/authorize", operation_id="sign_in_on_page", summary="Sign in on the page", **SIGN_IN_FORM)
async def fill_in(request: Request, identity: Identity) -> Response:
    """Take the page's form: the browser goes back with a code, which the client exchanges at the token endpoint.

    - Who has a second factor is asked for it on a page in between, and who needs one and has none sets it up there.
    - The browser keeps the sign-in for all pages of the library, twelve hours at most, unless `once` is filled in.
    """
    fields = (await oauth_request(request)).fields
    page_request = PageRequest.of(request, fields)
    try:
        client = identity.signing_in.check_authorization(page_request.authorization)
        page_request = replace(page_request, may=client.asks_for(page_request.scopes))
        visit = await page_visit(request, identity, client, page_request)
        return await _answer(request, page_request, fields, visit, identity)
    except InvalidRequest as error:
        return page_request.back(error=error.word, error_description=error.detail)


async def _answer(
    request: Request, page_request: PageRequest, fields: Mapping[str, str], visit: Visit, identity: IdentityUseCases
) -> Response:
    signing_in = identity.signing_in
    username = fields.get("username", "")
    step = _step_in(fields)
    passed_on = {} if step is None else {name: fields[name] for name in _PASSED_ON_IN_STEPS if name in fields}
    if not visit.filled_in({**page_request.fields, **passed_on}, fields.get("form_token", "")):
        return visit.page(page_request.fields, username=username, wrong="stale", status=403)
    match fields.get("action"):
        case "cancel":
            return page_request.back(error="access_denied", error_description="Nobody signed in.")
        case "other":
            return visit.page(page_request.fields)
        case "sign_out":
            cookie = BrowserSessionCookie.of(request).text
            here = await signing_in.who_is_signed_in(cookie)
            found = await identity.providers.where_to_sign_out(None if here is None else here.account_id)
            elsewhere = None if found is None else SignOutElsewhere(found[0].title, found[1])
            await signing_in.revoke_token(ReturnedToken(cookie, address=address_of(request)))
            return _signed_out(request, visit.page(page_request.fields, elsewhere=elsewhere))
        case "continue":
            return await _continue(request, page_request, visit, signing_in)
        case str() as action if PasskeyPage.is_for(action) and visit.passkey_options:
            here = await signing_in.who_is_signed_in(BrowserSessionCookie.of(request).text)
            return await PasskeyPage(request, visit, page_request.fields, identity.passkeys, here).after(fields)
        case _:
            return await _prove(request, page_request, fields, visit, step=step, identity=identity)


async def _continue(request: Request, page_request: PageRequest, visit: Visit, signing_in: SignInUseCases) -> Response:
    """Go on with the session of the browser."""
    try:
        signed_in = await signing_in.continue_sign_in(sign_in_of(request, page_request, {}, None, browser=visit.secret))
    except NotAllowed as error:
        if error.code == "invalid_scope":
            return page_request.back(error=error.code, error_description=error.detail)
        return _signed_out(request, visit.page(page_request.fields, wrong="signed_out", status=400))
    return page_request.back(code=signed_in.code)


def _signed_out(request: Request, page: HTMLResponse) -> Response:
    BrowserSessionCookie.of(request).delete_on(page)
    return page


async def _prove(
    request: Request,
    page_request: PageRequest,
    fields: Mapping[str, str],
    visit: Visit,
    *,
    step: NextStep | None,
    identity: IdentityUseCases,
) -> Response:
    """Check the password, or the code after it."""
    signing_in = identity.signing_in
    username, once = fields.get("username", ""), "once" in fields
    page = partial(_page_of, visit, page_request, step, username, once=once)
    missing = _missing(fields, step)
    if missing is not None:
        return page(wrong=missing, status=400)
    device = Device.of(request, new_secret=signing_in.secret_generator.secret())
    sign_in = sign_in_of(request, page_request, fields, device, browser=visit.secret)
    sign_in = replace(sign_in, stranger=identity.providers.notes.open_stranger(page_request.fields.get("stranger", "")))
    try:
        if step is None and "credential" in fields:
            outcome: SignedIn | NextStep = await identity.passkeys.sign_in(
                sign_in, fields["credential"], site_of(request)
            )
        else:
            outcome = await _go_on(sign_in, step, fields.get("otp", ""), signing_in)
    except (TooManyRequests, Unavailable) as error:
        return later(error, page)
    except (NotForYou, BreakGlass, FactorNotProved, GrantsTooLong) as error:
        return visit.page(page_request.without_stranger().fields, username=username, wrong=error.code, status=400)
    except NotAllowed as error:
        if error.code == "invalid_scope":
            return page_request.back(error=error.code, error_description=error.detail)
        wrong = "step_over" if isinstance(error, StepOver) else error.code
        return visit.page(page_request.fields, username=username, wrong=wrong, status=400)
    if isinstance(outcome, NextStep):
        return _next_page(visit, page_request, outcome, username, once=once)
    answer: Response = page_request.back(code=outcome.code)
    if page_request.fields.get("then") == PASSKEYS and visit.passkey_options and outcome.cookie:
        here = await signing_in.who_is_signed_in(outcome.cookie)
        answer = await PasskeyPage(request, visit, page_request.fields, identity.passkeys, here).show()
    device.set_on(answer)
    BrowserSessionCookie.of(request).set_on(answer, outcome)
    return answer


def sign_in_of(
    request: Request, page_request: PageRequest, fields: Mapping[str, str], device: Device | None, *, browser: str
) -> PageSignIn:
    """Return the command of this request, for whoever it proves."""
    credentials = Credentials(
        fields.get("username", ""),
        fields.get("password", ""),
        page_request.fields["client_id"],
        address_of(request),
        device.secret if device else "",
        scopes=page_request.may,
    )
    return PageSignIn(
        credentials,
        page_request.fields["redirect_uri"],
        page_request.fields["code_challenge"],
        browser,
        BrowserSessionCookie.of(request).text,
        once="once" in fields,
    )


async def _go_on(
    sign_in: PageSignIn, step: NextStep | None, otp: str, signing_in: SignInUseCases
) -> SignedIn | NextStep:
    if step is not None:
        return await signing_in.take_step(StepTaken(sign_in, step.note, step.secret, otp))
    return await signing_in.authorize(sign_in)


def _page_of(
    visit: Visit, page_request: PageRequest, step: NextStep | None, username: str, *, once: bool, **more: Any
) -> HTMLResponse:
    """Return the page that the form was on."""
    if step is None:
        return visit.page(page_request.fields, username=username, **more)
    return visit.step_page(page_request.fields, step, username=username, once=once, **more)


def _next_page(visit: Visit, page_request: PageRequest, step: NextStep, username: str, *, once: bool) -> HTMLResponse:
    if not step.wrong:
        return visit.step_page(page_request.fields, step, username=username, once=once)
    wrong = "wrong_first_code" if step.enrols else "wrong_code"
    return visit.step_page(page_request.fields, step, username=username, once=once, wrong=wrong, status=400)


def later(error: TooManyRequests | Unavailable, page: Callable[..., HTMLResponse]) -> Response:
    """Return a page that says when to come back."""
    wrong, status = ("too_many_attempts", 429) if isinstance(error, TooManyRequests) else ("busy", 503)
    seconds = seconds_until(error.retry_after)
    answer = page(wrong=wrong, status=status, seconds=seconds)
    answer.headers["retry-after"] = str(seconds)
    return answer


def _missing(fields: Mapping[str, str], step: NextStep | None) -> str | None:
    """Return the word for what was not filled in."""
    if step is None:
        return None if {"username", "password"} <= fields.keys() or "credential" in fields else "incomplete"
    return "no_code" if step.asks_for_code and "otp" not in fields else None


def _step_in(fields: Mapping[str, str]) -> NextStep | None:
    """Return the step that the form claims to belong to; None for the page with the password.

    Nothing of it is proved yet.
    """
    note = fields.get("step")
    return None if note is None else NextStep.of_form(note, fields.get("secret", ""))
