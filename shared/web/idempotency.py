"""Idempotent POST requests: with the same `Idempotency-Key` an act runs once, and its answer is replayed."""

import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Annotated, TypeVar

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from shared.kernel.errors import Conflict
from shared.kernel.receipts import Receipt
from shared.persistence.receipts import KeyReused, SqlReceipts
from shared.persistence.work import AnsweredMeanwhile
from shared.web.auth import principal_of
from shared.web.documents.described import Header, sends_header, takes_header
from shared.web.problems import Problem

HEADER = "idempotency-key"
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

Answer = TypeVar("Answer")
Command = TypeVar("Command")


class KeyInUse(Conflict):
    """The same request, with the same idempotency key, is being worked on."""

    code = "idempotency-key-in-use"
    detail = "A request with this Idempotency-Key is still being worked on. Repeat it in a moment."
    retry_after = timedelta(seconds=1)


class IdempotentAct:
    """Runs the act of one request, or replays its answer."""

    def __init__(self, request: Request, response: Response, receipt: Receipt | None) -> None:
        self._request = request
        self._response = response
        self._receipt = receipt

    async def __call__(
        self, shape: type[Answer], use_case: Callable[[Command, Receipt | None], Awaitable[Answer]], command: Command
    ) -> Answer:
        """Return the answer of `use_case(command, receipt)`, or its stored answer to the same request.

        The act must commit once, with the receipt and an answer of type `shape`. A repeated request runs the act again,
        which is rolled back because its receipt exists, and only then reads the stored answer; so the many requests
        that are not repeated look up none. Raises KeyReused when the key belongs to another request, KeyInUse while the
        first one is running, and what the use case raises: a refusal is not stored, so that the key can be used again.
        """
        return await self._alone(self._act_then_look, shape, partial(use_case, command))

    async def in_parts(
        self, shape: type[Answer], use_case: Callable[[Command, Receipt | None], Awaitable[Answer]], command: Command
    ) -> Answer:
        """Do the same for an act that commits several times or is costly: the stored answer is looked up first."""
        return await self._alone(self._look_then_act, shape, partial(use_case, command))

    def of_line(self, number: int, request: bytes) -> "IdempotentAct":
        """Return the act of one line of a request with several: each line runs once, independently of the others."""
        receipt = None if self._receipt is None else self._receipt.of_line(number, request)
        return IdempotentAct(self._request, self._response, receipt)

    async def _alone(self, do: "_Way[Answer]", shape: type[Answer], act: "_Act[Answer]") -> Answer:
        """Run the act, unless another request with the same key is running in this process."""
        receipts: SqlReceipts | None = self._request.app.state.receipts
        receipt = self._receipt
        if receipt is None or receipts is None:
            return await act(None)
        running: dict[bytes, bytes] = self._request.app.state.running_keys
        if receipt.slot in running:
            raise KeyInUse if running[receipt.slot] == receipt.fingerprint else KeyReused
        running[receipt.slot] = receipt.fingerprint
        try:
            return await do(partial(receipts.find, receipt, shape), act, receipt)
        finally:
            del running[receipt.slot]

    async def _look_then_act(self, find: "_Find[Answer]", act: "_Act[Answer]", receipt: Receipt) -> Answer:
        stored = await find()
        return await self._act_then_look(find, act, receipt) if stored is None else self._again(stored)

    async def _act_then_look(self, find: "_Find[Answer]", act: "_Act[Answer]", receipt: Receipt) -> Answer:
        try:
            answer = await act(receipt)
        except Exception as error:
            # Any exception may be due to the same request having succeeded before, here or in another process.
            stored = await find()
            if stored is None and isinstance(error, AnsweredMeanwhile):
                raise KeyInUse from error
            if stored is None:
                raise
            return self._again(stored)
        # An act that found nothing to do has stored no receipt, perhaps because the same request did it before.
        stored = None if receipt.is_stored else await find()
        return answer if stored is None else self._again(stored)

    def _again(self, stored: Answer) -> Answer:
        self._response.headers["idempotency-replayed"] = "true"
        return stored


_Act = Callable[[Receipt | None], Awaitable[Answer]]
_Find = Callable[[], Awaitable[Answer | None]]
_Way = Callable[[_Find[Answer], _Act[Answer], Receipt], Awaitable[Answer]]


class IdempotentUpload:
    """Creates the IdempotentAct of a route that reads its body itself, piece by piece."""

    def __init__(self, request: Request, response: Response, *, caller: str, key: str | None) -> None:
        self._request = request
        self._response = response
        self._caller = caller
        self._key = key

    def over(self, digest: bytes) -> IdempotentAct:
        """Return the act of a request whose body has this digest."""
        receipt = _receipt_of(self._request, self._caller, self._key, _target(self._request) + digest)
        return IdempotentAct(self._request, self._response, receipt)


_takes_key = takes_header(
    Header(
        "Idempotency-Key",
        "Makes repeating this request harmless: the same key with the same body brings the first answer again. "
        "A new one for each new request, best a UUID.",
        rules={"minLength": 1, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
    )
)


@sends_header("Idempotency-Replayed")
@_takes_key
async def _once(request: Request, response: Response) -> IdempotentAct:
    key = _key_of(request)
    canonical = await _canonical(request) if key is not None else b""
    return IdempotentAct(request, response, _receipt_of(request, _caller_of(request), key, canonical))


@sends_header("Idempotency-Replayed")
@_takes_key
async def _once_streamed(request: Request, response: Response) -> IdempotentUpload:
    return IdempotentUpload(request, response, caller=_caller_of(request), key=_key_of(request))


def _receipt_of(request: Request, caller: str, key: str | None, canonical: bytes) -> Receipt | None:
    receipts: SqlReceipts | None = request.app.state.receipts
    if key is None or receipts is None:
        return None
    return receipts.receipt_of(caller=caller, key=key, request=canonical)


def _key_of(request: Request) -> str | None:
    keys = request.headers.getlist(HEADER)
    if not keys:
        return None
    key = keys[0]
    if len(key) >= 2 and key[0] == key[-1] == '"':  # the draft standard quotes it, most clients do not
        key = key[1:-1]
    if len(keys) > 1 or not _KEY.fullmatch(key):
        detail = "An Idempotency-Key has 1 to 255 visible ASCII characters, and is given once."
        raise Problem(422, "invalid-idempotency-key", detail)
    return key


def _caller_of(request: Request) -> str:
    principal = principal_of(request)
    return "anonymous" if principal is None else f"{principal.subject} {principal.client_id}"


async def _canonical(request: Request) -> bytes:
    """Return the request in a canonical form that does not depend on the formatting of its JSON."""
    body: bytes = await request.body()
    if body and "json" in request.headers.get("content-type", ""):
        value = await request.json()
        body = _CANONICAL.encode(value).encode()
    return _target(request) + body


def _target(request: Request) -> bytes:
    query: bytes = request.scope["query_string"]
    return f"{request.method} {request.scope['path']}?".encode() + query + b"\n"


Once = Annotated[IdempotentAct, Depends(_once)]
"""`await once(ShapeOfAnswer, use_case, command)` in a POST route."""

StreamedOnce = Annotated[IdempotentUpload, Depends(_once_streamed)]
"""`await once.over(digest)(ShapeOfAnswer, use_case, command)` in a POST route that reads its body itself."""
