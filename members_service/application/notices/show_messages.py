"""List messages and notices, and say what would go out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from members_service.application.membership.record_reading import record_reading
from members_service.application.membership.work import MembershipWorkFactory
from members_service.application.notices.queries import MessageFilter, MessageQueries, NoticeFilter
from members_service.application.notices.views import BouncedAddress, ForecastView, MessageView, NoticeView
from members_service.domain.audit import AuditAction
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class ListMessages:
    """List messages, newest first: what was sent, what waits, and what nobody knows. A look at a text is on record."""

    unit_of_work: MembershipWorkFactory
    queries: MessageQueries
    clock: Clock

    async def __call__(
        self, wanted: MessageFilter, *, limit: int, before: UUID | None, by: str | None = None
    ) -> list[MessageView]:
        """Return up to `limit` messages before that one. `by` None: members look at their own."""
        found = await self.queries.messages(wanted, limit=limit, before=before)
        if by is not None and found:
            ids = list(dict.fromkeys(one.member_id for one in found))
            await record_reading(self.unit_of_work, ids, by=by, now=self.clock.now())
        return found


@dataclass(frozen=True, slots=True)
class ListNotices:
    """List notices, newest first, each with what became of it and why: nobody has to guess why somebody got nothing."""

    queries: MessageQueries

    async def __call__(self, wanted: NoticeFilter, *, limit: int, before: UUID | None) -> list[NoticeView]:
        """Return up to `limit` notices before that one."""
        return await self.queries.notices(wanted, limit=limit, before=before)


@dataclass(frozen=True, slots=True)
class ListBouncedAddresses:
    """List addresses to which nothing is sent any more. Whom staff were shown is a record of the audit trail."""

    unit_of_work: MembershipWorkFactory
    queries: MessageQueries
    clock: Clock

    async def __call__(
        self, *, after: tuple[datetime, UUID] | None, limit: int, more: int, by: str
    ) -> list[tuple[tuple[datetime, UUID], BouncedAddress]]:
        """Return up to `limit` addresses behind that place, and up to `more` that are not shown."""
        found = await self.queries.bounced(after=after, limit=limit + more)
        shown = [member_id for _, each in found[:limit] for member_id in each.member_ids]
        await record_reading(self.unit_of_work, shown, action=AuditAction.LISTED, by=by, now=self.clock.now())
        return found


@dataclass(frozen=True, slots=True)
class ShowForecast:
    """Count what would go out in the next days, by kind, branch and way, as far as it is known today.

    Notices that wait for the end of their window have no way yet. Reminders of loans that are not due yet are not among
    them: lending says so when their day comes.
    """

    queries: MessageQueries
    clock: Clock

    async def __call__(self, *, days: int) -> ForecastView:
        until = self.clock.now() + timedelta(days=days)
        return ForecastView(until, await self.queries.forecast(until=until))
