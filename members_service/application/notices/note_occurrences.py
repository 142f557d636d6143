"""Note what happened elsewhere, and that a member is to be told of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from members_service.application.notices.work import NoticeWorkFactory
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from members_service.domain.notices.notice_settings import Mode


@dataclass(frozen=True, slots=True)
class OccurrenceNews:
    """What one message from elsewhere says: that a member is to be told of something."""

    message_id: str
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class NoteOccurrences:
    """Note that members are to be told of something. A message that came before changes nothing.

    What is said of a kind that the library does not send is not even noted as having come: it would be a row for each
    loan, and nothing could be done twice.
    """

    unit_of_work: NoticeWorkFactory
    zone: tzinfo

    async def __call__(self, news: Sequence[OccurrenceNews], *, listener: str) -> None:
        """Do it in one transaction, which notes the messages for `listener`."""
        async with self.unit_of_work() as uow:
            settings = await uow.notice_settings.current()
            by_message = {one.message_id: as_of_its_day(one.occurrence, self.zone) for one in news}
            sent = {id_: one for id_, one in by_message.items() if settings.mode_of(one.kind) is not Mode.OFF}
            new = await uow.new_among([*sent], listener=listener) if sent else frozenset()
            for message_id, occurrence in sent.items():
                if message_id in new:
                    uow.notify(occurrence)
            if new:
                await uow.commit()


def as_of_its_day(occurrence: Occurrence, zone: tzinfo) -> Occurrence:
    """Return a reminder of the day itself as what it is: due today."""
    until = occurrence.valid_until
    if occurrence.kind is not NoticeKind.DUE_SOON or until is None or not _same_day(occurrence.at, until, zone):
        return occurrence
    return replace(occurrence, kind=NoticeKind.DUE_TODAY)


def _same_day(one: datetime, other: datetime, zone: tzinfo) -> bool:
    return one.astimezone(zone).date() == other.astimezone(zone).date()
