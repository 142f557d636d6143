"""The rules that count at a branch, and who keeps them."""

from collections.abc import Mapping
from typing import Protocol

from loans_service.application.rules.rule_views import CalendarView, CirculationRules, PolicyTableView
from loans_service.domain.rules.policy import Policy


class Rulebook(Protocol):
    """The policies and calendars on record, for one transaction."""

    async def in_force(self, *, branch: str, timezone: str | None = None) -> CirculationRules:
        """Return what counts at this branch now.

        A branch without a calendar is always open, in its own zone; as long as that is not known, in `timezone`, and
        without one in the library's.
        """
        ...

    async def keep_zones(self, zones: Mapping[str, str]) -> bool:
        """Remember in which zone each branch lies, by its code in capitals; tell whether any of it is new."""
        ...

    async def knows_branch(self, code: str) -> bool:
        """Tell whether the zone of a branch with this code was ever kept, in capitals or small letters."""
        ...

    async def policy(self, version: int) -> Policy:
        """Return the policy that a loan names. Raises PolicyNotFound."""
        ...

    async def lock_to_change(self) -> None:
        """Wait for all who act under the present rules; let nobody begin until this transaction ends."""
        ...

    async def newest_policy(self) -> PolicyTableView: ...

    async def calendar(self, branch: str) -> CalendarView | None: ...

    async def add_policy(self, table: PolicyTableView) -> None:
        """Keep a new version. Raises OutOfDate when there is one with this number."""
        ...

    async def keep_calendar(self, calendar: CalendarView) -> None:
        """Keep a calendar in place of the one before. Raises OutOfDate when a first one is not the first."""
        ...
