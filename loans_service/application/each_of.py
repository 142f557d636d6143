"""Read a long list page by page."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

AT_ONCE = 500
"""How long a page is."""

Item = TypeVar("Item")
Place = TypeVar("Place")


async def each_of(
    page_behind: Callable[[Place | None], Awaitable[Sequence[Item]]], place: Callable[[Item], Place]
) -> AsyncIterator[Item]:
    """Yield all items of a list. `page_behind` finds some behind a place, None being the beginning."""
    behind: Place | None = None
    while page := await page_behind(behind):
        for item in page:
            yield item
        behind = place(page[-1])
