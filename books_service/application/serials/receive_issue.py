"""Receive an issue of a periodical: its copies are made."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from books_service.application.serials.subscribe import expect_more
from books_service.application.serials.today import Today
from books_service.application.serials.views import IssueReceived, IssueView
from books_service.application.stock.copy_facts import facts_of
from books_service.application.stock.views import CopyView
from books_service.domain.catalogue.book import BookNotFound
from books_service.domain.notation import volume_key
from books_service.domain.rights import COPIES
from books_service.domain.serials.issue import DayInFuture, Issue, IssueAlreadyReceived, expect_not_in_future
from books_service.domain.serials.subscription import BarcodesDoNotFit, Subscription, SubscriptionNotFound
from books_service.domain.stock.barcode import Barcode, InvalidBarcode
from books_service.domain.stock.branch import BranchClosed, UnknownBranch, UnknownLocation
from books_service.domain.stock.copy import Copy
from books_service.domain.stock.copy_refusals import BarcodeTaken
from books_service.persistence.unit_of_work import BooksWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class IssueArrival:
    """An issue that came in; `received_on` None is today. `barcodes` are those of its copies, None: they are drawn."""

    book_id: UUID
    volume: str
    received_on: date | None = None
    barcodes: Sequence[str] | None = None
    by: str | None = None


@refuses(
    BookNotFound,
    SubscriptionNotFound,
    IssueAlreadyReceived,
    DayInFuture,
    BarcodesDoNotFit,
    BarcodeTaken,
    InvalidBarcode,
    UnknownBranch,
    BranchClosed,
    UnknownLocation,
    OutOfDate,
)
@dataclass(frozen=True, slots=True)
class ReceiveIssue:
    """Receive an issue of a periodical, and take its copies into stock, with the issue as their volume.

    - Each issue comes in once, however its volume is written and at whichever desk.
    - One that was expected is so no more; if it comes early, those before it are expected. One that nobody expected, a
      special issue or one of an irregular periodical, is received all the same.
    - The copies are those of the subscription. Without barcodes they are drawn: 14 digits that begin with 3.
    """

    unit_of_work: BooksWorkFactory
    clock: Clock
    today: Today
    currency: str

    async def __call__(self, command: IssueArrival, receipt: Receipt | None = None) -> IssueReceived:
        today = self.today()
        expect_not_in_future(command.received_on, today=today, field="received_on")
        async with self.unit_of_work(receipt) as uow:
            book = await uow.books.get(command.book_id)
            await uow.books.lock({book.id})
            subscription = await uow.subscriptions.get(book.id)
            issue = await _received(command, subscription, uow, on=command.received_on or today)
            copies = await self._copies(command, subscription, issue.volume, uow, now=self.clock.now())
            shown = IssueView.of(issue, title=book.record.title, supplier=subscription.supplier, today=today)
            answer = IssueReceived(shown, copies)
            await uow.commit(answer=answer)
        return answer

    async def _copies(
        self, command: IssueArrival, subscription: Subscription, volume: str, uow: UnitOfWork, *, now: datetime
    ) -> list[CopyView]:
        barcodes = command.barcodes
        if barcodes is not None and len(barcodes) != len(subscription.copies):
            raise BarcodesDoNotFit(copies=len(subscription.copies))
        views = list[CopyView]()
        for place, each in enumerate(subscription.copies):
            barcode = str(Barcode.drawn(new_id())) if barcodes is None else barcodes[place]
            raw = asdict(each) | {"book_id": subscription.book_id, "barcode": barcode, "volume": volume}
            del raw["route"]  # which is no fact of the copy
            facts = await facts_of(raw, uow, currency=self.currency)
            authorise(COPIES, facts["branch"])
            number = await uow.next_copy_number()
            copy = Copy.add(facts, id=new_id(), now=now, by=command.by, number=number)
            uow.copies.add(copy)
            await uow.flush()  # before the next one is numbered
            views.append(CopyView.of(copy, None))
        return views


async def _received(command: IssueArrival, subscription: Subscription, uow: UnitOfWork, *, on: date) -> Issue:
    """Note that the issue came in, and what is expected since. Raises IssueAlreadyReceived."""
    key = volume_key(command.volume)
    known = await uow.issues.of_volume(subscription.book_id, key)
    if known is None and (reached := subscription.reach(key)):
        await expect_more(subscription, reached, uow)
        await uow.subscriptions.put(subscription.after(reached))
        known = await uow.issues.of_volume(subscription.book_id, key)
    if known is not None:
        return await uow.issues.put(known.receive(on))
    issue = Issue(new_id(), subscription.book_id, command.volume).receive(on)
    await uow.issues.add([issue])
    return issue
