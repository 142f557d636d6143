"""Lists page by page, each page starting behind the last thing of the one before: never by counting.

A cursor is signed, together with the address of its list: what was not made here for that list is neither read nor
looked for.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar, cast
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from fastapi import Depends, Query
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from shared.web.documents.described import sends_header
from shared.web.json.json_text import parse
from shared.web.json.strict_json import PlainDigits, ResponseModel
from shared.web.problems import Problem

_SIGNATURE = 16
_LONGEST = 1_500  # of what is sent in; ours are shorter

Item = TypeVar("Item")
Place = TypeVar("Place")

CursorKey = Callable[[], Awaitable[bytes]]
"""Gives the secret under which a service signs its cursors, the same in all its processes."""


@dataclass(frozen=True, slots=True)
class Cursors:
    """The cursors of one list. `of` names it; those of other lists, and forged ones, are refused unread."""

    key: bytes
    of: str

    def write(self, place: Sequence[Any]) -> str:
        """Return the cursor of a place: the sort key of the last thing shown (texts, numbers, ids, moments)."""
        raw = json.dumps(list(place), default=_as_text, ensure_ascii=False, separators=(",", ":")).encode()
        return _written(self._signature(raw) + raw)

    def read(self, cursor: str, shape: type[Place]) -> Place:
        """Return the place that `cursor` marks, as a tuple of type `shape`: `tuple[str, UUID]`.

        Raises the 422 `invalid-cursor` for whatever is not a cursor of this list.
        """
        if len(cursor) > _LONGEST:
            raise _invalid()
        try:
            whole = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            signature, raw = whole[:_SIGNATURE], whole[_SIGNATURE:]
            if not hmac.compare_digest(signature, self._signature(raw)) or _written(whole) != cursor:
                raise _invalid()
            parse(raw)
            place: Place = _adapter(cast("Any", shape)).validate_json(raw, strict=True)
        except (ValueError, Problem):  # pydantic's ValidationError is a ValueError
            raise _invalid() from None
        return place

    def _signature(self, raw: bytes) -> bytes:
        signed = self.of.encode("utf-8", "surrogatepass") + b"\0" + raw
        return hashlib.blake2b(signed, key=self.key, digest_size=_SIGNATURE).digest()


async def cursors_at(request: Request) -> Cursors:
    """Return the cursors of what is at this address, and let `listing` find them."""
    root = request.scope.get("root_path", "")
    found = Cursors(await request.app.state.cursor_key(), request.scope["path"].removeprefix(root))
    request.state.cursors = found
    return found


@sends_header("Link")
async def _cursors(request: Request) -> Cursors:
    return await cursors_at(request)


CursorsHere = Annotated[Cursors, Depends(_cursors)]
"""The cursors of the list at this address."""


@dataclass(frozen=True, slots=True)
class PageWanted:
    """Which part of a list: at most `limit` items, behind the place that `cursor` marks (None: from the start)."""

    limit: int
    cursor: str | None
    cursors: Cursors

    def after(self, shape: type[Place]) -> Place | None:
        """Return the place behind which the page starts, as a tuple of type `shape`, or None for the first page.

        Raises the 422 `invalid-cursor`.
        """
        return None if self.cursor is None else self.cursors.read(self.cursor, shape)


class Listing(ResponseModel, Generic[Item]):
    """One page of a list, and the cursor of the next one."""

    items: list[Item]
    next_cursor: str | None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Return the name under which clients know it: a list of `ThingView` is a `ThingListResponse`."""
        return f"{params[0].__name__.removesuffix('Response').removesuffix('View')}ListResponse"


AnyCursor = Query(
    description="`next_cursor` of the page before.",
    json_schema_extra={"minLength": 1, "maxLength": _LONGEST, "pattern": "^[A-Za-z0-9_-]+$"},
)
"""What the document says of a cursor; whatever is none is `invalid-cursor`."""


@dataclass(frozen=True, slots=True)
class ListPage(PageWanted):
    """A part of a list, as `request` asks for it and `response` shows it."""

    request: Request
    response: Response

    def after_id(self) -> UUID | None:
        """Return the id behind which the page starts, in a list whose places are ids. Raises `invalid-cursor`."""
        place = self.after(tuple[UUID])
        return place[0] if place else None

    def listing(self, found: Sequence[Item], place: Callable[[Item], Sequence[Any]]) -> Listing[Item]:
        """Show what was found: one item more than the page holds says that there is another page."""
        items = found[: self.limit]
        return self.ending(items, place(items[-1]) if len(found) > self.limit else None)

    def ending(self, items: Iterable[Item], last: Sequence[Any] | None) -> Listing[Item]:
        """Show `items`, and that the list goes on behind the place `last`, if there is one."""
        return listing(self.request, items, last, self.response)


async def _page(
    request: Request,
    response: Response,
    cursors: CursorsHere,
    limit: Annotated[int, Query(ge=1, le=100, description="Most items wanted."), PlainDigits] = 20,
    cursor: Annotated[str | None, AnyCursor] = None,
) -> ListPage:
    return ListPage(limit, cursor, cursors, request, response)


Page = Annotated[ListPage, Depends(_page)]
"""`limit` and `cursor` of a list route, and what it answers."""


def listing(request: Request, items: Iterable[Item], last: Sequence[Any] | None, response: Response) -> Listing[Item]:
    """Return a page, and set its `Link` to the next one, behind the place `last`; None where there is none."""
    next_cursor = None
    if last is not None:
        cursors: Cursors = request.state.cursors
        next_cursor = cursors.write(last)
        query = [
            pair
            for pair in parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
            if pair[0] != "cursor"
        ]
        target = f"{request.scope['path']}?{urlencode([*query, ('cursor', next_cursor)])}"
        response.headers["link"] = f'<{target}>; rel="next"'
    return Listing(items=list(items), next_cursor=next_cursor)


@lru_cache(maxsize=64)
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _written(whole: bytes) -> str:
    return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()


def _invalid() -> Problem:
    errors = [
        {"pointer": "/cursor", "in": "query", "code": "invalid-cursor", "detail": "This is not a cursor of this list."}
    ]
    return Problem(
        422, "invalid-cursor", "Use next_cursor of the page before, or start again without a cursor.", errors=errors
    )


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a cursor")
