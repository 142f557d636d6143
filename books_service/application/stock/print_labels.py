"""Print labels for copies."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from books_service.application.stock.queries.labels import LabelQueries
from books_service.domain.stock.label import CopiesNotFound, CopyLabel, LabelKind
from shared.kernel.errors import refuses
from shared.kernel.sheets import CharacterNotInCode, CodeTooWide, Sheet, SheetOffPage, Symbology, UnknownSheet

MOST_LABELS = 500


@dataclass(frozen=True, slots=True)
class LabelOrder:
    """For which copies, which label, on which sheet; `skip` labels of its first page are used up already."""

    copy_ids: Sequence[UUID]
    kind: LabelKind
    sheet: Sheet
    symbology: Symbology
    skip: int


DrawLabels = Callable[[Sequence[CopyLabel], LabelOrder], Awaitable[bytes]]
"""Returns the pages as PDF. Raises CharacterNotInCode or CodeTooWide."""


@refuses(CopiesNotFound, UnknownSheet, SheetOffPage, CodeTooWide, CharacterNotInCode)
@dataclass(frozen=True, slots=True)
class PrintLabels:
    """Print labels for copies as PDF.

    - `barcode` is the label inside: title, barcode as a code and in digits, shelf mark and branch. `spine` is the label
      on the spine: the shelf mark, a line for each of its parts, and the volume.
    - Labels come in the order of `copy_ids`; a copy named twice has two. Up to 500 at once.
    - A barcode that would be too narrow to be scanned is refused, and nothing is printed.
    - Code 39 has capitals alone: small letters of a barcode become capitals, and are found all the same.
    """

    queries: LabelQueries
    draw: DrawLabels

    async def __call__(self, order: LabelOrder) -> bytes:
        """Return the PDF. Raises CopiesNotFound, CodeTooWide or CharacterNotInCode."""
        return await self.draw(await self.queries.labels(order.copy_ids), order)
