"""Whatever desks and members do, in whatever order, repeated and crossed: the acts of the circulation machine."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from sqlalchemy import Engine, create_engine, make_url

from loans_service.application.lending.amendments.resolve_claim import ClaimOutcome
from loans_service.domain.tills.till import Method
from shared.kernel.errors import LibraryError
from shared.persistence.database import Database
from tests.loans.library import BRANCHES, Library, records
from tests.templates import Templates

Key = TypeVar("Key", UUID, str)
Act = Callable[[], Awaitable[object]]

COPIES = st.integers(0, 3)
MEMBERS = st.sampled_from(["ADA", "BOB", "KIM"])
LOAN_ACTS = ["renew", "lose", "claim", "find here", "find there", "move due date", *ClaimOutcome]
MONEY_BACK = ["undo", "undo", "refund", "refund a part", "refund as credit"]
SOMEWHERE = st.sampled_from(BRANCHES)
WHICH = st.integers(0, 50)


class Premises:
    """Where all examples happen, one after another: one loop, and a database that each finds empty.

    Its engine has compiled what the examples before have asked. What is on record is read by a connection beside it,
    which needs no thread of its own.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._folder = tempfile.TemporaryDirectory()
        self._templates = Templates(Path(self._folder.name))
        self._looks: dict[str, Engine] = {}

    def enter(self) -> tuple[Database, Engine]:
        """Return the database, as the migrations left it, and what reads beside it."""
        kept = self.loop.run_until_complete(self._templates.kept("sqlite", "loans_service"))
        beside = make_url(kept.url).set(drivername="sqlite")
        return kept.database, self._looks.setdefault(kept.url, create_engine(beside))

    def leave(self) -> None:
        for engine in self._looks.values():
            engine.dispose()
        self.loop.run_until_complete(self._templates.leave())
        self.loop.close()
        self._folder.cleanup()
        premises.cache_clear()


@cache
def premises() -> Premises:
    return Premises()


class Acts(RuleBasedStateMachine):
    """Two books of two copies each, two branches, three members who may have two loans and two holds each."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = premises().loop
        database, self.beside = premises().enter()
        self.library = Library(database)
        self.loop.run_until_complete(self.library.open())
        self.last: Act | None = None
        self.settled = False
        self.look()

    def look(self) -> None:
        with self.beside.connect() as connection:
            self.seen = records(connection)

    def do(self, *acts: Act) -> None:
        """Do this, or all of these at once. What is refused changes nothing and tells nothing."""
        self.last, self.settled = acts[-1], False
        self.loop.run_until_complete(self._all(acts))
        self.look()

    async def _all(self, acts: tuple[Act, ...]) -> None:
        results = await asyncio.gather(*(act() for act in acts), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, LibraryError):
                raise result

    def check_out_of(self, copy: int, card: str, *, codes: tuple[str, ...] = ()) -> Act:
        return lambda: self.library.check_out(copy, card, codes=codes)

    @initialize()
    def has_waiting_holds(self) -> None:
        self.do(lambda: self.library.hold(0, None, "ADA", "EAST"))

    @rule(copy=COPIES, card=MEMBERS, in_spite=st.booleans())
    def check_out(self, copy: int, card: str, in_spite: bool) -> None:
        serves = self.seen.away.get(self.library.copies[copy].copy_id, {}).get("hold_id")

        async def act() -> None:
            try:
                await self.library.check_out(copy, card, codes=("copy-held-for-other",) if in_spite else ())
            except LibraryError as refused:
                codes = {each.code for each in getattr(refused, "refusals", (refused,))}
                assert serves is not None or "copy-held-for-other" not in codes, "nobody waits for this copy"

        self.do(act)

    @rule(copy=COPIES, branch=SOMEWHERE, hours_ago=st.sampled_from([0, 0, 5]))
    def give_back(self, copy: int, branch: str, hours_ago: int) -> None:
        self.do(lambda: self.library.give_back(copy, branch, ago=timedelta(hours=hours_ago)))

    @rule(copy=COPIES, branch=SOMEWHERE)
    def give_back_what_grows(self, copy: int, branch: str) -> None:
        self.do(lambda: self.library.give_back_what_grows(copy, branch))

    @rule(book=st.integers(0, 1), copy=st.none() | COPIES, card=MEMBERS, branch=st.none() | SOMEWHERE)
    def hold(self, book: int, copy: int | None, card: str, branch: str | None) -> None:
        self.do(lambda: self.library.hold(book, copy, card, branch))

    @rule(which=WHICH, act=st.sampled_from(LOAN_ACTS))
    def change_a_loan(self, which: int, act: str) -> None:
        for loan_id in _one_of(self.seen.loans, which):
            self.do(partial(self.library.change_loan, loan_id, act))

    @rule(
        which=WHICH,
        act=st.sampled_from(["cancel", "cancel", "suspend", "suspend for a day", "resume", "expire", "not found"]),
    )
    def change_a_hold(self, which: int, act: str) -> None:
        for hold_id in _one_of(self.seen.holds, which):
            self.do(partial(self.library.change_hold, hold_id, act))

    @rule(book=st.integers(0, 1), order=st.permutations(range(4)))
    def reorder(self, book: int, order: list[int]) -> None:
        self.do(lambda: self.library.reorder(book, order))

    @rule(copy=COPIES, status=st.sampled_from(["in_service", "in_service", "in_repair", "missing", "withdrawn"]))
    def books_says_something_else_of_a_copy(self, copy: int, status: str) -> None:
        self.do(lambda: self.library.change_copy(copy, status=status))

    @rule(copy=COPIES, branch=SOMEWHERE)
    def a_copy_moves(self, copy: int, branch: str) -> None:
        self.do(lambda: self.library.change_copy(copy, branch=branch))

    @rule(copy=COPIES, status=st.sampled_from(["in_repair", "missing", "withdrawn"]), branch=SOMEWHERE)
    def books_says_something_else_and_targets_are_chosen(self, copy: int, status: str, branch: str) -> None:
        async def act() -> None:
            await self.library.change_copy(copy, status=status)
            await self.library.change_copy(3 - copy, branch=branch)
            await self.library.choose_targets()

        self.do(act)
        self.settled = True

    @rule()
    def sweep(self) -> None:
        self.do(self.library.sweep)

    @rule()
    def sweep_twice_at_once(self) -> None:
        self.do(self.library.sweep, self.library.sweep)

    @rule()
    def choose_targets(self) -> None:
        self.do(self.library.choose_targets)
        self.settled = True

    @rule(days=st.sampled_from([0, 1, 3, 8, 50]), hours=st.integers(1, 23))
    def time_passes(self, days: int, hours: int) -> None:
        self.library.clock.pass_by(timedelta(days=days, hours=hours))
        self.settled = False

    @precondition(lambda self: self.last)
    @rule()
    def repeat(self) -> None:
        assert self.last is not None
        self.do(self.last)

    @rule(copy=COPIES, one=MEMBERS, other=MEMBERS, branch=SOMEWHERE)
    def cross_check_outs_and_a_return(self, copy: int, one: str, other: str, branch: str) -> None:
        self.do(
            self.check_out_of(copy, one),
            lambda: self.library.give_back(copy, branch),
            self.check_out_of(copy, other),
        )

    @rule(copy=COPIES, card=MEMBERS)
    def cross_targets_with_a_check_out(self, copy: int, card: str) -> None:
        self.do(self.library.choose_targets, self.check_out_of(copy, card), self.library.choose_targets)

    @rule(which=WHICH, card=MEMBERS, branch=SOMEWHERE)
    def cross_a_renewal_with_a_return_and_a_hold(self, which: int, card: str, branch: str) -> None:
        for loan_id in _one_of(self.seen.loans, which):
            copy = self.library.number_of(self.seen.loans[loan_id].copy.copy_id)
            self.do(
                partial(self.library.change_loan, loan_id, "renew"),
                partial(self.library.hold, copy // 2, None, card, None),
                partial(self.library.give_back, copy, branch),
            )

    @rule(which=WHICH, cents=st.integers(1, 3000), forgive=st.booleans())
    def settle_a_fine(self, which: int, cents: int, forgive: bool) -> None:
        for fine_id in _one_of(self.seen.owed, which):
            self.do(partial(self.library.settle, fine_id, None if forgive else cents))

    @rule(card=MEMBERS, cents=st.integers(1, 3000), method=st.sampled_from([Method.CASH, Method.CARD, Method.CREDIT]))
    def pay(self, card: str, cents: int, method: Method) -> None:
        self.do(partial(self.library.pay, card, cents, method))

    @rule(which=WHICH, act=st.sampled_from(MONEY_BACK), cents=st.integers(1, 600), twice=st.booleans())
    def give_money_back(self, which: int, act: str, cents: int, twice: bool) -> None:
        for number in _one_of(self.seen.receipts, which):
            given = partial(self.library.give_money_back, number, act, cents)
            self.do(*(given for _ in range(1 + twice)))

    @rule(which=WHICH, card=MEMBERS, crossed=st.booleans())
    def pay_out(self, which: int, card: str, crossed: bool) -> None:
        for payout_id in _one_of(self.seen.payouts, which):
            with_credit = [partial(self.library.pay, card, 100, Method.CREDIT)] if crossed else []
            self.do(partial(self.library.pay_out, payout_id), *with_credit)


def _one_of(records: Mapping[Key, object], which: int) -> list[Key]:
    """Return one of these, the latest first, or none: whether there is one must not change what is drawn."""
    return list(records)[-1 - which % len(records) :][:1] if records else []
