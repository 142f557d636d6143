"""Look up the policy and calendars."""

from dataclasses import dataclass
from datetime import date

from loans_service.application.rules.queries import RuleQueries
from loans_service.application.rules.rule_views import PolicyView
from loans_service.domain.rules.calendar import CalendarNotFound
from loans_service.domain.rules.calendar_document import BranchCalendar
from loans_service.domain.rules.policy import PolicyNotFound
from loans_service.domain.rules.policy_document import in_currency
from shared.kernel.errors import refuses


@refuses(PolicyNotFound)
@dataclass(frozen=True, slots=True)
class ShowPolicy:
    """Show a version of the policy, or the one in force, now or on a later day. Raises PolicyNotFound."""

    rules: RuleQueries
    currency: str

    async def __call__(self, version: int | None = None, *, on: date | None = None) -> PolicyView:
        table = await (self.rules.policy_in_force(on=on) if version is None else self.rules.policy(version))
        document = in_currency(table.document, self.currency)
        return PolicyView(table.version, document, table.made_at, successor=await self.rules.next_planned())


@refuses(CalendarNotFound)
@dataclass(frozen=True, slots=True)
class ShowCalendar:
    """Show the calendar of a branch; capitals and small letters count as the same.

    A branch without one is always open.
    """

    rules: RuleQueries

    async def __call__(self, branch: str) -> BranchCalendar:
        calendar = await self.rules.calendar(branch)
        if calendar is None:
            raise CalendarNotFound
        return calendar
