"""Circulation says where a copy is now, and what it found out about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from books_service.application.stock.ports import OpensStock, Report
from books_service.domain.stock.availability import Availability, CopyAvailability
from books_service.domain.stock.copy import Finding


@dataclass(frozen=True, slots=True)
class CopyAvailabilityNews:
    """The whole present state of one copy. `sequence` grows in the order in which things happened to it."""

    message_id: str
    copy_id: UUID
    availability: str
    due_at: datetime | None
    sequence: int
    transit_to: str | None = None


@dataclass(frozen=True, slots=True)
class NoteCopyAvailability:
    """Keep what circulation says of copies.

    - The newest news of a copy counts, in whatever order and however often the news comes.
    - News of a copy that the catalogue does not have is kept as well: it holds as soon as there is such a copy, as
      after the restore of a backup.
    """

    unit_of_work: OpensStock

    async def __call__(self, news: Sequence[CopyAvailabilityNews], *, listener: str) -> None:
        async with self.unit_of_work() as uow:
            new = await uow.new_among([one.message_id for one in news], listener=listener)
            reports = [
                Report(
                    one.copy_id,
                    CopyAvailability(Availability(one.availability), one.due_at, one.transit_to),
                    one.sequence,
                )
                for one in news
                if one.message_id in new
            ]
            if reports:
                await uow.circulation.keep(reports)
                await uow.commit()


@dataclass(frozen=True, slots=True)
class CirculationFinding:
    """What was found out about a copy, and when: the name of a Finding."""

    message_id: str
    copy_id: UUID
    finding: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FollowCirculation:
    """Let the status of a copy follow from what circulation found out.

    - A copy that a desk did not find on its shelf is missing; one that its borrower declared lost is lost.
    - A missing or lost copy that turns up is in service again.
    - What the library said of the copy later than that stands.
    """

    unit_of_work: OpensStock

    async def __call__(self, findings: Sequence[CirculationFinding], *, listener: str) -> None:
        async with self.unit_of_work() as uow:
            new = await uow.new_among([finding.message_id for finding in findings], listener=listener)
            told = [finding for finding in findings if finding.message_id in new]
            if told:
                missed = {finding.copy_id for finding in told if Finding[finding.finding] is not Finding.TURNED_UP}
                seen = {finding.copy_id for finding in told} - missed
                found = [*await uow.copies.out_of_service(seen), *(await uow.copies.named(missed) if missed else ())]
                copies = {copy.id: copy for copy in found}
                for finding in told:
                    if copy := copies.get(finding.copy_id):
                        copy.follow(Finding[finding.finding], at=finding.at)
                await uow.commit()
