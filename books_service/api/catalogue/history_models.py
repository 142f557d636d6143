"""The form in which a history is shown, page by page."""

from typing import Annotated

from pydantic import Field

from books_service.application.catalogue.history import CatalogueChange
from shared.web.cursors import Listing, ListPage


def place_in_history(page: ListPage) -> int | None:
    """Return the place before which the page starts."""
    place = page.after(tuple[Annotated[int, Field(ge=1)]])
    return place[0] if place else None


def history_page(found: list[CatalogueChange], page: ListPage) -> Listing[CatalogueChange]:
    """Return a page of changes; `found` holds one more if there is another page."""
    return page.listing(found, lambda last: (last.place,))
