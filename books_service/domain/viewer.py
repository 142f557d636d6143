"""Who looks at the catalogue, and how much of it is shown to them."""

from dataclasses import dataclass

STAFF_FIELDS = ("condition", "staff_note", "keep_reason", "price")
"""The fields of a copy that only staff read; to everybody else they are as if they were empty."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks at the catalogue.

    `sees_hidden`: also the titles and copies that are hidden from the public. `reads_staff_fields` of copies.
    """

    sees_hidden: bool = False
    reads_staff_fields: bool = False


PUBLIC = Viewer()
DESK = Viewer(sees_hidden=True)
"""Who lends and takes back, machines too: any copy may be put into their hands."""
STAFF = Viewer(sees_hidden=True, reads_staff_fields=True)
"""Who looks after the catalogue."""
