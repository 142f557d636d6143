"""Members hears of lending what can become a notice, and nothing else: on a real broker, with two relays."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from members_service.application.notices.change_settings import HoldNotices, ListSettingsVersions
from members_service.application.notices.hear_what_is_noted import HearWhatIsNoted
from members_service.application.notices.queries import SettingsQueries
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice_settings import Mode
from members_service.listeners.loan_events import SCHEMAS, notice_listener, types_for
from members_service.persistence.notices.tables import notices
from shared.kernel.ids import new_id
from shared.messaging.bus import OutgoingEvent, Publisher
from shared.messaging.rabbit import RabbitBus
from tests.members.notices import NoticeDesk
from tests.members.register import Register
from tests.servers import RabbitServer
from tests.shared.stores import eventually

_SAMPLES = Path(__file__).parents[2] / "contracts/samples"


class Town:
    """A library whose settings change, with relays that listen, and lending that says what happens."""

    def __init__(self, desk: NoticeDesk, publisher: Publisher, url: str) -> None:
        self.desk, self.publisher, self.url = desk, publisher, url
        self.settings = SettingsQueries(desk.register.database, desk.defaults)

    @asynccontextmanager
    async def relays(self, count: int = 1) -> AsyncIterator[None]:
        stop = asyncio.Event()
        listener = notice_listener(self.desk.note, self.desk.hear)
        tasks = [asyncio.create_task(RabbitBus(self.url).listen(listener, stop)) for _ in range(count)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)

    async def switch(self, mode: Mode, **kinds: Mode) -> None:
        async with self.desk.unit_of_work() as uow:
            present = await uow.notice_settings.current()
            wanted = type(present)(mode=mode, kinds={NoticeKind(kind): each for kind, each in kinds.items()})
            await uow.notice_settings.put(wanted.after(present, self.desk.clock.now()), now=self.desk.clock.now())
            await uow.commit()

    async def is_on_record(self) -> bool:
        return (await self.settings.current()).noted_since is not None

    async def says(self, *types: str) -> list[bool]:
        """Let lending say something of each type; return which of it members is to hear."""
        sent = [_event(type_, number) for number, type_ in enumerate(types)]
        published = await self.publisher.publish_all(sent)
        return [one.sequence in published.confirmed for one in sent]

    async def noted(self) -> set[UUID]:
        return {row.subject_id for row in await self.desk.register.database.rows(select(notices.c.subject_id))}


def _event(type_: str, sequence: int = 1, **changed: object) -> OutgoingEvent:
    event = json.loads((_SAMPLES / f"{type_}.json").read_text())
    event["id"] = str(new_id())
    event["data"] |= changed
    return OutgoingEvent(sequence, event["id"], type_, json.dumps(event).encode())


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.messaging.choosing.CHOOSES_EVERY", 0.05)


@pytest.fixture
async def town(register: Register, rabbit_server: RabbitServer) -> AsyncIterator[Town]:
    publisher = RabbitBus(rabbit_server.url).publisher()
    yield Town(NoticeDesk(register, mode=Mode.OFF), publisher, rabbit_server.url)
    await publisher.aclose()


_ALL = sorted(SCHEMAS)


async def test_while_no_kind_is_on_nothing_of_lending_comes_to_members(town: Town) -> None:
    await town.switch(Mode.OFF)

    async with town.relays(2):
        await eventually(town.is_on_record)

        assert [False] * len(_ALL) == await town.says(*_ALL)


async def test_what_comes_is_what_the_kinds_that_are_on_or_in_shadow_can_use(town: Town) -> None:
    await town.switch(Mode.ON, receipt=Mode.OFF, overdue=Mode.SHADOW, hold_placed=Mode.OFF)

    async with town.relays():
        await eventually(town.is_on_record)
        heard = dict(zip(_ALL, await town.says(*_ALL), strict=True))

    unused = {"loans.loan.checked_out", "loans.loan.returned", "loans.fine.paid", "loans.hold.placed"}
    assert {type_: type_ not in unused for type_ in _ALL} == heard


async def test_whatever_happens_after_the_moment_on_record_is_noted_however_often_it_is_switched(town: Town) -> None:
    due = set[UUID]()
    async with town.relays(2):
        for _ in range(4):
            await town.switch(Mode.OFF)
            await town.switch(Mode.SHADOW)
            await eventually(town.is_on_record)
            for _ in range(5):
                loan = new_id()
                await town.publisher.publish_all([_event("loans.loan.overdue", loan_id=str(loan))])
                due.add(loan)
                await asyncio.sleep(0.03)

        async def all_are_noted() -> bool:
            return due <= await town.noted()

        await eventually(all_are_noted)


async def test_what_happens_while_no_relay_runs_is_noted_once_one_does(town: Town) -> None:
    await town.switch(Mode.ON)
    async with town.relays():
        await eventually(town.is_on_record)

    loan = new_id()
    published = await town.publisher.publish_all([_event("loans.loan.overdue", loan_id=str(loan))])

    assert {1} == published.confirmed
    async with town.relays():

        async def it_is_noted() -> bool:
            return loan in await town.noted()

        await eventually(it_is_noted)


async def test_a_relay_that_waits_for_its_turn_makes_nobody_deaf(town: Town) -> None:
    """The other one read the settings before they were switched on, and comes to act on them afterwards."""
    chosen = list[frozenset[str]]()

    class Hearing:
        chosen: frozenset[str] | None = None

        async def choose(self, types: frozenset[str]) -> None:
            self.chosen = types
            chosen.append(types)

    await town.switch(Mode.OFF)
    turn = asyncio.Lock()

    @asynccontextmanager
    async def alone() -> AsyncIterator[bool]:
        async with turn:
            yield True

    hear = HearWhatIsNoted(town.desk.unit_of_work, town.settings, alone, town.desk.clock)
    async with turn:
        late = asyncio.create_task(hear(Hearing(), types_for))
        await asyncio.sleep(0.05)
        await town.switch(Mode.ON)
    await late

    assert [frozenset(_ALL)] == chosen


async def test_switching_on_says_since_when_and_what_takes_nothing_new_keeps_it(town: Town) -> None:
    clock, seen = town.desk.clock, list[object]()
    async with town.relays():
        for mode, kinds in (
            (Mode.SHADOW, {"receipt": Mode.OFF}),
            (Mode.ON, {"receipt": Mode.OFF}),
            (Mode.ON, {}),
            (Mode.OFF, {}),
        ):
            clock.pass_by(timedelta(hours=1))
            await town.switch(mode, **kinds)
            await eventually(town.is_on_record)
            seen.append((await town.settings.current()).noted_since)

    shadow, on, with_receipts, off = seen
    assert shadow == on
    assert shadow != with_receipts == off


async def test_after_a_restored_backup_nobody_knows_since_when_until_the_relay_has_looked(town: Town) -> None:
    await town.switch(Mode.ON)
    async with town.relays():
        await eventually(town.is_on_record)

    await HoldNotices(town.desk.unit_of_work, town.desk.clock)()

    assert not await town.is_on_record()
    versions = await ListSettingsVersions(town.settings)(limit=10, before=None)
    assert [(2, Mode.SHADOW, False), (1, Mode.ON, True)] == [
        (one.version, one.mode, one.noted_since is not None) for one in versions
    ]


def test_nothing_is_wanted_of_lending_for_what_members_knows_by_itself() -> None:
    own = frozenset({NoticeKind.MEMBERSHIP_ENDS, NoticeKind.ACTIVATION, NoticeKind.RECOVERY, NoticeKind.SIGNED_IN})

    assert frozenset() == types_for(own)
    assert frozenset(SCHEMAS) == types_for(frozenset(NoticeKind))
