"""The form in which a history is shown, page by page."""

from typing import Annotated, Any

from pydantic import Field

from books_service.application.catalogue.history import Change
from shared.web.cursors import Listing, ListPage

A_CHANGE: dict[str, Any] = {
    "place": 17,
    "at": "2026-03-01T09:30:00Z",
    "by": "01a20f54-4227-75ff-abbe-b9f688e1665a",
    "act": "revised",
    "changed": [{"field": "edition", "before": None, "after": "2nd"}],
}


def place_in_history(page: ListPage) -> int | None:
    """Return the place before which the page starts."""
    place = page.after(tuple[Annotated[int, Field(ge=1)]])
    return place[0] if place else None


def history_shown(found: list[Change], page: ListPage) -> Listing[Change]:
    """Return the answer; `found` may hold one more than a page, which says that there is another."""
    return page.listing(found, lambda last: (last.place,))
