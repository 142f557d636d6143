"""The table of statuses: what the library may say of a copy, and what follows from it."""

from dataclasses import dataclass
from enum import StrEnum


class CopyStatus(StrEnum):
    """What the library says of a copy. What follows from it stands in the table below."""

    IN_SERVICE = "in_service"
    REFERENCE_ONLY = "reference_only"
    IN_REPAIR = "in_repair"
    MISSING = "missing"
    WITHDRAWN = "withdrawn"

    @property
    def lendable(self) -> bool:
        """Whether copies of this status are lent."""
        return _TABLE[self].lendable

    @property
    def final(self) -> bool:
        """Whether only an admin takes the word back. It is not said of a copy that a borrower still has."""
        return _TABLE[self].final

    @property
    def sentence(self) -> str:
        """What a person is told of such a copy."""
        return _TABLE[self].sentence


@dataclass(frozen=True, slots=True)
class _Row:
    lendable: bool
    final: bool
    sentence: str


# Whoever makes a status lendable, or no longer, lets a migration count the stock of every book anew.
_TABLE = {
    CopyStatus.IN_SERVICE: _Row(lendable=True, final=False, sentence="This copy is in service."),
    CopyStatus.REFERENCE_ONLY: _Row(lendable=False, final=False, sentence="This copy is for use in the library only."),
    CopyStatus.IN_REPAIR: _Row(lendable=False, final=False, sentence="This copy is being repaired."),
    CopyStatus.MISSING: _Row(
        lendable=False,
        final=False,
        sentence="This copy counts as missing. If it is in your hands, put it back into service first.",
    ),
    CopyStatus.WITHDRAWN: _Row(
        lendable=False, final=True, sentence="This copy was withdrawn from the library's stock."
    ),
}
