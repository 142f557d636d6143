"""`make notices PLAY=urgent WAITING=10000`: how long what is urgent takes while very many courtesies wait.

Everything runs on the clock of the machine; the mail server takes its time for each mail. Ends with 1 if the 95th
percentile of holds that are ready comes later than the window and a minute.
"""

import asyncio
import random
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, timedelta

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, select

from members_service.application.notices.bundle import BundleNotices, Possible
from members_service.application.notices.preferences.queries import PreferenceQueries
from members_service.application.notices.queries import RecipientQueries
from members_service.domain.notices.kinds import NoticeGroup, NoticeKind
from members_service.domain.notices.message import Way
from members_service.domain.notices.notice import Occurrence
from members_service.domain.notices.notice_settings import Mode, NoticeSettings
from members_service.persistence.notices.tables import is_ready, notice_messages
from shared.kernel.ids import new_id
from tests.lab.faults.notices.fast_clock import FastClock
from tests.lab.faults.notices.neighbours import Neighbours
from tests.lab.faults.notices.people import BRANCHES, Person, settle_in
from tests.lab.faults.notices.sink import PlaySink
from tests.lab.faults.notices.stage import SENDER, Stage
from tests.lab.faults.notices.truth import PlayedOccurrence, Subject, Truth
from tests.lab.faults.notices.voice import Voice

WINDOW = timedelta(minutes=1)
AIM = WINDOW + timedelta(seconds=60)
_A_MAIL = 0.04  # seconds that the mail server takes for one
_HOLDS, _A_SECOND = 240, 4.0
_LONGEST = 300.0
_AT_ONCE = 500


class SlowSink(PlaySink):
    """Takes every mail, each after a while."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        await asyncio.sleep(_A_MAIL)
        return await super().handle_DATA(server, session, envelope)


@dataclass(slots=True)
class Urgent:
    """What was measured: the seconds from each event to the mail server, and how many courtesies waited."""

    waited_before: int = 0
    waited_after: int = 0
    seconds: list[float] = field(default_factory=list)
    missing: int = 0

    def percentile(self, share: float) -> float:
        """Return within how many seconds so many of them were there."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")

    @property
    def sentence(self) -> str:
        """All of it."""
        return (
            f"{len(self.seconds)} holds that were ready, with {self.waited_before} courtesies waiting before and "
            f"{self.waited_after} after: at the mail server within {self.percentile(0.5):.0f} s (median), "
            f"{self.percentile(0.95):.0f} s (p95), {self.percentile(1):.0f} s (longest); the window is "
            f"{WINDOW.total_seconds():.0f} s. {self.missing} did not come."
        )


async def measure(waiting: int, *, seed: int) -> Urgent:
    """Let so many courtesies wait, and then let holds be ready."""
    clock, dice, truth = FastClock.begin(1.0), random.Random(seed), Truth(FastClock.begin(1.0).now())
    people = [
        Person(new_id(), number, "en", f"reader{number}@readers.example", False, dice.choice(BRANCHES))
        for number in range(waiting)
    ]
    sink, found = SlowSink(dice, frozenset(), often=0.0), Urgent()
    stage = Stage(clock, Neighbours(truth), sink)
    async with stage.built():
        await settle_in(people, stage.database, stage.unit_of_work, clock)
        await stage.put(_settings())
        await _let_wait(people, stage, truth)
        found.waited_before = await _waiting(stage)
        await stage.start()
        async with Voice(stage.rabbit.url, stage.unit_of_work) as voice:
            began = [await _ready(person, stage, voice, truth) for person in dice.choices(people, k=_HOLDS)]
        end = time.monotonic() + _LONGEST
        titles = {title for title, _ in began}
        while titles - {title for one in sink.all() for title in one.titles} and time.monotonic() < end:
            await asyncio.sleep(5)
        found.waited_after = await _waiting(stage)
        came = {title: one.second for one in sink.all() for title in one.titles}
        found.seconds = [came[title] - second for title, second in began if title in came]
        found.missing = len(began) - len(found.seconds)
    return found


async def _let_wait(people: list[Person], stage: Stage, truth: Truth) -> None:
    """Put a courtesy for each of them into a message."""
    for start in range(0, len(people), _AT_ONCE):
        async with stage.unit_of_work() as uow:
            for one in people[start : start + _AT_ONCE]:
                uow.notify(_due_soon(one, stage, truth))
            await uow.commit()
    recipients, preferences = RecipientQueries(stage.database, stage.keys), PreferenceQueries(stage.database)
    bundle = BundleNotices(
        stage.unit_of_work, recipients, preferences, Possible(frozenset({Way.MAIL})), stage.clock, UTC
    )
    while await bundle():
        pass


def _due_soon(one: Person, stage: Stage, truth: Truth) -> Occurrence:
    now, due = stage.clock.now(), stage.clock.now() + timedelta(days=2)
    loan, book = Subject(new_id(), "open", one.branch, due.isoformat()), new_id()
    truth.subjects[loan.id], truth.titles[book] = loan, "A courtesy"
    facts = {"book_id": str(book), "due_at": due.isoformat()}
    return Occurrence(one.id, NoticeKind.DUE_SOON, loan.id, now, due.isoformat(), branch=one.branch, facts=facts)


async def _ready(person: Person, stage: Stage, voice: Voice, truth: Truth) -> tuple[str, float]:
    """Let a hold be ready; return its title and the second."""
    await asyncio.sleep(1 / _A_SECOND)
    hold, book, now = Subject(new_id(), "ready", person.branch), new_id(), stage.clock.now()
    made = PlayedOccurrence(len(truth.occurrences), person.id, NoticeKind.HOLD_READY, hold.id, now)
    truth.add(made)
    truth.subjects[hold.id], truth.titles[book] = hold, made.title
    data = {"hold_id": str(hold.id), "book_id": str(book), "member_id": str(person.id), "pickup_branch": hold.branch}
    await voice.event("loans.hold.ready", hold.id, data, now)
    return made.title, time.time()


async def _waiting(stage: Stage) -> int:
    query = select(func.count()).select_from(notice_messages).where(is_ready, notice_messages.c.turn == _COURTESY)
    return int((await stage.rows(query))[0][0])


_COURTESY = NoticeKind.DUE_SOON.notice_class.turn


def _settings() -> NoticeSettings:
    windows: Iterable[tuple[NoticeGroup, timedelta]] = ((NoticeGroup.DUE, timedelta(0)), (NoticeGroup.HOLDS, WINDOW))
    return NoticeSettings(mode=Mode.ON, windows=dict(windows), sender=SENDER, version=1)


def main(waiting: int, *, seed: int) -> int:
    """Measure, say what came of it, and return 1 where it took too long."""
    found = asyncio.run(measure(waiting, seed=seed))
    print(found.sentence)
    late = found.percentile(0.95) > AIM.total_seconds()
    if late or found.missing:
        print(f"The aim is {AIM.total_seconds():.0f} s (p95), and none missing.", file=sys.stderr)
    return int(late or bool(found.missing))
