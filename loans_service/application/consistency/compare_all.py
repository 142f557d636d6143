"""Compare everything in one go, for operators."""

from dataclasses import dataclass

from loans_service.application.consistency.check_consistency import CheckConsistency, CheckPlace, RepairConsistency


@dataclass(frozen=True, slots=True)
class Compared:
    """How many copies were compared, differ, were republished and are in two places; how much money does not add up.

    `balances_wrong` counts fines, `sums_wrong` currencies, and `tills_wrong` tills.
    """

    checked: int = 0
    differing: int = 0
    republished: int = 0
    in_two_places: int = 0
    balances_wrong: int = 0
    sums_wrong: int = 0
    tills_wrong: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left to do: books will correct what was republished."""
        wrong = self.in_two_places or self.balances_wrong or self.sums_wrong or self.tills_wrong
        return self.differing == self.republished and not wrong


@dataclass(frozen=True, slots=True)
class CompareAll:
    """Check part after part until all is checked; with `repair`, republish the state of each copy that differs."""

    check: CheckConsistency
    repair: RepairConsistency

    async def __call__(self, *, repair: bool) -> Compared:
        place, done = CheckPlace(), Compared()
        while True:
            republished = 0
            if repair:
                repaired = await self.repair(place)
                found, republished = repaired.found, len(repaired.republished)
            else:
                found = await self.check(place)
            done = Compared(
                done.checked + found.checked,
                done.differing + len(found.disagreements),
                done.republished + republished,
                done.in_two_places + len(found.in_two_places),
                done.balances_wrong + len(found.balances_wrong),
                done.sums_wrong + len(found.money.sums_wrong),
                done.tills_wrong + len(found.money.tills_wrong),
            )
            if found.complete:
                return done
            place = found.reached
