"""A play: things happen to people, the mail server misbehaves, relays are killed, and loans falls silent."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from members_service.application.notices.letters.queries import LetterQueries
from members_service.domain.notices.kinds import NoticeGroup, NoticeKind
from members_service.domain.notices.letters import LetterBatch
from members_service.domain.notices.message import Outcome
from members_service.domain.notices.notice_settings import Mode, NoticeSettings
from members_service.persistence.notices.letters import letter_batches
from members_service.persistence.notices.tables import (
    is_claimed,
    is_pending,
    is_ready,
    notice_attempts,
    notice_messages,
    notices,
)
from shared.kernel.ids import new_id
from tests.lab.faults.notices.fast_clock import FastClock
from tests.lab.faults.notices.neighbours import Neighbours
from tests.lab.faults.notices.people import Person, settle_in, townspeople
from tests.lab.faults.notices.sink import PlaySink, Taken
from tests.lab.faults.notices.stage import SENDER, Stage
from tests.lab.faults.notices.stories import Act, Stories
from tests.lab.faults.notices.truth import TITLE, PlayedOccurrence, Truth
from tests.lab.faults.notices.voice import Voice
from tests.members.smtp_sink import Fault

SPEED = 60.0  # a minute is a second
_OCCURRENCES_A_SECOND = 75
_AT_ONCE = 40
_LOOKS_AFTER, _MOST_WAITING = 50, 200  # things that happened, and events that no relay has taken
_MAILS = 0.25  # of all that happens, is at least what goes out by mail: after so many all kills are done
_MOST_MAILS = 300  # that wait for the mail server, which takes seconds for some
_KILLS_LEFT = 5  # that may be behind what has happened
_STOPS = 3  # of loans
_LONGEST_TO_SETTLE = 600.0  # seconds
_PRINTS_EVERY = 1.0


@dataclass(slots=True)
class Play:
    """What is to be played, and afterwards all that is known of it. `window` is in minutes of its clock."""

    seed: int
    members: int
    occurrences: int
    kills: int
    window: int = 10
    mutant: str | None = None
    often: float = 1.0  # how often the mail server misbehaves, as against usual

    clock: FastClock = field(default_factory=lambda: FastClock.begin(SPEED))
    people: list[Person] = field(default_factory=list)
    truth: Truth = field(default_factory=lambda: Truth(datetime.now(UTC)))
    taken: list[Taken] = field(default_factory=list)
    printed: Counter[str] = field(default_factory=Counter)
    letters: Counter[Any] = field(default_factory=Counter)
    notices: list[Any] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    refusals: dict[Any, str] = field(default_factory=dict)
    faults: Counter[Fault] = field(default_factory=Counter)
    without_answer: int = 0
    killed: int = 0
    stops: int = 0
    unsettled: list[str] = field(default_factory=list)
    seconds: float = 0.0
    settled_in: float = 0.0
    logs: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Performance:
    """A play under way."""

    play: Play
    stage: Stage
    sink: PlaySink
    dice: random.Random
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def perform(self) -> None:
        """Play it to its end; afterwards `play` holds everything that a judge has to know."""
        play, stage = self.play, self.stage
        await settle_in(play.people, stage.database, stage.unit_of_work, stage.clock)
        await stage.put(_settings(play.window))
        await stage.start()
        began = time.monotonic()
        seconds = play.occurrences / _OCCURRENCES_A_SECOND
        async with Voice(stage.rabbit.url, stage.unit_of_work) as voice:
            stories = Stories(play.people, play.truth, voice, stage.clock, self.dice)
            acts = stories.plan(play.occurrences, seconds, soon=1.5 * play.window * 60 / stage.clock.speed)
            _note_endings(play)
            async with asyncio.TaskGroup() as tasks:
                printing = tasks.create_task(self._print())
                killing = tasks.create_task(self._kill())
                tasks.create_task(self._fall_silent(seconds))
                await self._act(acts, voice)
                play.settled_in = await self._settle(voice)
                printing.cancel()
                killing.cancel()
        play.seconds = time.monotonic() - began
        await self._gather()

    async def _act(self, acts: list[tuple[float, Act]], voice: Voice) -> None:
        """Let everything happen at its second, or later where the machine cannot follow."""
        began, places = time.monotonic(), asyncio.Semaphore(_AT_ONCE)

        async def one(act: Act) -> None:
            async with places:
                await act()

        async with asyncio.TaskGroup() as tasks:
            for number, (second, act) in enumerate(acts):
                if number % _LOOKS_AFTER == 0:
                    before = time.monotonic()
                    while await self._is_ahead(voice, number / len(acts)):
                        await asyncio.sleep(0.2)
                    began += time.monotonic() - before
                await asyncio.sleep(max(0.0, began + second - time.monotonic()))
                tasks.create_task(one(act))

    async def _is_ahead(self, voice: Voice, share: float) -> bool:
        """Whether so much has happened that relays cannot follow, or be killed often enough: each takes seconds."""
        if self.play.killed < self.play.kills * share - _KILLS_LEFT or await voice.waiting() > _MOST_WAITING:
            return True
        c = notice_messages.c
        mails = select(func.count()).select_from(notice_messages).where(is_ready, c.way == "mail")
        return int((await self.stage.rows(mails))[0][0]) > _MOST_MAILS

    async def _kill(self) -> None:
        """Kill one relay after the other, after as many mails as the dice say: a slow machine gets no further else."""
        dice, mails = random.Random(f"{self.play.seed} kills"), 0.0
        for number in range(self.play.kills):
            mails += _MAILS * self.play.occurrences / self.play.kills * dice.uniform(0.2, 1.8)
            while len(self.sink.taken) < mails:
                await asyncio.sleep(dice.uniform(0, 0.05))
            await self.stage.kill(number)
            self.play.killed += 1

    async def _fall_silent(self, seconds: float) -> None:
        """Let loans answer nothing for a while, some times."""
        for _ in range(_STOPS):
            await asyncio.sleep(seconds / (_STOPS + 1))
            self.stage.neighbours.silent = True
            self.play.stops += 1
            await asyncio.sleep(min(10.0, seconds / 20))
            self.stage.neighbours.silent = False

    async def _print(self) -> None:
        """Have the letters written that wait at each branch."""
        c = notice_messages.c
        waiting = select(c.branch).where(is_ready, c.way == "letter").distinct()
        unwritten = select(letter_batches.c.branch).where(letter_batches.c.prepared_at.is_(None))
        while True:
            await asyncio.sleep(_PRINTS_EVERY)
            asked = {row.branch for row in await self.stage.rows(unwritten)}
            for branch in {row.branch for row in await self.stage.rows(waiting)} - asked:
                async with self.stage.unit_of_work() as uow:
                    await uow.letter_batches.add(LetterBatch(new_id(), branch, 0, self.stage.clock.now(), None))
                    await uow.commit()

    async def _settle(self, voice: Voice) -> float:
        """Wait until nothing is under way any more; return how many seconds it took."""
        under_way = select(func.count()).select_from(notice_messages).where(or_(is_ready, is_claimed))
        pending = select(func.count()).select_from(notices).where(is_pending)
        began, calm = time.monotonic(), 0
        while calm < 3:
            left = [(await self.stage.rows(query))[0][0] for query in (pending, under_way)]
            left.append(await voice.waiting())
            calm = 0 if any(left) else calm + 1
            if time.monotonic() - began > _LONGEST_TO_SETTLE:
                self.play.unsettled.append("{} notices, {} messages and {} events are still under way".format(*left))
                break
            await asyncio.sleep(0.5)
        return time.monotonic() - began

    async def _gather(self) -> None:
        play, stage = self.play, self.stage
        play.taken, play.faults = self.sink.all(), self.sink.faults
        play.without_answer = self.sink.without_answer
        play.notices = await stage.rows(select(notices))
        play.messages = await stage.rows(select(notice_messages))
        c = notice_attempts.c
        for row in await stage.rows(select(c.message_id, c.phase, c.code).where(c.outcome == Outcome.REFUSED)):
            play.refusals[row.message_id] = f"{row.code} in {row.phase}"
        queries = LetterQueries(stage.database, stage.keys)
        for row in await stage.rows(select(letter_batches.c.batch_id)):
            for letter in await queries.letters(row.batch_id):
                play.letters[letter.message_id] += 1
                play.printed.update(set(TITLE.findall(letter.text)))
        play.logs = {f"relay {number}": one.told() for number, one in enumerate(stage.relays)}


def _note_endings(play: Play) -> None:
    """Some memberships end soon, which members finds out by itself."""
    for person in play.people:
        if person.ends_on is not None:
            day, number = person.ends_on.isoformat(), len(play.truth.occurrences)
            kind, now = NoticeKind.MEMBERSHIP_ENDS, play.truth.began
            play.truth.add(PlayedOccurrence(number, person.id, kind, person.id, now, day))


def _settings(window: int) -> NoticeSettings:
    """Return settings under which nothing waits for tomorrow."""
    usual = frozenset(NoticeGroup) - {NoticeGroup.CODE, NoticeGroup.SIGN_IN}
    return NoticeSettings(
        mode=Mode.ON,
        windows={group: timedelta(minutes=window) for group in usual},
        sender=SENDER,
        library_name="Middlemarch library",
        public_url="https://library.example",
        version=1,
    )


async def perform(play: Play) -> None:
    """Play it, from nothing to nothing left behind."""
    dice, clock = random.Random(play.seed), play.clock
    play.truth = Truth(clock.now())
    play.people = townspeople(play.members, dice, clock.now().date())
    bad = frozenset(one.email for one in play.people if one.is_bad and one.email)
    sink = PlaySink(random.Random(f"{play.seed} mail"), bad, often=play.often)
    stage = Stage(clock, Neighbours(play.truth), sink, mutant=play.mutant)
    async with stage.built():
        await Performance(play, stage, sink, dice).perform()
