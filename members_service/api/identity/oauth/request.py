"""Requests and errors in the form of OAuth 2 (RFC 6749): fields of a form in, an error word out."""

import base64
import binascii
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from members_service.api.dependencies import address_of
from members_service.api.identity.discovery import published_by
from members_service.application.identity.sign_in.identify_client import ClientCredentials, PresentedClient
from shared.kernel.errors import InvalidValue, LibraryError, NotAllowed, TooManyRequests, Unavailable
from shared.web.edge.admission.rate_limit_headers import exhausted
from shared.web.problems import Problem

MEDIA_TYPE = "application/x-www-form-urlencoded"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
_MOST_FIELDS = 20
_MOST_BYTES = 16 * 1024


class MalformedRequest(InvalidValue):
    """The request is not what the standard asks for."""

    code = "invalid_request"


class GrantNotOffered(NotAllowed):
    code = "unsupported_grant_type"
    detail = "This grant type is not offered here."


class UnreadableCredentials(NotAllowed):
    code = "invalid_client"
    detail = "The Authorization header must be: Basic, and base64 of client id, colon and secret."


@dataclass(frozen=True, slots=True)
class OAuthRequest:
    """The fields of one request; an empty one counts as absent, as the standard wants it."""

    fields: Mapping[str, str]
    client: PresentedClient

    def needed(self, name: str) -> str:
        """Return a field. Raises MalformedRequest when it is absent."""
        value = self.fields.get(name)
        if value is None:
            raise MalformedRequest(f"The field {name} is missing.", field=name)
        return value

    @property
    def scopes(self) -> frozenset[str] | None:
        """The scopes that are requested, or None for all that there are."""
        requested = self.fields.get("scope")
        return None if requested is None else frozenset(requested.split())


async def oauth_request(request: Request) -> OAuthRequest:
    """Read the form. Raises MalformedRequest or UnreadableCredentials, and the 415 Problem for another media type."""
    kind, _, parameters = request.headers.get("content-type", MEDIA_TYPE).lower().partition(";")
    if kind.strip() != MEDIA_TYPE or "charset" in parameters.replace("charset=utf-8", ""):
        raise Problem(415, "unsupported-media-type", f"Send the body as {MEDIA_TYPE}, in UTF-8.")
    fields = fields_of(await request.body())
    credentials = _credentials(request.headers.getlist("authorization"), fields)
    assertion, audiences = _assertion(fields, credentials), published_by(request).audiences
    return OAuthRequest(fields, PresentedClient(credentials, assertion, audiences, address_of(request)))


def fields_of(body: bytes) -> dict[str, str]:
    """Read the fields of a form or a query. Raises MalformedRequest, also for a field that is given twice."""
    if len(body) > _MOST_BYTES:
        raise MalformedRequest(f"A form may be {_MOST_BYTES} bytes long.", field="")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS, separator="&"
        )
    except ValueError:  # also what is not ASCII, and what is not UTF-8 once unquoted
        raise MalformedRequest("The form cannot be read.", field="") from None
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise MalformedRequest("A field is given more than once.", field=name)
    if any("\0" in text for pair in pairs for text in pair):
        raise MalformedRequest("A field holds a NUL character.", field="")
    return {name: value for name, value in pairs if value}


def _credentials(headers: list[str], fields: Mapping[str, str]) -> tuple[ClientCredentials, ...]:
    basic = [
        value.strip() for scheme, _, value in (header.partition(" ") for header in headers) if scheme.lower() == "basic"
    ]
    in_form = fields.get("client_id")
    if not basic:
        if in_form is None:
            return () if "client_secret" not in fields else (ClientCredentials("", fields["client_secret"]),)
        return (ClientCredentials(in_form, fields.get("client_secret", "")),)
    if len(headers) > 1 or "client_secret" in fields:
        raise MalformedRequest("Give the client's secret once: in the header or in the form.", field="client_secret")
    readings = _readings(basic[0])
    if in_form is not None and all(in_form != reading.client_id for reading in readings):
        raise MalformedRequest("The header and the form name different clients.", field="client_id")
    return readings if readings[0].client_id or readings[0].secret else ()


def _assertion(fields: Mapping[str, str], credentials: tuple[ClientCredentials, ...]) -> str | None:
    assertion, kind = fields.get("client_assertion"), fields.get("client_assertion_type")
    if assertion is None and kind is None:
        return None
    if assertion is None or kind != ASSERTION_TYPE:
        raise MalformedRequest(
            f"A client_assertion comes with the client_assertion_type {ASSERTION_TYPE}.", field="client"
        )
    if any(each.secret for each in credentials):
        raise MalformedRequest(
            "Prove once who the client is: by its secret or by an assertion.", field="client_assertion"
        )
    return assertion


def _readings(encoded: str) -> tuple[ClientCredentials, ...]:
    """Return both ways to read Basic credentials: the standard quotes them, most clients do not."""
    try:
        text = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise UnreadableCredentials from None
    client_id, colon, secret = text.partition(":")
    if not colon or "\0" in text:
        raise UnreadableCredentials
    plain = ClientCredentials(client_id, secret)
    return (plain, ClientCredentials(unquote_plus(client_id), unquote_plus(secret)))


class OAuthRoute(APIRoute):
    """A route that refuses in OAuth's own form: an `error` word, a sentence, and 400, 401, 429 or 503."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handle = super().get_route_handler()

        async def refusing(request: Request) -> Response:
            try:
                return await handle(request)
            except LibraryError as error:
                return _refusal(error)

        return refusing


def _refusal(error: LibraryError) -> Response:
    status, word, headers = 400, error.code.replace("-", "_"), dict(NO_STORE)
    if isinstance(error, Unavailable):
        status, word = 503, "temporarily_unavailable"
    elif isinstance(error, TooManyRequests):
        status = 429
    elif word == "invalid_client":
        status = 401
        headers["www-authenticate"] = 'Basic realm="library", charset="UTF-8"'
    if isinstance(error, (TooManyRequests, Unavailable)):
        headers["retry-after"] = str(seconds_until(error.retry_after))
    if isinstance(error, TooManyRequests):
        headers |= exhausted(error.code, seconds_until(error.retry_after))
    return JSONResponse({"error": word, "error_description": error.detail}, status, headers)


def seconds_until(moment: timedelta) -> int:
    """Return a time to wait as whole seconds, for people and for `Retry-After`."""
    return max(1, -int(-moment.total_seconds() // 1))


def documented(*words: str) -> dict[int | str, dict[str, Any]]:
    """Return how the OpenAPI document describes these errors; `words` are those that come with 400."""
    schema = {
        "title": "OAuthError",
        "description": "A refusal in the form of OAuth 2 (RFC 6749).",
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
    }

    def answer(description: str, *errors: str) -> dict[str, Any]:
        examples = {word: {"value": {"error": word}} for word in errors}
        return {"description": description, "content": {"application/json": {"schema": schema, "examples": examples}}}

    return {
        400: answer(", ".join(f"`{word}`" for word in words), *words, "unauthorized_client"),
        401: answer("`invalid_client`", "invalid_client"),
        429: answer(
            "`too_many_attempts`, or `pin_locked` for the card, with `Retry-After`", "too_many_attempts", "pin_locked"
        ),
        503: answer("`temporarily_unavailable`, with `Retry-After`", "temporarily_unavailable"),
    }
