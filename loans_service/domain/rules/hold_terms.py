"""What the policy says of holds: how long copies wait for them, whose come first, and what stops or ends them."""

from dataclasses import dataclass, field

from loans_service.domain.rules.category_terms import Arrears
from loans_service.domain.rules.transport import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfDays:
    """How many open days a copy waits on the hold shelf. None in `branch` (in capitals) or `item_type` matches any."""

    days: int
    branch: str | None = None
    item_type: str | None = None

    @property
    def names(self) -> tuple[str | None, str | None]:
        """The item type and the branch that it names."""
        return self.item_type, self.branch


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTerms:
    """How the library treats holds.

    `stopped_by` is what stops a member from placing any. With `local_first`, a copy serves the members of its own
    branch before all others. With `keep_when_lost`, holds keep their place when the last copy is lost, until it turns
    up or is withdrawn; otherwise they end. `transport` is how copies travel to pickup branches.
    With `say_if_barred`, the scan that sets a copy aside says what keeps its member from borrowing it.
    """

    shelf_days: tuple[ShelfDays, ...] = ()
    stopped_by: tuple[Arrears, ...] = ()
    local_first: bool = False
    keep_when_lost: bool = True
    say_if_barred: bool = False
    transport: Transport = field(default_factory=Transport)

    def shelf_days_of(self, item_type: str, *, branch: str) -> int | None:
        """Return how long such a copy waits on the hold shelf of a branch; None if no line says so.

        As with rules, a named item type outweighs a named branch.
        """
        by_names = {line.names: line.days for line in self.shelf_days}
        names = ((item_type, branch.upper()), (item_type, None), (None, branch.upper()), (None, None))
        return next((by_names[each] for each in names if each in by_names), None)
