"""The authorization endpoint (RFC 6749, with PKCE as RFC 9700 asks): people sign in here, never in the software."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from members_service.api.dependencies import UseCases, address_of
from members_service.api.identity.device import Device
from members_service.api.identity.discovery import published_by
from members_service.api.identity.oauth_form import MEDIA_TYPE, fields_of, oauth_form, seconds_until
from members_service.api.identity.sign_in_page import Visit
from members_service.application.identity.sign_in.authorize import Authorize, NextStep, SignedIn, authorize
from members_service.application.identity.sign_in.check_authorization import (
    AuthorizationRequest,
    InvalidRequest,
    check_authorization,
)
from members_service.application.identity.sign_in.take_step import StepOver, TakeStep, take_step
from members_service.application.identity.sign_in.verify_credentials import Credentials
from shared.kernel.errors import LibraryError, NotAllowed, TooManyRequests, Unavailable

_KEPT = ("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")
_KEPT_IN_STEPS = ("username", "step", "secret")
_NEVER_KEPT = {"cache-control": "no-store"}
_TEXT = {"type": "string"}
_ASKED: dict[str, dict[str, Any]] = {
    "response_type": {"enum": ["code"], "description": "An authorization code is all that is given."},
    "client_id": {**_TEXT, "description": "The software that a person signs in with; registered."},
    "redirect_uri": {**_TEXT, "format": "uri", "description": "To the letter one of the client's own."},
    "code_challenge": {**_TEXT, "description": "base64url of SHA-256 of the code_verifier, without padding."},
    "code_challenge_method": {"enum": ["S256"], "description": "`plain` would give the secret away."},
    "scope": {**_TEXT, "description": "Words with blanks between: less than everything that is allowed."},
    "state": {**_TEXT, "description": "Comes back as it is. Make it hard to guess, and compare it."},
}
_NEEDED = ("response_type", "client_id", "redirect_uri", "code_challenge", "code_challenge_method")
_FILLED_IN = {
    **_ASKED,
    "username": {**_TEXT, "description": "The e-mail address."},
    "password": {**_TEXT, "format": "password"},
    "step": {**_TEXT, "description": "From the page that asks for a code: says that the password was right."},
    "secret": {**_TEXT, "description": "From the page that sets a second factor up."},
    "otp": {**_TEXT, "description": "A code of the authenticator app, or a recovery code."},
    "form_token": {**_TEXT, "description": "From the page; it fits the page's cookie and all fields above."},
    "action": {"enum": ["sign_in", "cancel"]},
}

_A_FORM = {
    "response_type": "code",
    "client_id": "swagger",
    "redirect_uri": "http://127.0.0.1:8001/docs/oauth2-redirect",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
    "state": "af0ifjsldkj",
    "username": "ada@library.example",
    "password": "ada-demo-password",
    "form_token": "…",
    "action": "sign_in",
}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for somebody to sign in. Nobody is sent back before it has been checked."""

    fields: Mapping[str, str]
    issuer: str

    def check(self, request: Request, clients: Mapping[str, Any]) -> None:
        """Raise NoWayBack or AskedBadly."""
        wanted = AuthorizationRequest(
            client_id=self.fields.get("client_id"),
            redirect_uri=self.fields.get("redirect_uri"),
            response_type=self.fields.get("response_type"),
            challenge=self.fields.get("code_challenge"),
            challenge_method=self.fields.get("code_challenge_method"),
        )
        host = request.url.netloc  # behind a gateway that ends TLS, the scheme may be another one than the browser's
        check_authorization(wanted, clients=clients, hosts=(f"{request.url.scheme}://{host}", f"https://{host}"))

    def back(self, **answer: str) -> Response:
        """Send the browser back with an answer; 303 makes sure that it takes no password with it."""
        told = {**answer, "iss": self.issuer}
        if "state" in self.fields:
            told["state"] = self.fields["state"]
        address = self.fields["redirect_uri"]
        joint = "&" if urlsplit(address).query else "?"
        return RedirectResponse(f"{address}{joint}{urlencode(told)}", 303, _NEVER_KEPT)

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
                return _visit(request).dead_end(error.detail)

        return showing


router = APIRouter(prefix="/v1/auth", route_class=PageRoute, tags=["tokens"])


def _visit(request: Request) -> Visit:
    secure = published_by(request).base(request).startswith("https://")
    return Visit.of(request, secure=secure, new_secret=request.app.state.ports.secret_generator.secret())


def _asked(request: Request, fields: Mapping[str, str]) -> PageRequest:
    return PageRequest({name: fields[name] for name in _KEPT if name in fields}, published_by(request).issuer)


def _documented(**more: Any) -> dict[str, Any]:
    page = {"content": {"text/html": {"schema": _TEXT}}}
    return {
        "response_class": HTMLResponse,
        "responses": {
            200: {"description": "The page to sign in on, or the page for the next step", **page},
            303: {"description": "Back to redirect_uri, with code, or error, and with state and iss"},
            400: {"description": "A page: there is no safe way back, or the sign-in failed", **page},
            403: {"description": "The page again: the form does not belong to this browser", **page},
            429: {"description": "The page again: too many attempts, with `Retry-After`", **page},
            503: {"description": "The page again: too many sign in at once, with `Retry-After`", **page},
        },
        "openapi_extra": more,
    }


@router.get(
    "/authorize",
    operation_id="show_sign_in_page",
    summary="Show the page on which people sign in",
    **_documented(
        parameters=[
            {
                "name": name,
                "in": "query",
                "required": name in _NEEDED,
                "description": schema["description"],
                "schema": schema,
            }
            for name, schema in _ASKED.items()
        ]
    ),
)
async def show(request: Request, ports: UseCases) -> Response:
    """Begin to sign in (authorization code with PKCE). The page is English or French, as the browser likes.

    - An unknown client, or an address that is not its own, gets a page and is never redirected to.
    - Every other mistake is told at the redirect address, as `error` and `error_description`.
    """
    asked = _asked(request, fields_of(request.scope["query_string"]))
    try:
        asked.check(request, ports.public_clients)
    except InvalidRequest as error:
        return asked.back(error=error.word, error_description=error.detail)
    return _visit(request).page(asked.fields)


@router.post(
    "/authorize",
    operation_id="sign_in_on_page",
    summary="Sign in on the page",
    **_documented(
        requestBody={
            "required": True,
            "content": {
                MEDIA_TYPE: {
                    "schema": {
                        "title": "SignInForm",
                        "description": "What the page sends.",
                        "type": "object",
                        "properties": _FILLED_IN,
                        "required": [*_NEEDED, "form_token"],
                    },
                    "examples": {"form": {"value": _A_FORM}},
                }
            },
        }
    ),
)
async def fill_in(request: Request, ports: UseCases) -> Response:
    """Take the page's form: the browser goes back with a code, which the client exchanges at the token endpoint.

    Who has a second factor is asked for it on a page in between, and who needs one and has none sets it up there.
    """
    fields = (await oauth_form(request)).fields
    asked = _asked(request, fields)
    try:
        asked.check(request, ports.public_clients)
        return await _answer(request, asked, fields, ports)
    except InvalidRequest as error:
        return asked.back(error=error.word, error_description=error.detail)


async def _answer(request: Request, asked: PageRequest, fields: Mapping[str, str], ports: UseCases) -> Response:
    visit, username, step = _visit(request), fields.get("username", ""), _step_in(fields)
    kept = {} if step is None else {name: fields[name] for name in _KEPT_IN_STEPS if name in fields}
    if not visit.filled_in({**asked.fields, **kept}, fields.get("form_token", "")):
        return visit.page(asked.fields, username=username, wrong="stale", status=403)
    if fields.get("action") == "cancel":
        return asked.back(error="access_denied", error_description="Nobody signed in.")

    page = partial(_page_of, visit, asked, step, username)
    missing = _missing(fields, step)
    if missing is not None:
        return page(wrong=missing, status=400)
    device = Device.of(request, new_secret=ports.secret_generator.secret())
    credentials = Credentials(
        username, fields.get("password", ""), asked.fields["client_id"], address_of(request), device.secret
    )
    command = Authorize(
        credentials,
        asked.fields["redirect_uri"],
        asked.fields["code_challenge"],
        asked.scopes,
        visit.secret,
    )
    try:
        outcome = await _go_on(command, step, fields.get("otp", ""), ports)
    except (TooManyRequests, Unavailable) as error:
        return _later(error, page)
    except NotAllowed as error:
        if error.code == "invalid_scope":
            return asked.back(error=error.code, error_description=error.detail)
        wrong = "step_over" if isinstance(error, StepOver) else "invalid_grant"
        return visit.page(asked.fields, username=username, wrong=wrong, status=400)
    if isinstance(outcome, NextStep):
        return _next_page(visit, asked, outcome, username)
    answer = asked.back(code=outcome.code)
    device.is_kept_by(answer)
    return answer


def _page_of(visit: Visit, asked: PageRequest, step: NextStep | None, username: str, **told: Any) -> HTMLResponse:
    """Return the page that the form was on."""
    if step is None:
        return visit.page(asked.fields, username=username, **told)
    return visit.step_page(asked.fields, step, username=username, **told)


def _next_page(visit: Visit, asked: PageRequest, step: NextStep, username: str) -> HTMLResponse:
    if not step.wrong:
        return visit.step_page(asked.fields, step, username=username)
    wrong = "wrong_first_code" if step.enrols else "wrong_code"
    return visit.step_page(asked.fields, step, username=username, wrong=wrong, status=400)


def _later(error: TooManyRequests | Unavailable, page: Callable[..., HTMLResponse]) -> Response:
    wrong, status = ("too_many_attempts", 429) if isinstance(error, TooManyRequests) else ("busy", 503)
    seconds = seconds_until(error.retry_after)
    answer = page(wrong=wrong, status=status, seconds=seconds)
    answer.headers["retry-after"] = str(seconds)
    return answer


async def _go_on(command: Authorize, step: NextStep | None, otp: str, ports: UseCases) -> SignedIn | NextStep:
    if step is not None:
        return await take_step(
            TakeStep(command, step.note, step.secret, otp),
            uow=ports.unit_of_work(None),
            accounts=ports.accounts,
            throttle=ports.throttle,
            secret_generator=ports.secret_generator,
            clock=ports.clock,
            second_factor=ports.second_factor,
        )
    return await authorize(
        command,
        uow=ports.unit_of_work(None),
        accounts=ports.accounts,
        throttle=ports.throttle,
        passwords=ports.passwords,
        secret_generator=ports.secret_generator,
        clock=ports.clock,
        second_factor=ports.second_factor,
    )


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
