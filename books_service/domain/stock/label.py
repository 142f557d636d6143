"""What is printed on the label of a copy."""

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from shared.kernel.errors import NotFound

MOST_LINES = 6
_PARTS = re.compile(r"\s+|(?<=/)")


class LabelKind(StrEnum):
    """Which label of a copy: inside with its barcode, or on its spine with its shelf mark."""

    BARCODE = "barcode"
    SPINE = "spine"


class CopiesNotFound(NotFound):
    """Some of the copies do not exist."""

    code = "copies-not-found"

    def __init__(self, copy_ids: list[UUID]) -> None:
        named = [str(copy_id) for copy_id in copy_ids]
        super().__init__(
            f"The library has no copy with the id {named[0]}. Leave out what is listed in `copy_ids`.", copy_ids=named
        )


@dataclass(frozen=True, slots=True)
class CopyLabel:
    """What the labels of a copy say."""

    copy_id: UUID
    barcode: str
    title: str
    shelf_mark: str | None
    volume: str | None
    branch: str

    @property
    def spine_lines(self) -> list[str]:
        """Return the shelf mark as it stands on a spine, a line for each of its parts; the volume ends it.

        What has too many parts keeps the rest on the last line, so that nothing of it is lost.
        """
        parts = [part for part in _PARTS.split(self.shelf_mark or "") if part]
        if self.volume is not None:
            parts.append(self.volume)
        if len(parts) > MOST_LINES:
            parts[MOST_LINES - 1 :] = [" ".join(parts[MOST_LINES - 1 :])]
        return parts
