"""Who looks at the catalogue, and how much of it is shown to them."""

from dataclasses import dataclass

STAFF_FIELDS = ("condition", "staff_note", "price")
"""The fields of a copy that only staff read; to everybody else they are as if they were empty."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks at the catalogue; `reads_staff_fields` of copies."""

    reads_staff_fields: bool = False


PUBLIC = Viewer()
STAFF = Viewer(reads_staff_fields=True)
