"""Note what happened elsewhere, and that a member is to be told of it."""

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from members_service.application.notices.work import NoticeWorkFactory
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence


@dataclass(frozen=True, slots=True)
class NoteOccurrence:
    """Note that a member is to be told of something. A message that came before changes nothing."""

    unit_of_work: NoticeWorkFactory
    zone: tzinfo

    async def __call__(self, occurrence: Occurrence, *, message_id: str, listener: str) -> None:
        """Do it in the transaction that notes the message for `listener`."""
        async with self.unit_of_work() as uow:
            if not await uow.first_time(listener=listener, message_id=message_id):
                return
            uow.notify(as_of_its_day(occurrence, self.zone))
            await uow.commit()


def as_of_its_day(occurrence: Occurrence, zone: tzinfo) -> Occurrence:
    """Return a reminder of the day itself as what it is: due today."""
    until = occurrence.valid_until
    if occurrence.kind is not NoticeKind.DUE_SOON or until is None or not _same_day(occurrence.at, until, zone):
        return occurrence
    return replace(occurrence, kind=NoticeKind.DUE_TODAY)


def _same_day(one: datetime, other: datetime, zone: tzinfo) -> bool:
    return one.astimezone(zone).date() == other.astimezone(zone).date()
