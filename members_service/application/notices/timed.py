"""What is done for notices at intervals: reminders that no event brings, and forgetting what was sent long ago."""

from dataclasses import dataclass
from datetime import timedelta, tzinfo

from members_service.application.notices.queries import ReminderQueries
from members_service.application.notices.work import NoticeWorkFactory
from members_service.domain.membership.membership import day_in
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import TEXT_KEPT
from members_service.domain.notices.notice import KEPT_WITHOUT_TEXT, Occurrence
from members_service.domain.notices.notice_settings import Mode
from shared.kernel.clock import Clock

ENDS_WITHIN = timedelta(days=14)
"""How long before its last day a membership is said to end."""

FETCH_WITHIN, _READY_FOR = timedelta(days=1), timedelta(days=2)
"""A hold is said once more on its last day, if it was ready for longer than two."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RemindMembers:
    """Say once that a membership ends soon, and once more that a hold is to be fetched before its time is over."""

    unit_of_work: NoticeWorkFactory
    queries: ReminderQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self) -> None:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            settings = await uow.notice_settings.current()
            if settings.mode is Mode.OFF:
                return
            today = day_in(self.zone, at=now)
            for member_id, last_day in await self.queries.ending(today, today + ENDS_WITHIN, limit=_AT_ONCE):
                kind, day = NoticeKind.MEMBERSHIP_ENDS, last_day.isoformat()
                uow.notify(Occurrence(member_id, kind, member_id, now, occasion=day, facts={"ends_on": day}))
            ready_before, until = now - _READY_FOR, now + FETCH_WITHIN
            for one in await self.queries.still_ready(now, until, ready_before=ready_before, limit=_AT_ONCE):
                uow.notify(
                    Occurrence(
                        one.member_id,
                        NoticeKind.HOLD_READY_REMINDER,
                        one.subject_id,
                        now,
                        occasion=one.occasion,
                        branch=one.branch,
                        valid_until=one.valid_until,
                        facts=one.facts,
                    )
                )
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ForgetMessages:
    """Forget what messages said and were about after 90 days, receipts after one, and all of them after a year."""

    unit_of_work: NoticeWorkFactory
    clock: Clock

    async def __call__(self) -> None:
        now = self.clock.now()
        while True:
            async with self.unit_of_work() as uow:
                texts = await uow.notice_messages.forget_texts(before=now - TEXT_KEPT, limit=_AT_ONCE)
                messages = await uow.notice_messages.remove_over(before=now - KEPT_WITHOUT_TEXT, limit=_AT_ONCE)
                facts = await uow.notices.forget_facts(now, before=now - TEXT_KEPT, limit=_AT_ONCE)
                notices = await uow.notices.remove_over(before=now - KEPT_WITHOUT_TEXT, limit=_AT_ONCE)
                await uow.commit()
            if not (texts or facts or messages or notices):
                return
