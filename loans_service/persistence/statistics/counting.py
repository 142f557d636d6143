"""Works out what the events of an act add to the cube, and notes on their records what recounting has to know."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from loans_service.domain.fines.fine import FineEvent
from loans_service.domain.holds.hold import HoldEvent
from loans_service.domain.lending.loan import LoanEvent
from loans_service.domain.statistics.atoms import channel_of
from loans_service.domain.statistics.counting import OF_LOANS, Act, fine_count, hold_counts, loan_counts
from loans_service.persistence.rules.rulebook import Rulebook
from shared.kernel.cube import UNKNOWN, Count


class Counting:
    """What one transaction counts. `branch` is where its act is done, if that is known."""

    def __init__(self, rulebook: Rulebook, *, by: str, branch: str | None, offline: bool) -> None:
        self._rulebook = rulebook
        self._channel = channel_of(by, offline=offline)
        self._branch = branch
        self._acts: dict[int, Act] = {}

    async def of(self, events: Sequence[object]) -> list[Count]:
        """Return what these events count for."""
        counts = list[Count]()
        for event in events:
            match event:
                case LoanEvent() if event.type in OF_LOANS:
                    counts += loan_counts(event, await self._act_of_loan(event))
                case HoldEvent(hold=hold):
                    act = await self._act(hold.pickup_branch, event.at)
                    placed_on = (await self._act(hold.pickup_branch, hold.placed_at)).day
                    made = [*hold_counts(event, act, placed_on=placed_on)]
                    hold.counted = [*(hold.counted or ()), *(count.as_json() for count in made)] or None
                    counts += made
                case FineEvent():
                    counts.append(fine_count(event, await self._act_of_fine(event)))
                case _:
                    pass
        return counts

    def columns_of(self, event: LoanEvent) -> dict[str, Any]:
        """Return what the history of a loan says of what it was counted for."""
        act, terms = self._acts.get(id(event)), event.terms or event.loan.terms
        if act is None:
            return dict.fromkeys(("day", "channel", "category", "age_band"))
        return {"day": act.day, "channel": act.channel, "category": terms.category, "age_band": terms.age_band}

    def columns_of_posting(self, event: FineEvent) -> dict[str, Any]:
        """Return what the ledger says of what a posting was counted for."""
        act = self._acts.get(id(event))
        return {"day": None, "channel": None} if act is None else {"day": act.day, "channel": act.channel}

    async def _act_of_loan(self, event: LoanEvent) -> Act:
        loan = event.loan
        is_lent, is_back = OF_LOANS[event.type].name == "loans", OF_LOANS[event.type].name == "returns"
        branch = loan.branch if is_lent else self._branch or loan.branch
        at = loan.returned_at if is_back and loan.returned_at is not None else event.at
        act = self._acts[id(event)] = await self._act(branch, at, zone=loan.timezone)
        return act

    async def _act_of_fine(self, event: FineEvent) -> Act:
        act = self._acts[id(event)] = await self._act(event.fine.branch, event.at)
        return act

    async def _act(self, branch: str | None, at: datetime, *, zone: str | None = None) -> Act:
        here = await self._rulebook.zone_of(branch, otherwise=zone)
        return Act(branch or UNKNOWN, at.astimezone(here).date(), self._channel)
