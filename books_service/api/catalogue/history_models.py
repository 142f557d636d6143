"""The form in which a history is shown, page by page."""

from typing import Annotated, Any, Literal

from fastapi import Request, Response
from pydantic import ConfigDict, Field

from books_service.application.catalogue.history import Change
from shared.web.cursors import Listing, PageWanted, listing
from shared.web.json.strict_json import Moment, ResponseModel


class FieldChangeResponse(ResponseModel):
    """What a field said before and after."""

    field: str
    before: Any
    after: Any


class ChangeResponse(ResponseModel):
    """What somebody did. `by` is an account or a service; null is the library itself, by a command."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": "2026-03-01T09:30:00Z",
                    "by": "01a20f54-4227-75ff-abbe-b9f688e1665a",
                    "act": "revised",
                    "changed": [{"field": "edition", "before": None, "after": "2nd"}],
                }
            ]
        }
    )

    at: Moment
    by: str | None
    act: Literal["added", "revised", "status_changed", "removed"]
    changed: list[FieldChangeResponse]


def place_in_history(page: PageWanted) -> int | None:
    """Return the place before which the page starts."""
    place = page.after(tuple[Annotated[int, Field(ge=1)]])
    return place[0] if place else None


def history_shown(
    found: list[Change], page: PageWanted, request: Request, response: Response
) -> Listing[ChangeResponse]:
    """Return the answer; `found` may hold one more than a page, which says that there is another."""
    shown = found[: page.limit]
    last = (shown[-1].place,) if len(found) > page.limit else None
    return listing(request, [ChangeResponse.of(change) for change in shown], last, response)
