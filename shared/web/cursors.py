"""Keyset pagination: each page of a list starts after the last item of the page before, without counting.

A cursor names its list and holds positions in it. A forged one gains nothing: it is parsed as strictly as any other
parameter, and the list shows only what its caller may see.
"""

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar, cast
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from fastapi import Depends, Query
from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass as checked
from starlette.requests import Request
from starlette.responses import Response

from shared.web.addresses import address_of
from shared.web.documents.described import sends_header, takes_header
from shared.web.etags import IF_NONE_MATCH
from shared.web.json.json_text import parse
from shared.web.json.strict_json import PlainDigits, ResponseModel
from shared.web.problems import Problem

_LONGEST = 1_500  # of what clients send; ours are shorter
_MOST_BACK = 10  # pages before it that a cursor remembers
_MOST_BYTES_BACK = 800  # of its content with them; with long positions it remembers fewer

Item = TypeVar("Item")
Position = TypeVar("Position")


@checked(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class _Mark:
    """The content of a cursor: the list, the position after which its page begins, and those of the pages before.

    The latest of those is last. `whole`: they reach back to the second page, the first that has a position.
    """

    of: str
    at: list[Any]
    way: Annotated[list[list[Any]], Field(max_length=_MOST_BACK)]
    whole: bool


@dataclass(frozen=True, slots=True)
class Cursors:
    """The cursors of the list named `of`; those of other lists are refused."""

    of: str

    def write(self, position: Sequence[Any], *, behind: str | None = None) -> str:
        """Return the cursor of a position: the sort key of the last item (texts, numbers, ids, moments, days).

        `behind` is the cursor of the page that ends at this position; None for the first page. Raises the 422
        `invalid-cursor` if it does not belong to this list.
        """
        before = None if behind is None else self._parse(behind)
        way, is_whole = ([*before.way, before.at], before.whole) if before else ([], True)
        while True:
            way, is_whole = way[-_MOST_BACK:], is_whole and len(way) <= _MOST_BACK
            raw = self._as_json(position, way, is_whole=is_whole)
            if not way or len(raw) <= _MOST_BYTES_BACK:
                return _written(raw)
            way, is_whole = way[1:], False

    def before(self, cursor: str) -> str | None:
        """Return the cursor of the page before the one that `cursor` leads to: empty for the first page of the list.

        None if the cursor does not reach back so far.
        """
        here = self._parse(cursor)
        if not here.way:
            return "" if here.whole else None
        return _written(self._as_json(here.way[-1], here.way[:-1], is_whole=here.whole))

    def read(self, cursor: str, shape: type[Position]) -> Position:
        """Return the position that `cursor` marks, as a tuple of type `shape`: `tuple[str, UUID]`.

        Raises the 422 `invalid-cursor` for anything that is not a cursor of this list.
        """
        try:
            raw = _as_json(self._parse(cursor).at)
            position: Position = _adapter(cast("Any", shape)).validate_json(raw, strict=True)
        except ValueError:  # pydantic's ValidationError is one
            raise _invalid() from None
        return position

    def _parse(self, cursor: str) -> _Mark:
        if len(cursor) > _LONGEST:
            raise _invalid()
        try:
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            parse(raw)  # refuses what two parsers could understand differently
            mark: _Mark = _adapter(_Mark).validate_json(raw, strict=True)
        except (ValueError, Problem):
            raise _invalid() from None
        if mark.of != self.of or _written(raw) != cursor:
            raise _invalid()
        return mark

    def _as_json(self, position: Sequence[Any], way: Sequence[Sequence[Any]], *, is_whole: bool) -> bytes:
        return _as_json({"of": self.of, "at": list(position), "way": way, "whole": is_whole})


async def cursors_at(request: Request) -> Cursors:
    """Return the cursors of the list at this address, and keep them for `listing`."""
    root = request.scope.get("root_path", "")
    found = Cursors(request.scope["path"].removeprefix(root))
    request.state.cursors = found
    return found


@sends_header("Link", "ETag")
@takes_header(IF_NONE_MATCH)
async def _cursors(request: Request) -> Cursors:
    return await cursors_at(request)


CursorsHere = Annotated[Cursors, Depends(_cursors)]
"""The cursors of the list at this address."""


@dataclass(frozen=True, slots=True)
class PageParameters:
    """The page of a list: at most `limit` items after the position of `cursor`; None for the first page."""

    limit: int
    cursor: str | None
    cursors: Cursors

    def after(self, shape: type[Position]) -> Position | None:
        """Return the position after which the page starts, as a tuple of type `shape`; None for the first page.

        Raises the 422 `invalid-cursor`.
        """
        return None if self.cursor is None else self.cursors.read(self.cursor, shape)


class Listing(ResponseModel, Generic[Item]):
    """One page of a list, and the cursor of the next one."""

    items: list[Item]
    next_cursor: str | None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Return the name for clients: a list of `ThingView` is a `ThingListResponse`."""
        return f"{params[0].__name__.removesuffix('Response').removesuffix('View')}ListResponse"


AnyCursor = Query(
    description="`next_cursor` of the page before.",
    json_schema_extra={"minLength": 1, "maxLength": _LONGEST, "pattern": "^[A-Za-z0-9_-]+$"},
)
"""A cursor as the OpenAPI document describes it; its content is checked when it is read."""


@dataclass(frozen=True, slots=True)
class ListPage(PageParameters):
    """A part of a list, as `request` asks for it and `response` shows it."""

    request: Request
    response: Response

    def after_id(self) -> UUID | None:
        """Return the id after which the page starts, in a list sorted by id. Raises `invalid-cursor`."""
        position = self.after(tuple[UUID])
        return position[0] if position else None

    def listing(self, found: Sequence[Item], position: Callable[[Item], Sequence[Any]]) -> Listing[Item]:
        """Return the page of the items found; one item more than its limit means that another page follows."""
        items = found[: self.limit]
        return self.ending(items, position(items[-1]) if len(found) > self.limit else None)

    def ending(self, items: Iterable[Item], last: Sequence[Any] | None) -> Listing[Item]:
        """Return the page of `items`; the list continues after the position `last`, if given."""
        return listing(self.request, items, last, self.response)

    def between(self, before: Sequence[Any] | None, last: Sequence[Any] | None) -> tuple[str | None, str | None]:
        """Return the cursors of the pages before and behind a part that has a list's own positions on both sides.

        They are in the `Link` of the answer, too.
        """
        prev, following = (None if each is None else self.cursors.write(each) for each in (before, last))
        _link(self.request, self.response, {"next": following, "prev": prev, "first": ""})
        return prev, following


_Limit = Annotated[int, Query(ge=1, le=100, description="Most items wanted."), PlainDigits]


async def _page(
    request: Request,
    response: Response,
    cursors: CursorsHere,
    limit: _Limit = 20,
    cursor: Annotated[str | None, AnyCursor] = None,
) -> ListPage:
    return ListPage(limit, cursor, cursors, request, response)


async def _first_page(request: Request, response: Response, cursors: CursorsHere, limit: _Limit = 20) -> ListPage:
    return ListPage(limit, None, cursors, request, response)


Page = Annotated[ListPage, Depends(_page)]
"""`limit` and `cursor` of a list route, and its answer."""

FirstPage = Annotated[ListPage, Depends(_first_page)]
"""`limit` of a route that changes a list and answers with its first page."""


def listing(request: Request, items: Iterable[Item], last: Sequence[Any] | None, response: Response) -> Listing[Item]:
    """Return a page, and set its `Link` to those around it; the next one, if any, starts after `last`."""
    cursors: Cursors = request.state.cursors
    here = next((value for name, value in _query(request) if name == "cursor"), None)
    next_cursor = None if last is None else cursors.write(last, behind=here)
    prev = None if here is None else cursors.before(here)
    _link(request, response, {"next": next_cursor, "prev": prev, "first": ""})
    return Listing(items=list(items), next_cursor=next_cursor)


def _link(request: Request, response: Response, others: Mapping[str, str | None]) -> None:
    """Set the `Link` of an answer to other parts of its list, by the names of their relations."""
    rest = [pair for pair in _query(request) if pair[0] != "cursor"]
    response.headers["link"] = ", ".join(
        f'<{address_of(request, urlencode([*rest, ("cursor", cursor)] if cursor else rest))}>; rel="{name}"'
        for name, cursor in others.items()
        if cursor is not None
    )


def _query(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)


@lru_cache(maxsize=64)
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _as_json(content: Any) -> bytes:
    return json.dumps(content, default=_as_text, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _invalid() -> Problem:
    errors = [
        {"pointer": "/cursor", "in": "query", "code": "invalid-cursor", "detail": "This is not a cursor of this list."}
    ]
    return Problem(
        422, "invalid-cursor", "Use next_cursor of the page before, or start again without a cursor.", errors=errors
    )


def _as_text(value: object) -> str:
    if isinstance(value, date):  # a moment is one, too
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a cursor")
