"""Draws the routing slips of periodicals."""

import asyncio
from collections.abc import Sequence

from books_service.domain.serials.issue import RoutingSlip
from shared.kernel.sheets import Box, Sheet
from shared.printing.pages import Pages

_A5 = Sheet((148, 210), 1, 1, (148, 210))
_MARGIN, _HEAD, _TALLEST = 12.0, 26.0, 12.0  # mm
_TICK, _DAY = 8.0, 32.0  # mm of a line for a tick on the left and a date on the right


async def draw_routing_slips(slips: Sequence[RoutingSlip]) -> bytes:
    """Return the pages; drawn beside the event loop."""
    return await asyncio.to_thread(_draw, slips)


def _draw(slips: Sequence[RoutingSlip]) -> bytes:
    with Pages(_A5) as pages:
        for slip in slips:
            _draw_slip(pages, slip)
        return pages.output()


def _draw_slip(pages: Pages, slip: RoutingSlip) -> None:
    page = pages.next_label().inset(_MARGIN, _MARGIN)
    title, issue = Box(page.left, page.top, page.width, _HEAD).rows(3, 2)
    pages.write(title, slip.title, largest=16)
    received = None if slip.received_on is None else slip.received_on.isoformat()
    pages.write(issue, " · ".join(filter(None, (slip.volume, received))))
    height = min((page.height - _HEAD) / (len(slip.route) + 1), _TALLEST)
    for number, station in enumerate((*slip.route, f"→ {slip.place}")):
        top = page.top + _HEAD + number * height
        pages.write(Box(page.left, top, _TICK, height), "☐")
        pages.write(Box(page.left + _TICK, top, page.width - _TICK - _DAY, height), station)
        pages.write(Box(page.left + page.width - _DAY, top, _DAY, height), "." * 24)
