"""The table of statuses: what the library may say of a copy, and what follows from it."""

from dataclasses import dataclass
from enum import StrEnum


class CopyStatus(StrEnum):
    """What the library says of a copy. What follows from it stands in the table below."""

    ON_ORDER = "on_order"
    IN_PROCESSING = "in_processing"
    IN_SERVICE = "in_service"
    REFERENCE_ONLY = "reference_only"
    IN_REPAIR = "in_repair"
    DAMAGED = "damaged"
    MISSING = "missing"
    LOST = "lost"
    WITHDRAWN = "withdrawn"

    @property
    def lendable(self) -> bool:
        """Whether copies of this status are lent."""
        return _TABLE[self].lendable

    @property
    def holdable(self) -> bool:
        """Whether it is worth waiting for a copy of this status: it is lent now, or may be again."""
        return _TABLE[self].holdable

    @property
    def turns_up(self) -> bool:
        """Whether a copy of this status goes back into service when somebody scans it."""
        return _TABLE[self].turns_up

    @property
    def final(self) -> bool:
        """Whether only an admin takes it back. A copy that a borrower has is not given it."""
        return _TABLE[self].final

    @property
    def public(self) -> bool:
        """Whether the public is shown copies of this status: the library still has them, or will."""
        return _TABLE[self].public

    @property
    def sentence(self) -> str:
        """What a person is told of such a copy."""
        return _TABLE[self].sentence


@dataclass(frozen=True, slots=True)
class _Row:
    sentence: str
    lendable: bool = False
    holdable: bool = False
    turns_up: bool = False
    final: bool = False
    public: bool = True


# A change of what is lendable or public needs a migration that counts the stock of every book anew.
_TABLE = {
    CopyStatus.ON_ORDER: _Row("This copy is on order.", holdable=True),
    CopyStatus.IN_PROCESSING: _Row("This copy is being made ready for the shelf.", holdable=True),
    CopyStatus.IN_SERVICE: _Row("This copy is in service.", lendable=True, holdable=True),
    CopyStatus.REFERENCE_ONLY: _Row("This copy is for use in the library only."),
    CopyStatus.IN_REPAIR: _Row("This copy is being repaired.", holdable=True),
    CopyStatus.DAMAGED: _Row("This copy is damaged. Have it repaired or withdraw it.", holdable=True),
    CopyStatus.MISSING: _Row(
        "This copy counts as missing. If it is in your hands, put it back into service first.",
        holdable=True,
        turns_up=True,
    ),
    CopyStatus.LOST: _Row(
        "This copy counts as lost. If it is in your hands, put it back into service first.",
        turns_up=True,
        public=False,
    ),
    CopyStatus.WITHDRAWN: _Row("This copy was withdrawn from the library's stock.", final=True, public=False),
}
