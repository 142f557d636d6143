"""The three services, called over HTTP as by any client, with the rights of the machine's client."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
from pydantic import ValidationError

from loans_service.sip2.accounts import MachineAccount
from shared.context import current
from shared.kernel.errors import NeighbourUnavailable
from shared.outgoing_http.access_token import AccessToken, IssuedToken

TIMEOUT = 8.0
"""Seconds for one answer; machines give up after ten or more."""

_LOOKS_EVERY = 1.0  # seconds between two checks of which services are ready
_BUSY, _PAUSES = 503, (0.3, 1.0, 2.0, 2.0)  # seconds; together longer than a circuit breaker stays open
_DROPPED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
_VERIFY = "members/verify"
_AT_WORK, _AGAIN_AFTER = "idempotency-key-in-use", 0.1  # seconds
_WRONG_PIN = frozenset({401, 404, 422, 429})  # wrong, no PIN, or tried too often
_PAGE = 100
_MOST = 1000  # items of a list for a machine

UNKNOWN = "member-not-found"
LOST = frozenset({"card-replaced", "card-stopped"})
NO_CARD = LOST | {UNKNOWN}
"""The codes of members for a card that nobody has, and among them those for one that somebody had."""

Json = dict[str, Any]


class RequestRefused(Exception):
    """A service refused; `refusals` are all of its reasons, with code and detail."""

    def __init__(self, status: int, refusals: list[Json]) -> None:
        super().__init__(status)
        self.status = status
        self.refusals = refusals

    @property
    def codes(self) -> set[str]:
        """The codes of the reasons."""
        return {str(refusal.get("code")) for refusal in self.refusals}


class Unanswered(NeighbourUnavailable):
    """A service does not answer, or is unavailable. Whether the request had an effect is unknown."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the services are."""

    books: str
    members: str
    loans: str


class Services:
    """The connections to the three services, and the tokens of the clients that machines act as."""

    def __init__(self, addresses: Addresses, http: httpx.AsyncClient) -> None:
        self._addresses = addresses
        self._http = http
        self._tokens: dict[tuple[str, str], AccessToken] = {}
        self._ready: dict[str, bool] = {}
        self._looked_at, self._looking = -_LOOKS_EVERY, asyncio.Lock()

    def for_account(self, account: MachineAccount) -> "LibraryClient":
        """Return the services with the rights of this account's client."""
        return LibraryClient(self, account)

    async def are_ready(self) -> dict[str, bool]:
        """Return for each service whether it is ready, cached for a second because all machines ask repeatedly."""
        async with self._looking:
            if time.monotonic() - self._looked_at >= _LOOKS_EVERY:
                self._ready = await self._look()
                self._looked_at = time.monotonic()
            return self._ready

    async def _look(self) -> dict[str, bool]:
        async def ready(base: str) -> bool:
            try:
                health = await self._http.get(f"{base}/health/ready")
                return health.status_code == 200 and health.json()["checks"]["database"] == "ok"
            except (httpx.HTTPError, ValueError, KeyError, TypeError):
                return False

        names = ("books", "members", "loans")
        states = await asyncio.gather(*(ready(getattr(self._addresses, name)) for name in names))
        return dict(zip(names, states, strict=True))

    async def exchange(
        self,
        account: MachineAccount,
        method: str,
        service: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> httpx.Response:
        """Return the answer of a service to a request with the token of the account's client. Raises Unanswered."""
        url, more = f"{getattr(self._addresses, service)}/v1/{path}", dict(headers or {})
        harmless = method == "GET" or path == _VERIFY or "Idempotency-Key" in more
        token, is_second_try = self._token_of(account), False
        while True:
            text = await token.text()
            all_headers = {"Authorization": f"Bearer {text}", **_context(), **more}
            answer = await self._send(method, url, may_repeat=harmless, headers=all_headers, **request)
            if is_second_try or not _is_of_the_token(answer):
                return answer
            token.forget(text)
            is_second_try = True

    def _token_of(self, account: MachineAccount) -> AccessToken:
        """Return the token of the account's client, shared by all accounts with the same client."""
        who = (account.client_id, account.client_secret.get_secret_value())
        token = self._tokens.get(who)
        if token is None:
            token = self._tokens[who] = AccessToken(partial(self._request_token, who))
        return token

    async def _request_token(self, who: tuple[str, str]) -> IssuedToken:
        form, url = {"grant_type": "client_credentials"}, f"{self._addresses.members}/v1/auth/token"
        in_need = not self._tokens[who].lasts
        answer = await self._send("POST", url, may_repeat=in_need, data=form, auth=httpx.BasicAuth(*who))
        try:
            return IssuedToken.model_validate(_parsed(answer))
        except ValidationError:
            raise Unanswered("what came is no token") from None

    async def _send(self, method: str, url: str, *, may_repeat: bool, **request: Any) -> httpx.Response:
        """Return the answer to one request. Raises Unanswered.

        If repeating is safe, a service that is busy or drops the connection is asked again in a moment; one that is
        down is not.
        """
        pauses = iter(_PAUSES if may_repeat else ())
        while True:
            pause = next(pauses, None)
            try:
                answer = await self._http.request(method, url, **request)
            except httpx.HTTPError as error:
                if pause is None or not isinstance(error, _DROPPED):
                    raise Unanswered(str(error)) from error
            else:
                if pause is None or answer.status_code != _BUSY:
                    return answer
            await asyncio.sleep(pause)


def _context() -> dict[str, str]:
    """Return the headers that link all calls for one message in the logs of the services."""
    context = current()
    return {} if context is None else {"X-Request-ID": context.request_id, "traceparent": context.traceparent}


def _is_of_the_token(answer: httpx.Response) -> bool:
    """Return whether the token was rejected, as opposed to a wrong PIN."""
    if answer.status_code != 401:
        return False
    try:
        return bool(answer.json()["code"] != "wrong-card-or-pin")
    except (ValueError, KeyError, TypeError):
        return True


def _parsed(answer: httpx.Response) -> Json:
    try:
        body = answer.json() if answer.content else {}
    except ValueError:
        raise Unanswered("what came is no JSON") from None
    if answer.is_success and isinstance(body, dict):
        return body
    if answer.status_code >= 500 or answer.status_code == 429 or not isinstance(body, dict):
        raise Unanswered(f"HTTP {answer.status_code}")
    whole = {
        "code": body.get("code") or body.get("error"),
        "detail": body.get("detail") or body.get("error_description"),
    }
    raise RequestRefused(answer.status_code, body.get("errors") or [whole])


class LibraryClient:
    """The services with the rights of one account's client."""

    def __init__(self, services: Services, account: MachineAccount) -> None:
        self._services = services
        self._account = account

    async def get(self, service: str, path: str, **query: str) -> Json:
        """Get a resource. Raises Refused and Unanswered, as all methods do."""
        return _parsed(await self._services.exchange(self._account, "GET", service, path, params=query))

    async def items(self, service: str, path: str, **query: str) -> list[Json]:
        """Return the items of all pages of a list, up to a thousand."""
        found: list[Json] = []
        more = query | {"limit": str(_PAGE)}
        while len(found) < _MOST:
            page = await self.get(service, path, **more)
            found += page["items"]
            if page.get("next_cursor") is None:
                break
            more["cursor"] = page["next_cursor"]
        return found

    async def post(self, service: str, path: str, body: Json, *, key: str = "") -> Json:
        """Post a request once for each idempotency key; wait while another with the same key is at work."""
        return (await self.post_or_replay(service, path, body, key=key))[0]

    async def post_or_replay(self, service: str, path: str, body: Json, *, key: str) -> tuple[Json, bool]:
        """Post like `post`; also return whether the answer is a replay of an earlier one for this key."""
        headers = {"Idempotency-Key": key} if key else {}
        while True:
            answer = await self._services.exchange(self._account, "POST", service, path, json=body, headers=headers)
            try:
                return _parsed(answer), "Idempotency-Replayed" in answer.headers
            except RequestRefused as refused:
                if _AT_WORK not in refused.codes:
                    raise
            await asyncio.sleep(_AGAIN_AFTER)

    async def patch(self, service: str, path: str, body: Json) -> Json:
        """Patch a resource, unless it is changed concurrently."""
        present = await self._services.exchange(self._account, "GET", service, path)
        _parsed(present)
        headers = {"If-Match": present.headers.get("etag", "*"), "Content-Type": "application/merge-patch+json"}
        answer = await self._services.exchange(self._account, "PATCH", service, path, json=body, headers=headers)
        return _parsed(answer)

    async def delete(self, service: str, path: str) -> None:
        """Delete a resource."""
        _parsed(await self._services.exchange(self._account, "DELETE", service, path))

    async def member(self, card_number: str) -> Json:
        """Return the member with this card. Raises Refused for an unknown or a replaced card."""
        if not card_number:
            raise RequestRefused(404, [{"code": UNKNOWN}])
        try:
            found = await self.get("members", "members", card_number=card_number)
        except RequestRefused as refused:
            if refused.status == 422:  # no card looks like this
                raise RequestRefused(404, [{"code": UNKNOWN}]) from None
            raise
        for member in found["items"]:
            return dict(member)
        raise RequestRefused(404, [{"code": UNKNOWN}])

    async def copy(self, barcode: str) -> Json | None:
        """Return the copy with this barcode, if there is one, with the location and item type that count for now."""
        if not barcode:
            return None
        try:
            found = await self.get("books", "copies", barcode=barcode)
        except RequestRefused as refused:
            if refused.status in {404, 422}:
                return None
            raise
        return next(map(_as_now, found["items"]), None)

    async def has_pin(self, card_number: str, pin: str) -> bool:
        """Return whether this is the PIN of the card; an empty PIN never is."""
        if not pin or not card_number:
            return False
        body = {"card_number": card_number, "pin": pin}
        answer = await self._services.exchange(self._account, "POST", "members", _VERIFY, json=body)
        if answer.status_code in _WRONG_PIN and not _is_of_the_token(answer):
            return False
        _parsed(answer)
        return True


def _as_now(copy: Json) -> Json:
    """Return a copy as it counts while a temporary place holds, but for `branch`: where it belongs always."""
    temporary = copy.get("temporary") or {}
    stays = temporary.get("branch") in (None, copy["branch"])
    location = temporary.get("location") or (copy.get("location") if stays else None)
    return {**copy, "location": location, "item_type": temporary.get("item_type") or copy["item_type"]}
