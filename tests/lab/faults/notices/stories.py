"""What happens to the people of a play, planned by its dice: loans, holds, charges and codes, and how they go on."""

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from shared.kernel.ids import new_id
from tests.lab.faults.notices.fast_clock import FastClock
from tests.lab.faults.notices.people import Person
from tests.lab.faults.notices.truth import PlayedOccurrence, Subject, Truth
from tests.lab.faults.notices.voice import Voice

Act = Callable[[], Awaitable[None]]
_STAGES = 3
_GOES_ON = 0.35  # how often something ends, or goes on, while it may still be on its way to the reader
_SEVERAL = ((1, 2, 4), (6, 3, 1))  # how many things happen to one person at once, and how often


class Stories:
    """Plans what happens; each act does it, writes it into the truth, and lets members know."""

    def __init__(self, people: Sequence[Person], truth: Truth, voice: Voice, clock: FastClock, dice: random.Random):
        self._people = people
        self._truth = truth
        self._voice = voice
        self._clock = clock
        self._dice = dice
        self._acts: list[tuple[float, Act]] = []
        self._planned = 0
        self._kinds: dict[Callable[[Person, float], None], int] = {
            self._due_soon: 18,
            self._due_today: 4,
            self._not_renewed: 4,
            self._overdue: 20,
            self._moved: 6,
            self._lost: 3,
            self._receipt: 12,
            self._placed: 8,
            self._ready: 16,
            self._hold_ended: 3,
            self._reminder: 3,
            self._charged: 4,
            self._paid: 2,
            self._of_account: 4,
            self._of_money: 2,
        }

    def plan(self, count: int, seconds: float, *, soon: float) -> list[tuple[float, Act]]:
        """Return acts in the order of their seconds; what goes on does so within `soon` seconds."""
        self._soon = soon
        stories, weights = zip(*self._kinds.items(), strict=True)
        while self._planned < count:
            person, second = self._dice.choice(self._people), self._dice.uniform(0, seconds)
            (times,) = self._dice.choices(*_SEVERAL)
            for story in self._dice.choices(stories, weights, k=times):
                story(person, second)
        return sorted(self._acts, key=lambda one: one[0])

    def _due_soon(self, person: Person, second: float) -> None:
        loan = self._loan(days=2)
        self._plan(second, self._loan_event, "due_soon", NoticeKind.DUE_SOON, loan, person)
        if self._goes_on():
            self._renew_or_return(person, second, loan)

    def _due_today(self, person: Person, second: float) -> None:
        self._plan(second, self._loan_event, "due_soon", NoticeKind.DUE_TODAY, self._loan(days=0), person)

    def _not_renewed(self, person: Person, second: float) -> None:
        loan, why = self._loan(days=1), {"not_renewed": ["waiting-holds"]}
        self._plan(second, self._loan_event, "due_soon", NoticeKind.NOT_RENEWED, loan, person, more=why)

    def _overdue(self, person: Person, second: float) -> None:
        loan, stage = self._loan(days=-9), self._dice.randint(1, _STAGES)
        for number in range(stage, _STAGES + 1):
            stages = {"stage": number, "stages": _STAGES}
            event = ("overdue", NoticeKind.OVERDUE, loan, person)
            self._plan(second, self._loan_event, *event, stage=number, more=stages)
            second += self._later()
            if not self._goes_on():
                break
        if self._goes_on():
            self._acts.append((second, partial(self._end, loan, "returned")))

    def _moved(self, person: Person, second: float) -> None:
        loan, recalled = self._loan(days=5), self._dice.random() < 0.5
        kind = NoticeKind.RECALLED if recalled else NoticeKind.DUE_DATE_CHANGED
        for days in (3, 2):
            event = ("due_date_changed", kind, loan, person)
            self._plan(second, self._loan_event, *event, more={"recalled": recalled}, due=self._due(days))
            second += self._later()
            if not self._goes_on():
                return

    def _lost(self, person: Person, second: float) -> None:
        loan = self._loan(days=-40, status="lost")
        self._plan(second, self._loan_event, "declared_lost", NoticeKind.LOST, loan, person)
        if self._goes_on():
            self._acts.append((second + self._later(), partial(self._end, loan, "returned")))

    def _receipt(self, person: Person, second: float) -> None:
        what = self._dice.choice(("checked_out", "returned"))
        for number in range(self._dice.randint(1, 3)):
            loan = self._loan(days=20)
            self._plan(second + number * 0.1, self._loan_event, what, NoticeKind.RECEIPT, loan, person)

    def _renew_or_return(self, person: Person, second: float, loan: Subject) -> None:
        if self._dice.random() < 0.5:
            self._acts.append((second + self._later(), partial(self._end, loan, "returned")))
            return
        event = ("renewed", NoticeKind.RENEWED, loan, person)
        self._plan(second + self._later(), self._loan_event, *event, more={"by_itself": True}, due=self._due(30))

    def _placed(self, person: Person, second: float) -> None:
        hold = self._hold("waiting")
        self._plan(second, self._hold_event, "placed", NoticeKind.HOLD_PLACED, hold, person, more={"position": 2})
        if self._goes_on():
            self._acts.append((second + self._later(), partial(self._end, hold, "cancelled")))

    def _ready(self, person: Person, second: float) -> None:
        hold = self._hold("ready")
        self._plan(second, self._hold_event, "ready", NoticeKind.HOLD_READY, hold, person)
        if not self._goes_on():
            return
        later = second + self._later()
        self._acts.append((later, partial(self._end, hold, "fulfilled" if self._goes_on() else "expired")))
        self._plan(later, self._hold_event, "expired", NoticeKind.HOLD_ENDED, hold, person, only_if="expired")

    def _hold_ended(self, person: Person, second: float) -> None:
        more, hold = {"reason": "withdrawn"}, self._hold("cancelled")
        self._plan(second, self._hold_event, "cancelled", NoticeKind.HOLD_ENDED, hold, person, more=more)

    def _reminder(self, person: Person, second: float) -> None:
        self._plan(second, self._own, NoticeKind.HOLD_READY_REMINDER, person, self._hold("ready"))

    def _charged(self, person: Person, second: float) -> None:
        fine = self._subject("owed", owed=250)
        self._plan(second, self._fine_event, "charged", NoticeKind.CHARGED, fine, person)
        if self._goes_on():
            self._acts.append((second + self._later(), partial(self._end, fine, "paid")))

    def _paid(self, person: Person, second: float) -> None:
        self._plan(second, self._fine_event, "paid", NoticeKind.RECEIPT, self._subject("paid"), person)

    def _of_account(self, person: Person, second: float) -> None:
        kinds = (NoticeKind.ACTIVATION, NoticeKind.RECOVERY, NoticeKind.ADDRESS_CHANGED, NoticeKind.SIGNED_IN)
        if person.email is not None:
            self._plan(second, self._own, self._dice.choice(kinds), person, None)

    def _of_money(self, person: Person, second: float) -> None:
        kind = self._dice.choice((NoticeKind.REFUNDED, NoticeKind.BLOCKED))
        self._plan(second, self._own, kind, person, self._subject("once"))

    def _plan(self, second: float, act: Callable[..., Awaitable[None]], *arguments: Any, **named: Any) -> None:
        self._planned += 1
        self._acts.append((second, partial(act, *arguments, **named)))

    def _goes_on(self) -> bool:
        return self._dice.random() < _GOES_ON

    def _later(self) -> float:
        return self._dice.uniform(0.2, self._soon)

    def _due(self, days: int) -> str:
        day = self._clock.then.replace(hour=23, minute=59, second=59) + timedelta(days=days)
        return day.isoformat()

    def _loan(self, *, days: int, status: str = "open") -> Subject:
        return self._subject(status, due_at=self._due(days), branch=self._dice.choice(self._people).branch)

    def _hold(self, status: str) -> Subject:
        return self._subject(status, branch=self._dice.choice(self._people).branch)

    def _subject(self, status: str, **more: Any) -> Subject:
        made = Subject(new_id(), status, **more)
        self._truth.subjects[made.id] = made
        return made

    async def _end(self, subject: Subject, status: str) -> None:
        """Let something end: whatever was said of it is not true any more."""
        subject.status, subject.owed = status, 0
        self._truth.end(subject.id, time.time())

    async def _loan_event(
        self,
        what: str,
        kind: NoticeKind,
        loan: Subject,
        person: Person,
        *,
        stage: int = 0,
        more: dict[str, Any] | None = None,
        due: str | None = None,
    ) -> None:
        if loan.status == "returned":
            return
        if due is not None:
            loan.due_at = due
            self._truth.end(loan.id, time.time())
        occasion = what if kind is NoticeKind.RECEIPT else "" if kind is NoticeKind.LOST else loan.due_at or ""
        occurrence, book = self._new(person, kind, loan.id, occasion, stage, has_title=True)
        data = {"loan_id": str(loan.id), "copy_id": _COPY, "book_id": book, "member_id": str(person.id)}
        data |= {"branch": loan.branch, "due_at": loan.due_at} | (more or {})
        await self._voice.event(f"loans.loan.{what}", loan.id, data, occurrence.at)

    async def _hold_event(
        self,
        what: str,
        kind: NoticeKind,
        hold: Subject,
        person: Person,
        *,
        more: dict[str, Any] | None = None,
        only_if: str | None = None,
    ) -> None:
        if only_if is not None and hold.status != only_if:
            return
        until = self._due(7) if what == "ready" else None
        occasion = until or ("" if kind is NoticeKind.HOLD_PLACED else what)
        occurrence, book = self._new(person, kind, hold.id, occasion, has_title=True)
        data = {"hold_id": str(hold.id), "book_id": book, "member_id": str(person.id), "pickup_branch": hold.branch}
        data |= ({} if until is None else {"pickup_until": until, "copy_id": _COPY}) | (more or {})
        await self._voice.event(f"loans.hold.{what}", hold.id, data, occurrence.at)

    async def _fine_event(self, what: str, kind: NoticeKind, fine: Subject, person: Person) -> None:
        event_id = new_id()
        occurrence, _ = self._new(person, kind, fine.id, str(event_id))
        data: dict[str, Any] = {
            "fine_id": str(fine.id),
            "loan_id": None,
            "member_id": str(person.id),
            "reason": "overdue",
        }
        data["amount"] = {"amount": 250, "currency": "EUR"}
        await self._voice.event(f"loans.fine.{what}", fine.id, data, occurrence.at, id=event_id)

    async def _own(self, kind: NoticeKind, person: Person, subject: Subject | None) -> None:
        """Let something happen that members knows by itself."""
        to = person.email if subject is None else None
        occasion = self._clock.now().isoformat()
        titled = kind is NoticeKind.HOLD_READY_REMINDER
        subject_id = person.id if subject is None else subject.id
        occurrence, book = self._new(person, kind, subject_id, occasion, has_title=titled, to=to)
        facts: dict[str, Any] = {"book_id": book} if titled else {"amount": 100, "currency": "EUR"}
        secret = None if to is None else {"to": to} | ({"code": "a-code"} if kind in _WITH_CODE else {})
        branch = None if subject is None else subject.branch
        noted = Occurrence(
            person.id, kind, subject_id, occurrence.at, occasion, branch=branch, facts=facts, secret=secret
        )
        await self._voice.tell(noted)

    def _new(
        self,
        person: Person,
        kind: NoticeKind,
        subject_id: UUID,
        occasion: str,
        stage: int = 0,
        *,
        has_title: bool = False,
        to: str | None = None,
    ) -> tuple[PlayedOccurrence, str]:
        number, now = len(self._truth.occurrences), self._clock.now()
        made = PlayedOccurrence(number, person.id, kind, subject_id, now, occasion, stage, has_title, to)
        self._truth.add(made)
        book = new_id()
        self._truth.titles[book] = made.title
        return made, str(book)


_COPY = str(UUID(int=35))
_WITH_CODE = (NoticeKind.ACTIVATION, NoticeKind.RECOVERY)
