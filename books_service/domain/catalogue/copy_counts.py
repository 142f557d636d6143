"""How many copies of a book there are, as the catalogue counts them: it knows no single one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CopyCounts:
    """How many copies of a book there are; how many may be lent at all; how many are where.

    `hidden_copies` of the copies are not shown to the public, and counted nowhere else.
    """

    copies: int
    lendable: int
    available: int
    requested: int
    on_loan: int
    on_hold_shelf: int
    hidden_copies: int = 0

    def __add__(self, other: "CopyCounts") -> "CopyCounts":
        return CopyCounts(
            self.copies + other.copies,
            self.lendable + other.lendable,
            self.available + other.available,
            self.requested + other.requested,
            self.on_loan + other.on_loan,
            self.on_hold_shelf + other.on_hold_shelf,
            self.hidden_copies + other.hidden_copies,
        )


NO_COPIES = CopyCounts(0, 0, 0, 0, 0, 0)
