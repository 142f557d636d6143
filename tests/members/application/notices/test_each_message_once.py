"""Each message is accepted once, or it is on a list that says that nobody knows: whatever breaks, and whenever."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from members_service.application.notices.ports import BeginData
from members_service.application.notices.prepare import Prepared
from members_service.domain.notices.circulation import HoldNow
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import LEASE, Attempt
from members_service.domain.notices.notice import Occurrence
from members_service.domain.notices.notice_settings import NoticeSettings
from members_service.persistence.notices.tables import notice_messages, notices
from members_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt
from tests.members.notices import NoticeDesk
from tests.members.smtp_sink import Fault, MailSink

_READERS, _ROUNDS = 40, 40
_WEIGHTS = {Fault.NONE: 6} | dict.fromkeys(set(Fault) - {Fault.NONE, Fault.NOBODY}, 1)
_MAY_BE_UNCERTAIN = (Fault.HANGS, Fault.FORGETS, Fault.CLOSES)
"""Hands over nothing, or takes a mail and does not say so."""


async def test_each_is_accepted_once_or_uncertain_whatever_breaks(desk: NoticeDesk, sink: MailSink) -> None:
    dice = random.Random(35)
    faults, weights = zip(*_WEIGHTS.items(), strict=True)
    sink.fault_of = lambda _: dice.choices(faults, weights)[0]
    for number in range(_READERS):
        await _tell_of_hold(desk, f"reader{number}@readers.example")
    desk.clock.pass_by(timedelta(minutes=16))
    await desk.bundle_all()

    kills = 0
    for _ in range(_ROUNDS):
        kills += await _hand_over_and_perhaps_die(desk, dice)
        desk.clock.pass_by(LEASE + timedelta(hours=4))
    sink.fault_of = lambda _: Fault.NONE
    while await desk.hand_over()():
        desk.clock.pass_by(LEASE + timedelta(hours=4))

    ended = await _states_of_messages(desk)
    accepted = {UUID(id[1:37]): times for id, times in sink.accepted.items()}
    doubtful = sum(sink.faults[fault] for fault in _MAY_BE_UNCERTAIN)
    assert _READERS == len(ended)
    assert {1} == set(accepted.values()), "none was taken twice"
    assert {"handed_over", "uncertain"} >= set(ended.values()), Counter(ended.values())
    assert {id for id, state in ended.items() if state == "handed_over"} <= accepted.keys(), "none is missing"
    assert 0 < Counter(ended.values())["uncertain"] <= doubtful + kills
    assert kills > 5
    bundled = await desk.register.database.rows(select(notices.c.state))
    assert ["bundled"] * _READERS == [row.state for row in bundled]


async def test_whoever_dies_after_the_dot_has_noted_what_the_message_did_not_say(desk: NoticeDesk) -> None:
    member_id = await _tell_of_hold(desk, "ada@readers.example")
    fetched = await _another_hold(desk, member_id)
    desk.clock.pass_by(timedelta(minutes=16))
    await desk.bundle_all()
    desk.lending.holds[fetched] = HoldNow("fulfilled")

    with pytest.raises(_Died):
        await replace(desk.hand_over(), carriers=_DiesAfterTheDot())()
    desk.clock.pass_by(LEASE)
    await desk.hand_over()()

    states = await desk.states()
    assert [("uncertain", "no-answer")] == states["notice_messages"]
    assert [("bundled", None), ("obsolete", "over")] == states["notices"]


class _DiesAfterTheDot:
    """A mail server whose client is gone before it has answered."""

    async def send(self, one: Prepared, settings: NoticeSettings, begin_data: BeginData) -> Attempt:
        await begin_data()
        raise _Died

    async def rest(self) -> None:
        pass


async def _tell_of_hold(desk: NoticeDesk, email: str) -> UUID:
    member = await desk.register.enrol(email=email, card_number=email.partition("@")[0])
    await _another_hold(desk, member.member_id)
    return member.member_id


async def _another_hold(desk: NoticeDesk, member_id: UUID) -> UUID:
    hold = new_id()
    desk.lending.holds[hold] = HoldNow("ready", "MAIN")
    at = desk.clock.now()
    facts = {"book_id": str(new_id())}
    await desk.tell(Occurrence(member_id, NoticeKind.HOLD_READY, hold, at, branch="MAIN", facts=facts))
    return hold


class _Died(BaseException):
    """The process is gone at this point."""


class _Mortal:
    """Opens transactions, and dies before one begins or after one has ended: at the point `dies_at`, if it comes."""

    def __init__(self, desk: NoticeDesk, dies_at: int) -> None:
        self._desk = desk
        self._left = dies_at

    @asynccontextmanager
    async def __call__(self, receipt: Receipt | None = None) -> AsyncIterator[UnitOfWork]:
        self._live_on()
        async with self._desk.unit_of_work(receipt) as uow:
            yield uow
        self._live_on()

    def _live_on(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise _Died


async def _hand_over_and_perhaps_die(desk: NoticeDesk, dice: random.Random) -> bool:
    """Hand some over; return whether the process died at some point of it."""
    mortal: Any = _Mortal(desk, dice.randint(1, 60))
    try:
        await replace(desk.hand_over(), unit_of_work=mortal)()
    except _Died:
        return True
    return False


async def _states_of_messages(desk: NoticeDesk) -> dict[UUID, str]:
    rows = await desk.register.database.rows(select(notice_messages.c.message_id, notice_messages.c.state))
    return {row.message_id: row.state for row in rows}
