"""Open a till with a count, note what is put in and taken out, and cash up."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from loans_service.application.tills.till_views import CashUpView, CountView, MovementView, OpenedView, TillView
from loans_service.domain.money import Money
from loans_service.domain.rights import TAKE_PAYMENTS
from loans_service.domain.tills.till import (
    DrawerTooShort,
    Method,
    MovementKind,
    OtherCurrencyOfTill,
    SessionOpen,
    Till,
    TillClosed,
    TillNotFound,
    TillSession,
)
from loans_service.persistence.tills.tills import Movement, SessionSums
from loans_service.persistence.unit_of_work import SYSTEM, LoansWorkFactory, UnitOfWork
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.from_attributes import from_attributes
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from shared.kernel.rights import authorise


@dataclass(frozen=True, slots=True)
class Opening:
    """The cash that was counted when a till is opened."""

    till: str
    counted: Money
    by: str = SYSTEM


@dataclass(frozen=True, slots=True)
class CashMovement:
    """Cash that is put into a drawer or taken out, and what for."""

    till: str
    kind: MovementKind
    amount: Money
    note: str
    by: str = SYSTEM


@dataclass(frozen=True, slots=True)
class CashUp:
    """The cash that was counted, and slips of other methods if they were; `note` says what is known of a difference."""

    till: str
    counted: Money
    others: Mapping[Method, Money] = field(default_factory=dict[Method, Money])
    note: str = ""
    by: str = SYSTEM


@refuses(TillNotFound, SessionOpen, OtherCurrencyOfTill)
@dataclass(frozen=True, slots=True)
class OpenTill:
    """Open a till with the cash that was counted in its drawer.

    - From now on it takes money, until it is cashed up.
    - The answer tells by how much the count differs from what was left at the last cash-up; the count stands.
    """

    unit_of_work: LoansWorkFactory
    clock: Clock

    async def __call__(self, command: Opening, receipt: Receipt | None = None) -> OpenedView:
        async with self.unit_of_work(receipt, by=command.by) as uow:
            till = await _locked(command.till, uow)
            till.expect_closed()
            difference = till.difference(command.counted)
            session = TillSession(new_id(), self.clock.now(), command.by)
            await uow.tills.open(till, session, counted=command.counted.amount)
            opened = TillView.of(replace(till, session=session))
            view = from_attributes(opened, OpenedView, difference=Money(difference, till.currency))
            await uow.commit(answer=view)
        return view


@refuses(TillNotFound, TillClosed, OtherCurrencyOfTill, DrawerTooShort)
@dataclass(frozen=True, slots=True)
class MoveCash:
    """Note cash that is put into an open drawer (`in`) or taken out of it (`out`): change, stamps, a trip to the bank.

    - What is taken from members and given back to them has receipts, and is no movement.
    """

    unit_of_work: LoansWorkFactory
    clock: Clock

    async def __call__(self, command: CashMovement, receipt: Receipt | None = None) -> MovementView:
        async with self.unit_of_work(receipt, by=command.by) as uow:
            till = await _locked(command.till, uow)
            session = till.expect_open()
            changed, now = till.moved(command.kind, command.amount), self.clock.now()
            movement = Movement(
                new_id(), session.session_id, till.code, command.kind, changed, command.note, now, command.by
            )
            await uow.tills.move(movement)
            view = MovementView(
                movement.movement_id, till.code, command.kind, command.amount, command.note, now, command.by
            )
            await uow.commit(answer=view)
        return view


@refuses(TillNotFound, TillClosed, OtherCurrencyOfTill)
@dataclass(frozen=True, slots=True)
class CashUpTill:
    """Close a till with the cash that was counted in its drawer.

    - Count first: only the answer says what had to be there, and the difference. It is booked with the note, so that
      the drawer holds from then on what was counted.
    - Counts of card slips and of other methods are compared in the same way; nothing is booked for them.
    - What was taken in this session can be refunded from now on, and no more undone.
    """

    unit_of_work: LoansWorkFactory
    clock: Clock

    async def __call__(self, command: CashUp, receipt: Receipt | None = None) -> CashUpView:
        async with self.unit_of_work(receipt, by=command.by) as uow:
            till = await _locked(command.till, uow)
            session, now = till.expect_open(), self.clock.now()
            for counted in command.others.values():
                till.expect_currency(counted)
            difference = till.difference(command.counted)
            sums = await uow.tills.sums_of(session.session_id)
            if difference:
                differs = MovementKind.DIFFERENCE
                uow.tills.note_difference(
                    Movement(
                        new_id(), session.session_id, till.code, differs, difference, command.note, now, command.by
                    )
                )
            await uow.tills.close(till, session, counted=command.counted.amount, now=now)
            view = CashUpView(
                till=till.code,
                session_id=session.session_id,
                opened_at=session.opened_at,
                closed_at=now,
                opening=Money(sums.opening, till.currency),
                counts=_counts(till, command, sums),
                note=command.note,
            )
            await uow.commit(answer=view)
        return view


async def _locked(code: str, uow: UnitOfWork) -> Till:
    till = await uow.tills.lock(code)
    if till is None:
        raise TillNotFound
    authorise(TAKE_PAYMENTS, till.branch)
    return till


def _counts(till: Till, command: CashUp, sums: SessionSums) -> list[CountView]:
    """Return what was expected and counted: of cash always, of another method where it was counted or used."""

    def count(method: Method, expected: int, counted: Money) -> CountView:
        had = Money(expected, till.currency)
        return CountView(method, had, counted, counted - had)

    nothing = Money(0, till.currency)
    others = {**dict.fromkeys(sums.by_method, nothing), **command.others}
    return [
        count(Method.CASH, till.drawer, command.counted),
        *(
            count(method, sums.by_method.get(method, 0), others[method])
            for method in (Method.CARD, Method.TRANSFER, Method.ONLINE)
            if method in others
        ),
    ]
