"""Give a receipt for money at a till, in the transaction that posts the money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from loans_service.domain.money import Money
from loans_service.domain.rights import REFUND, TAKE_PAYMENTS
from loans_service.domain.tills.till import (
    Method,
    Till,
    TillKind,
    TillNotFound,
    TillOwner,
    TillSession,
    receipt_number,
)
from loans_service.domain.tills.till_receipt import ReceiptKind, ReceiptLine, TillReceipt
from loans_service.persistence.unit_of_work import SYSTEM, UnitOfWork
from shared.kernel.ids import new_id
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class AtTill:
    """How money changes hands, and where: at the `till` that is named, else at that of the `branch`, else at `own`.

    `own` is the till of the machine or account that acts.
    """

    method: Method = Method.CASH
    till: str | None = None
    branch: str | None = None
    own: str = TillOwner.ACCOUNT.till(SYSTEM)

    @property
    def code(self) -> str:
        """The code of the till."""
        return self.till or (TillOwner.BRANCH.till(self.branch) if self.branch else self.own)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a receipt is given for."""

    kind: ReceiptKind
    lines: Sequence[ReceiptLine]
    member_id: UUID
    reverses: str | None = None
    why: str = ""
    paid_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class BookReceipt:
    """Number a receipt, keep it, and count its cash.

    The till is locked last of all that an act locks, so that a serial is given out only where the act succeeds. An own
    till opens by itself; another one must be open.
    """

    zone: ZoneInfo

    async def __call__(self, entry: Entry, *, at: AtTill, uow: UnitOfWork, by: str, now: datetime) -> TillReceipt:
        total = Money(sum(line.amount.amount for line in entry.lines), entry.lines[0].amount.currency)
        till = await self.locked(at, currency=total.currency, uow=uow, now=now)
        authorise(TAKE_PAYMENTS if entry.kind is ReceiptKind.PAYMENT else REFUND, till.branch)
        till.expect_currency(total)
        session = await self._session(till, uow, now)
        year = now.astimezone(self.zone).year
        serial = await uow.tills.next_serial(till.code, year)
        receipt = TillReceipt(
            number=receipt_number(till.code, year, serial),
            kind=entry.kind,
            till=till.code,
            session_id=session.session_id,
            branch=at.branch or till.branch,
            method=at.method,
            total=total,
            lines=tuple(entry.lines),
            member_id=entry.member_id,
            at=now,
            by=by,
            reverses=entry.reverses,
            why=entry.why,
            paid_by=entry.paid_by,
        )
        uow.tills.keep(receipt, year=year, serial=serial)
        if at.method is Method.CASH:
            await uow.tills.change_drawer(till.code, entry.kind.sign * total.amount)
        return receipt

    async def locked(self, at: AtTill, *, currency: str, uow: UnitOfWork, now: datetime) -> Till:
        """Return the till, locked until the transaction ends. Raises TillNotFound for a name that nobody has given."""
        if at.till is None:
            return await uow.tills.lock_own(at.code, branch=at.branch, currency=currency, now=now)
        till = await uow.tills.lock(at.till)
        if till is None:
            raise TillNotFound
        return till

    async def _session(self, till: Till, uow: UnitOfWork, now: datetime) -> TillSession:
        if till.kind is TillKind.DESK or till.session is not None:
            return till.expect_open()
        session = TillSession(new_id(), now, SYSTEM)
        await uow.tills.open(till, session, counted=till.drawer)
        return session
