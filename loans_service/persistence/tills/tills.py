"""Tills in the database: their sessions, numbers, receipts and movements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from loans_service.domain.money import Money
from loans_service.domain.tills.till import Method, MovementKind, Till, TillKind, TillSession
from loans_service.domain.tills.till_receipt import ReceiptKind, ReceiptLine, TillReceipt
from loans_service.persistence.tills.till_tables import (
    till_movements,
    till_receipt_lines,
    till_receipts,
    till_sessions,
    till_years,
    tills,
)
from shared.persistence.statements import InsertMany, Prepared, Runs, Write

_SESSION = (till_sessions.c.session_id, till_sessions.c.opened_at, till_sessions.c.opened_by)
_is_open = till_sessions.c.closed_at.is_(None)
WITH_SESSION = select(tills, *_SESSION).outerjoin_from(
    tills, till_sessions, (till_sessions.c.till == tills.c.code) & _is_open
)
"""Every till with the session that is open."""

_LOCK = Prepared(select(tills.c.code).where(tills.c.code == bindparam("of_till")).with_for_update())
_TILL = Prepared(WITH_SESSION.where(tills.c.code == bindparam("of_till")))


def _new_till(of_dialect: Any) -> Any:
    values = {column.name: bindparam(column.name, type_=column.type) for column in tills.c}
    return of_dialect(tills).values(values).on_conflict_do_nothing().returning(tills.c.code)


def _next_serial(of_dialect: Any) -> Any:
    new = of_dialect(till_years).values(till=bindparam("till"), year=bindparam("year"), last=1)
    counted = new.on_conflict_do_update(index_elements=["till", "year"], set_={"last": till_years.c.last + 1})
    return counted.returning(till_years.c.last)


_NEW_TILL = Prepared({"postgresql": _new_till(postgresql.insert), "sqlite": _new_till(sqlite.insert)})
_NEXT_SERIAL = Prepared({"postgresql": _next_serial(postgresql.insert), "sqlite": _next_serial(sqlite.insert)})
_SESSION_COLUMNS = [column.name for column in till_sessions.c]
_OPEN = Prepared(
    insert(till_sessions).values({name: bindparam(name, type_=till_sessions.c[name].type) for name in _SESSION_COLUMNS})
)
_CLOSE = Prepared(
    update(till_sessions)
    .where(till_sessions.c.session_id == bindparam("of_session"))
    .values({name: bindparam(name, type_=till_sessions.c[name].type) for name in ("closed_at", "closed_by", "counted")})
)
_SET_DRAWER = Prepared(update(tills).where(tills.c.code == bindparam("of_till")).values(drawer=bindparam("drawer")))
_CASH = Prepared(
    update(tills).where(tills.c.code == bindparam("of_till")).values(drawer=tills.c.drawer + bindparam("cash"))
)
_RECEIPT = Prepared(select(till_receipts).where(till_receipts.c.number == bindparam("number")))
_LINES = Prepared(
    select(till_receipt_lines)
    .where(till_receipt_lines.c.number == bindparam("number"))
    .order_by(till_receipt_lines.c.position)
)
_LOCK_LINES = Prepared(
    select(till_receipt_lines)
    .where(till_receipt_lines.c.number == bindparam("number"))
    .order_by(till_receipt_lines.c.position)
    .with_for_update()
)
_GIVE_BACK = Prepared(
    update(till_receipt_lines)
    .where(till_receipt_lines.c.number == bindparam("of_number"), till_receipt_lines.c.position == bindparam("of_line"))
    .values(given_back=till_receipt_lines.c.given_back + bindparam("amount"))
)
NET_AMOUNT = case((till_receipts.c.kind == ReceiptKind.PAYMENT, till_receipts.c.amount), else_=-till_receipts.c.amount)
"""What came in by a receipt; negative for what was given back."""

_SUMS = Prepared(
    select(till_receipts.c.method, func.sum(NET_AMOUNT).label("amount"))
    .where(
        till_receipts.c.session_id == bindparam("of_session"),
        till_receipts.c.method != Method.CASH,
        till_receipts.c.method != Method.CREDIT,
    )
    .group_by(till_receipts.c.method)
)
_OPENING = Prepared(select(till_sessions.c.opening).where(till_sessions.c.session_id == bindparam("of_session")))
_NEW_RECEIPTS, _NEW_LINES, _NEW_MOVEMENTS = (
    InsertMany(till_receipts),
    InsertMany(till_receipt_lines),
    InsertMany(till_movements),
)


@dataclass(frozen=True, slots=True)
class Movement:
    """Cash that came into a drawer or left it without a receipt; `amount` is what the drawer changed by."""

    movement_id: UUID
    session_id: UUID
    till: str
    kind: MovementKind
    amount: int
    note: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class SessionSums:
    """The cash at the beginning of a session, and what came in since by the other methods, less what was given back."""

    opening: int
    by_method: Mapping[Method, int]


class Tills:
    """The tills on record. New receipts and movements are written with the commit, all else at once."""

    def __init__(self, run: Runs, *, by: str) -> None:
        self._run = run
        self._by = by
        self._receipts: list[tuple[TillReceipt, int, int]] = []
        self._movements: list[Movement] = []

    async def add(self, till: Till, *, now: datetime) -> bool:
        """Keep a new till; return False if the code is taken."""
        values = {"code": till.code, "kind": till.kind, "branch": till.branch, "name": till.name, "made_at": now}
        return bool(await self._run(_NEW_TILL, **values, currency=till.currency, drawer=till.drawer))

    async def lock(self, code: str) -> Till | None:
        """Return a till as it is now, locked until this transaction ends."""
        if not await self._run(_LOCK, of_till=code):
            return None
        (row,) = await self._run(_TILL, of_till=code)
        return till_of(row)

    async def lock_own(self, code: str, *, branch: str | None, currency: str, now: datetime) -> Till:
        """Return the own till of a branch, a machine or an account, locked as in `lock`; make it if there is none."""
        while (found := await self.lock(code)) is None:
            await self.add(Till(code, TillKind.OWN, branch, code, currency, 0, None), now=now)
        return found

    async def open(self, till: Till, session: TillSession, *, counted: int) -> None:
        """Open a session with this count."""
        await self._run(
            _OPEN,
            **asdict(session),
            till=till.code,
            opening=counted,
            left_before=till.drawer,
            closed_at=None,
            closed_by=None,
            counted=None,
        )
        await self._run(_SET_DRAWER, of_till=till.code, drawer=counted)

    async def close(self, till: Till, session: TillSession, *, counted: int, now: datetime) -> None:
        """Close a session with this count."""
        await self._run(_CLOSE, of_session=session.session_id, closed_at=now, closed_by=self._by, counted=counted)
        await self._run(_SET_DRAWER, of_till=till.code, drawer=counted)

    async def sums_of(self, session_id: UUID) -> SessionSums:
        """Return what a session comes to."""
        ((opening,),) = await self._run(_OPENING, of_session=session_id)
        rows = await self._run(_SUMS, of_session=session_id)
        return SessionSums(opening, {Method(row.method): int(row.amount) for row in rows})

    async def next_serial(self, code: str, year: int) -> int:
        """Return the next serial of a till in a year. It is given back if this transaction is."""
        ((serial,),) = await self._run(_NEXT_SERIAL, till=code, year=year)
        return int(serial)

    async def change_drawer(self, code: str, cash: int) -> None:
        """Count cash that comes in, or goes out if negative."""
        if cash:
            await self._run(_CASH, of_till=code, cash=cash)

    async def move(self, movement: Movement) -> None:
        """Keep a movement."""
        self._movements.append(movement)
        await self.change_drawer(movement.till, movement.amount)

    def note_difference(self, movement: Movement) -> None:
        """Keep what a count found to differ; the drawer is set by the count."""
        self._movements.append(movement)

    def keep(self, receipt: TillReceipt, *, year: int, serial: int) -> None:
        """Keep a receipt."""
        self._receipts.append((receipt, year, serial))

    async def receipt(self, number: str, *, locked: bool = False) -> TillReceipt | None:
        """Return a receipt; with `locked`, what was given back of it stays as it is until this transaction ends."""
        rows = await self._run(_RECEIPT, number=number)
        if not rows:
            return None
        return receipt_of(rows[0], await self._run(_LOCK_LINES if locked else _LINES, number=number))

    async def give_back(self, number: str, parts: Sequence[tuple[int, ReceiptLine]]) -> None:
        """Note how much of which line of a receipt was given back."""
        for position, part in parts:
            await self._run(_GIVE_BACK, of_number=number, of_line=position, amount=part.amount.amount)

    def writes(self) -> Iterator[Write]:
        """Yield the new receipts, their lines, and movements."""
        yield _NEW_RECEIPTS, [_receipt_row(*each) for each in self._receipts]
        yield (
            _NEW_LINES,
            [
                {
                    "number": receipt.number,
                    "position": position,
                    "fine_id": line.fine_id,
                    "reason": line.reason,
                    "amount": line.amount.amount,
                    "given_back": 0,
                }
                for receipt, _, _ in self._receipts
                for position, line in enumerate(receipt.lines)
            ],
        )
        yield _NEW_MOVEMENTS, [asdict(movement) for movement in self._movements]


def till_of(row: Any) -> Till:
    """Return the till that a row of `WITH_SESSION` holds."""
    session = None if row.session_id is None else TillSession(row.session_id, row.opened_at, row.opened_by)
    return Till(row.code, TillKind(row.kind), row.branch, row.name, row.currency, row.drawer, session)


def receipt_of(row: Any, lines: Sequence[Any]) -> TillReceipt:
    """Return the receipt that a row and the rows of its lines hold."""
    return TillReceipt(
        number=row.number,
        kind=row.kind,
        till=row.till,
        session_id=row.session_id,
        branch=row.branch,
        method=row.method,
        total=Money(row.amount, row.currency),
        lines=tuple(
            ReceiptLine(line.fine_id, line.reason, Money(line.amount, row.currency), line.given_back) for line in lines
        ),
        member_id=row.member_id,
        at=row.at,
        by=row.by,
        reverses=row.reverses,
        why=row.why,
        paid_by=row.paid_by,
    )


_SAME = (
    "number",
    "kind",
    "till",
    "session_id",
    "branch",
    "method",
    "member_id",
    "at",
    "by",
    "reverses",
    "why",
    "paid_by",
)


def _receipt_row(receipt: TillReceipt, year: int, serial: int) -> dict[str, Any]:
    facts = {name: getattr(receipt, name) for name in _SAME}
    amount = {"amount": receipt.total.amount, "currency": receipt.total.currency}
    return facts | amount | {"year": year, "serial": serial}
