"""Draws the labels of copies."""

import asyncio
from collections.abc import Sequence

from books_service.application.stock.print_labels import LabelOrder
from books_service.domain.stock.label import CopyLabel, LabelKind
from shared.kernel.sheets import Symbology
from shared.printing.pages import Pages

_ACROSS, _DOWN = 2.5, 1.5  # mm of a label that stay empty on each side


async def draw_labels(labels: Sequence[CopyLabel], order: LabelOrder) -> bytes:
    """Return the pages; drawn beside the event loop. Raises CharacterNotInCode or CodeTooWide."""
    return await asyncio.to_thread(_draw, labels, order)


def _draw(labels: Sequence[CopyLabel], order: LabelOrder) -> bytes:
    with Pages(order.sheet, skip=order.skip) as pages:
        for label in labels:
            if order.kind is LabelKind.SPINE:
                _draw_spine(pages, label)
            else:
                _draw_barcode(pages, label, order.symbology)
        return pages.output()


def _draw_spine(pages: Pages, label: CopyLabel) -> None:
    lines = label.spine_lines
    shares = [1.0] * max(len(lines), 3)
    for row, line in zip(pages.next_label().inset(_ACROSS, _DOWN).rows(*shares), lines, strict=False):
        pages.write(row, line, largest=16)


def _draw_barcode(pages: Pages, label: CopyLabel, symbology: Symbology) -> None:
    title, code, barcode, place = pages.next_label().inset(_ACROSS, _DOWN).rows(3, 7, 2.5, 2.5)
    pages.write(title, label.title, largest=9)
    pages.draw_code(code, label.barcode, symbology)
    pages.write(barcode, label.barcode, largest=9, centred=True)
    pages.write(place, " · ".join(filter(None, (label.shelf_mark, label.volume, label.branch))), largest=8)
