"""Follow circulation: where a copy is now, and what was found out about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from books_service.domain.stock.availability import Availability, CopyAvailability, Report
from books_service.domain.stock.finding import Finding
from books_service.domain.stock.stands import ReportedStands, StandsWhy
from books_service.persistence.unit_of_work import BooksWorkFactory, UnitOfWork


@dataclass(frozen=True, slots=True)
class CirculationNews:
    """What one message says of a copy: its whole present state, what was found out about it at that moment, or both.

    `stands` says where it is, `scanned_at` when somebody had it in hand. `sequence` grows in the order in which things
    happened to the copy.
    """

    message_id: str
    copy_id: UUID
    at: datetime
    sequence: int
    availability: Availability | None = None
    due_at: datetime | None = None
    transit_to: str | None = None
    finding: Finding | None = None
    stands: ReportedStands | None = None
    scanned_at: datetime | None = None

    def report(self) -> Report | None:
        """Return the state that the message reports; None: it reports none."""
        if self.availability is None:
            return None
        stands = self._stands(self.availability)
        now = CopyAvailability(self.availability, self.due_at, self.transit_to, stands, self.scanned_at)
        return Report(self.copy_id, now, self.sequence)

    def _stands(self, availability: Availability) -> ReportedStands:
        """Return where the copy is; where it is at home is the catalogue's own to say."""
        if self.stands is None:  # an older version does not say
            return ReportedStands(why=_WHY.get(availability, StandsWhy.HOME))
        return replace(self.stands, branch=None) if self.stands.why is StandsWhy.HOME else self.stands


_WHY = {
    Availability.ON_LOAN: StandsWhy.ON_LOAN,
    Availability.UNAVAILABLE: StandsWhy.ON_LOAN,
    Availability.ON_HOLD_SHELF: StandsWhy.HOLD_SHELF,
    Availability.IN_TRANSIT: StandsWhy.IN_TRANSIT,
}
"""Why a copy is where it is, by its availability alone; any other is at home."""


@dataclass(frozen=True, slots=True)
class FollowCirculation:
    """Keep what circulation says of copies, and let their status follow from what it found out.

    - The newest state of a copy counts, in whatever order and however often the news comes, and its last scan.
    - News of a copy that the catalogue does not have is kept as well: it holds as soon as there is such a copy, as
      after the restore of a backup.
    - A copy that a desk did not find on its shelf is missing; one that its borrower declared lost is lost.
    - A missing or lost copy that turns up is in service again.
    - A status that the library gave the copy after that stays.
    """

    unit_of_work: BooksWorkFactory

    async def __call__(self, news: Sequence[CirculationNews], *, listener: str) -> None:
        async with self.unit_of_work() as uow:
            new_ids = await uow.new_among([one.message_id for one in news], listener=listener)
            new = [one for one in news if one.message_id in new_ids]
            if reports := [report for one in new if (report := one.report())]:
                await uow.circulation.keep(reports)
            await _follow([(one, one.finding) for one in new if one.finding], uow)
            if new:
                await uow.commit()


async def _follow(found_out: Sequence[tuple[CirculationNews, Finding]], uow: UnitOfWork) -> None:
    missed = {news.copy_id for news, finding in found_out if finding is not Finding.TURNED_UP}
    found = {news.copy_id for news, _ in found_out} - missed
    concerned = [
        *(await uow.copies.out_of_service(found) if found else ()),
        *(await uow.copies.named(missed) if missed else ()),
    ]
    copies = {copy.id: copy for copy in concerned}
    for news, finding in found_out:
        if copy := copies.get(news.copy_id):
            copy.follow(finding, at=news.at)
