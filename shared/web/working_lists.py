"""Working lists: what is to be looked through and worked off, each a table with filters, in pages or as CSV.

A service says what its lists hold and which filters they take; names, pages, columns and files are the same for all.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol, cast

from fastapi import APIRouter, Depends, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

from shared.web.csv_lists import CSV, CSV_ANSWER, JSON, as_csv, guarded, preferred
from shared.web.cursors import Listing, Page
from shared.web.json.strict_json import ResponseModel, StrictRoute

TAG = {"name": "lists", "description": "Working lists: what is to be looked through, in pages or as CSV."}

Placed = tuple[Sequence[Any], Any]
"""A row, behind its position in the list; None at the end of a part that is short although the list goes on."""

_AT_ONCE = 500
_OF_PAGES = frozenset({"limit", "cursor"})


class Read(Protocol):
    """Reads a part of a list, which the filters of a request have narrowed down."""

    def __call__(self, *, after: Any, limit: int, more: int) -> Awaitable[Sequence[Placed]]:
        """Return up to `limit` rows behind a position, and up to `more` behind them, which nobody is shown."""
        ...


class ListFilterResponse(ResponseModel):
    """A parameter that narrows a list down."""

    name: str
    description: str


class WorkingListResponse(ResponseModel):
    """A list: its columns, the parameters that narrow it down, and the route that gives the same rows, if one does."""

    name: str
    title: str
    description: str
    columns: list[str]
    filters: list[ListFilterResponse]
    same_rows: str | None


class WorkingListsResponse(ResponseModel):
    """The lists of a service."""

    items: list[WorkingListResponse]


class WorkingLists:
    """The lists of a service, and the routes that show them; that of their names is the operation of this id."""

    def __init__(self, operation_id: str) -> None:
        self.router = APIRouter(prefix="/v1/lists", route_class=StrictRoute, tags=["lists"])
        self._known: list[WorkingListResponse] = []
        self.router.add_api_route(
            "",
            self._names,
            operation_id=operation_id,
            summary="Name the working lists",
            response_model=WorkingListsResponse,
        )

    def add(
        self,
        name: str,
        row: type,
        read: Callable[..., Awaitable[Read]],
        *,
        place: Any,
        title: str,
        description: str,
        same_rows: str | None = None,
        refusals: dict[int | str, dict[str, Any]] | None = None,
    ) -> None:
        """Add the list of this name. `read` is a dependency, whose parameters are the filters.

        `row` is a dataclass of flat values, whose fields are the columns; `place` is the type of a position.
        """
        columns, pages = [each.name for each in fields(row)], cast("Any", Listing)

        async def show(page: Page, request: Request, rows: Annotated[Read, Depends(read)]) -> Any:
            if preferred(request, JSON, CSV) == CSV:
                # What is refused is refused before the answer begins.
                first = await rows(after=None, limit=_AT_ONCE, more=0)
                return as_csv(name, columns, _cells(columns, rows, first))
            found = await rows(after=page.after(place), limit=page.limit, more=1)
            shown = found[: page.limit]
            last = shown[-1][0] if len(found) > page.limit or _is_short(found) else None
            return page.ending([each for _, each in shown if each is not None], last)

        self.router.add_api_route(
            f"/{name}",
            show,
            operation_id=f"get_list_{name.replace('-', '_')}",
            summary=title,
            description=f"{description}\n\nAs `text/csv` all of it comes at once.",
            response_model=pages[row],
            responses={**(refusals or {}), **CSV_ANSWER},
        )
        self._known.append(
            WorkingListResponse(
                name=name,
                title=title,
                description=description,
                columns=columns,
                filters=_filters(self.router.routes[-1]),
                same_rows=same_rows,
            )
        )

    async def _names(self) -> WorkingListsResponse:
        """Each is at `/v1/lists/{name}`, with the filters that are named here."""
        return WorkingListsResponse(items=self._known)


def _filters(route: Any) -> list[ListFilterResponse]:
    assert isinstance(route, APIRoute)  # noqa: S101 - what was just added
    return [
        ListFilterResponse(name=field.alias, description=field.field_info.description or "")
        for field in get_flat_params(route.dependant)
        if field.alias not in _OF_PAGES
    ]


async def _cells(columns: Iterable[str], read: Read, found: Sequence[Placed]) -> AsyncIterator[list[str]]:
    """Yield the rows that were found, and all behind them, as the cells of a file."""
    names = list(columns)
    while found:
        for _, row in found:
            if row is not None:
                yield [_cell(getattr(row, name)) for name in names]
        if len(found) < _AT_ONCE and not _is_short(found):
            return
        found = await read(after=found[-1][0], limit=_AT_ONCE, more=0)


def _is_short(found: Sequence[Placed]) -> bool:
    """Return whether the list goes on behind these although they are fewer than were asked for."""
    return bool(found) and found[-1][1] is None


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, str):
        return guarded(value)
    return guarded("; ".join(map(str, value))) if isinstance(value, tuple) else str(value)


def a_sample(name: str, row: type) -> WorkingListsResponse:
    """Return a sample of what names the lists."""
    branch = ListFilterResponse(name="branch", description="In this branch.")
    columns = [each.name for each in fields(row)]
    one = WorkingListResponse(
        name=name, title="List …", description="…", columns=columns, filters=[branch], same_rows=None
    )
    return WorkingListsResponse(items=[one])
