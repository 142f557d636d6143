"""What goes out, what is dropped, and what waits."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from members_service.application.notices.queries import MessageFilter, MessageQueries, ReminderQueries
from members_service.application.notices.timed import ForgetMessages, RemindMembers
from members_service.domain.membership.guardian import GuardianReference
from members_service.domain.membership.member_reference import MemberReference
from members_service.domain.membership.personal_details import Address
from members_service.domain.notices.circulation import BranchNow, HoldNow, LoanNow
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from members_service.domain.notices.notice_settings import Mode
from members_service.persistence.data_keys import DataKeys
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.members.makers import TODAY, UTC_ZONE
from tests.members.notices import NoticeDesk
from tests.members.register import Register
from tests.members.smtp_sink import Fault, MailSink

_DUE = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


async def _overdue(desk: NoticeDesk, member_id: UUID, *, stage: int = 1, loan: UUID | None = None) -> UUID:
    loan = loan or new_id()
    desk.lending.loans[loan] = LoanNow("open", _DUE)
    facts = {"book_id": str(new_id()), "due_at": _DUE.isoformat()}
    now = desk.clock.now()
    await desk.tell(
        Occurrence(member_id, NoticeKind.OVERDUE, loan, now, _DUE.isoformat(), stage, branch="MAIN", facts=facts)
    )
    return loan


async def _ready(desk: NoticeDesk, member_id: UUID, **more: Any) -> UUID:
    hold = new_id()
    desk.lending.holds[hold] = HoldNow("ready", "MAIN")
    facts = {"book_id": str(new_id())}
    now = desk.clock.now()
    await desk.tell(Occurrence(member_id, NoticeKind.HOLD_READY, hold, now, branch="MAIN", facts=facts, **more))
    return hold


async def _next_day(desk: NoticeDesk) -> None:
    desk.clock.pass_by(timedelta(days=1))
    await desk.bundle_all()


async def test_all_that_is_overdue_goes_into_one_mail_a_day(desk: NoticeDesk, sink: MailSink) -> None:
    ada = await desk.register.enrol()
    for _ in range(3):
        await _overdue(desk, ada.member_id)

    await _next_day(desk)
    await desk.hand_over()()

    (mail,) = sink.taken
    assert "auto-generated" == mail["Auto-Submitted"]
    assert 3 == len(desk.words.given[0].items)


async def test_what_came_back_in_the_last_moment_is_dropped_and_says_so(desk: NoticeDesk, sink: MailSink) -> None:
    ada = await desk.register.enrol()
    loan = await _overdue(desk, ada.member_id)
    await _next_day(desk)
    desk.lending.loans[loan] = LoanNow("returned", _DUE)

    await desk.hand_over()()

    assert [] == sink.taken
    assert {"notices": [("obsolete", "over")], "notice_messages": [("dropped", "over")]} == await desk.states()


async def test_what_was_fetched_while_its_mail_waited_for_others_is_not_said(desk: NoticeDesk, sink: MailSink) -> None:
    first, second = [await desk.register.enrol(email=f"{name}@library.example") for name in ("ada", "ben")]
    await _ready(desk, first.member_id)
    fetched = await _ready(desk, second.member_id)
    desk.clock.pass_by(timedelta(minutes=16))
    await desk.bundle_all()

    def takes_long(_: str) -> Fault:
        desk.clock.pass_by(timedelta(seconds=4))
        desk.lending.holds[fetched] = HoldNow("fulfilled")
        return Fault.NONE

    sink.fault_of = takes_long
    while await desk.hand_over()():
        pass

    assert ["ada@library.example"] == [str(mail["To"]).partition("<")[2].rstrip(">") for mail in sink.taken]
    assert [("handed_over", None), ("dropped", "over")] == (await desk.states())["notice_messages"]


async def test_at_a_slow_server_what_is_still_true_goes_out(desk: NoticeDesk, sink: MailSink) -> None:
    ada = await desk.register.enrol()
    await _ready(desk, ada.member_id)
    desk.clock.pass_by(timedelta(minutes=16))
    await desk.bundle_all()

    def takes_long(_: str) -> Fault:
        desk.clock.pass_by(timedelta(seconds=20))
        return Fault.NONE

    sink.fault_of = takes_long
    await desk.hand_over()()

    assert 1 == len(sink.taken)


async def test_nothing_goes_out_while_loans_cannot_say_whether_it_is_still_true(
    desk: NoticeDesk, sink: MailSink
) -> None:
    ada = await desk.register.enrol()
    await _ready(desk, ada.member_id)
    desk.clock.pass_by(timedelta(minutes=16))
    await desk.bundle_all()

    def goes_down(_: str) -> Fault:
        desk.clock.pass_by(timedelta(seconds=4))
        desk.lending.down = True
        return Fault.NONE

    sink.fault_of = goes_down
    await desk.hand_over()()
    taken_meanwhile = len(sink.taken)
    desk.lending.down, sink.fault_of = False, lambda _: Fault.NONE
    await desk.hand_over()()
    desk.clock.pass_by(timedelta(minutes=2))
    await desk.hand_over()()

    assert (0, 1) == (taken_meanwhile, len(sink.taken))


async def test_of_several_stages_that_wait_only_the_last_is_said(desk: NoticeDesk, sink: MailSink) -> None:
    ada = await desk.register.enrol()
    loan = await _overdue(desk, ada.member_id, stage=1)
    desk.clock.pass_by(timedelta(minutes=1))
    await _overdue(desk, ada.member_id, stage=2, loan=loan)

    await _next_day(desk)
    await desk.hand_over()()

    assert 1 == len(sink.taken)
    assert [2] == [one.stage for one in desk.words.given]
    assert [("obsolete", "replaced"), ("bundled", None)] == (await desk.states())["notices"]


async def test_while_loans_is_down_messages_wait_but_a_code_does_not(desk: NoticeDesk, sink: MailSink) -> None:
    ada = await desk.register.enrol()
    await _ready(desk, ada.member_id)
    now = desk.clock.now()
    await desk.tell(
        Occurrence(ada.member_id, NoticeKind.RECOVERY, new_id(), now, secret={"code": "4711", "to": "ada@old.example"})
    )
    desk.clock.pass_by(timedelta(minutes=16))
    await desk.bundle_all()
    desk.lending.down = True

    await desk.hand_over()()
    sent_meanwhile = [mail["To"] for mail in sink.taken]
    desk.lending.down = False
    desk.clock.pass_by(timedelta(minutes=2))
    await desk.hand_over()()

    assert 1 == len(sent_meanwhile)
    assert "ada@old.example" in sent_meanwhile[0]
    assert 2 == len(sink.taken)
    (code,) = await _messages(desk, kind=NoticeKind.RECOVERY)
    assert code.text is None, "a code is shown to nobody afterwards"


async def test_in_shadow_everything_is_done_but_the_handing_over(register: Register, sink: MailSink) -> None:
    desk = NoticeDesk(register, sink.port, mode=Mode.SHADOW)
    ada = await register.enrol()
    await _ready(desk, ada.member_id)
    desk.clock.pass_by(timedelta(minutes=16))

    await desk.bundle_all()
    await desk.hand_over()()

    (message,) = await _messages(desk)
    assert [] == sink.taken
    assert ("shadow", "hold_ready by mail at MAIN: ") == (message.state, message.text)


async def test_switching_on_sends_nothing_that_was_due_more_than_a_day_before(
    register: Register, sink: MailSink
) -> None:
    desk = NoticeDesk(register, sink.port, mode=Mode.SHADOW)
    ada = await register.enrol()
    await _overdue(desk, ada.member_id)
    desk.clock.pass_by(timedelta(days=3))
    await desk.change_settings(mode=Mode.ON, on_since=desk.clock.now())

    await desk.bundle_all()
    await desk.hand_over()()

    assert [] == sink.taken
    assert [("obsolete", "too-late")] == (await desk.states())["notices"]


async def test_nothing_says_fetch_it_on_a_day_on_which_the_branch_is_closed(desk: NoticeDesk, sink: MailSink) -> None:
    ada = await desk.register.enrol()
    await _ready(desk, ada.member_id)
    desk.clock.pass_by(timedelta(minutes=16))
    await desk.bundle_all()
    desk.lending.branches["MAIN"] = BranchNow(None, date(2026, 3, 4))

    await desk.hand_over()()
    closed = len(sink.taken)
    desk.lending.branches["MAIN"] = BranchNow("10:00–18:00")
    desk.clock.time = datetime(2026, 3, 4, 8, tzinfo=UTC)
    await desk.hand_over()()

    assert (0, 1) == (closed, len(sink.taken))


async def test_an_address_where_nobody_is_gets_no_more_and_what_must_be_said_goes_by_letter(
    desk: NoticeDesk, sink: MailSink
) -> None:
    ada = await desk.register.enrol(address=Address("12 St James's Square", city="London"))
    sink.fault_of = lambda _: Fault.NOBODY
    await _ready(desk, ada.member_id)
    desk.clock.pass_by(timedelta(minutes=16))
    await desk.bundle_all()

    await desk.hand_over()()
    await desk.bundle_all()

    letter, mail = await _messages(desk)
    assert ("mail", "bounced", "address-fails") == (mail.way, mail.state, mail.why)
    assert ("letter", "ready") == (letter.way, letter.state)


async def test_who_is_reached_by_no_way_is_on_a_list(desk: NoticeDesk) -> None:
    ada = await desk.register.enrol(email=None)
    await _ready(desk, ada.member_id)
    desk.clock.pass_by(timedelta(minutes=16))

    await desk.bundle_all()

    assert [("unreachable", "no-address")] == (await desk.states())["notices"]


async def test_the_notices_of_a_family_go_to_the_guardian_in_one_mail(desk: NoticeDesk, sink: MailSink) -> None:
    ada = await desk.register.enrol()
    guardian = [GuardianReference(MemberReference(ada.member_id), frozenset({"see"}))]
    for name in ("Byron", "Anne"):
        child = await desk.register.enrol(
            name=name, email=None, category="child", date_of_birth=date(2018, 1, 1), guardians=guardian
        )
        await _overdue(desk, child.member_id)
    await _overdue(desk, ada.member_id)

    await _next_day(desk)
    await desk.hand_over()()

    (mail,) = sink.taken
    assert "ada@library.example" in mail["To"]
    assert {None, "Anne", "Byron"} == {one.about and one.about.given_name for one in desk.words.given}


async def test_what_waits_for_a_family_goes_together_as_soon_as_the_first_is_due(
    desk: NoticeDesk, sink: MailSink
) -> None:
    ada = await desk.register.enrol()
    guardian = [GuardianReference(MemberReference(ada.member_id), frozenset({"see"}))]
    for name in ("Byron", "Anne"):
        child = await desk.register.enrol(
            name=name, email=None, category="child", date_of_birth=date(2018, 1, 1), guardians=guardian
        )
        await _ready(desk, child.member_id)
        desk.clock.pass_by(timedelta(minutes=5))
    await _ready(desk, ada.member_id)
    desk.clock.pass_by(timedelta(minutes=6))

    for _ in range(3):
        await desk.bundle_all()
        await desk.hand_over()()
        desk.clock.pass_by(timedelta(minutes=5))

    assert 1 == len(sink.taken)
    assert {None, "Anne", "Byron"} == {one.about and one.about.given_name for one in desk.words.given}


async def test_a_mail_server_that_was_away_for_days_means_one_mail(desk: NoticeDesk, sink: MailSink) -> None:
    ada = await desk.register.enrol()
    for _ in range(3):
        await _overdue(desk, ada.member_id)
        await _next_day(desk)

    await desk.hand_over()()

    assert 1 == len(sink.taken)


async def test_while_nothing_is_sent_nothing_is_written(register: Register) -> None:
    desk = NoticeDesk(register, mode=Mode.OFF)
    ada = await register.enrol()

    await _ready(desk, ada.member_id)

    assert {"notices": [], "notice_messages": []} == await desk.states()


async def test_members_are_told_once_that_their_membership_ends(desk: NoticeDesk) -> None:
    await desk.register.enrol(expires_on=TODAY + timedelta(days=10))
    await desk.register.enrol(email="ben@library.example", expires_on=TODAY + timedelta(days=40))
    database, keys = desk.register.database, desk.register.keys
    remind = RemindMembers(desk.unit_of_work, ReminderQueries(database, keys), desk.clock, UTC_ZONE)

    await remind()
    desk.clock.pass_by(timedelta(hours=1))
    await remind()

    assert [("pending", None)] == (await desk.states())["notices"]


async def test_a_hold_is_said_once_more_on_its_last_day(desk: NoticeDesk, sink: MailSink) -> None:
    ada = await desk.register.enrol()
    until = desk.clock.now() + timedelta(days=7)
    await _ready(desk, ada.member_id, valid_until=until, occasion=until.isoformat())
    desk.clock.pass_by(timedelta(minutes=16))
    await desk.bundle_all()
    await desk.hand_over()()
    database, keys = desk.register.database, desk.register.keys
    remind = RemindMembers(desk.unit_of_work, ReminderQueries(database, keys), desk.clock, UTC_ZONE)

    await remind()
    desk.clock.time = until - timedelta(hours=12)
    await remind()
    await remind()

    assert [("bundled", None), ("pending", None)] == (await desk.states())["notices"]


async def test_what_messages_said_is_forgotten_after_ninety_days_and_all_of_it_after_a_year(
    desk: NoticeDesk, sink: MailSink
) -> None:
    ada = await desk.register.enrol()
    await _ready(desk, ada.member_id)
    desk.clock.pass_by(timedelta(minutes=16))
    await desk.bundle_all()
    await desk.hand_over()()
    forget = ForgetMessages(desk.unit_of_work, desk.clock)

    desk.clock.pass_by(timedelta(days=91))
    await forget()
    (message,) = await _messages(desk)
    desk.clock.pass_by(timedelta(days=300))
    await forget()

    assert ("handed_over", None) == (message.state, message.text)
    assert {"notices": [], "notice_messages": []} == await desk.states()


async def _messages(desk: NoticeDesk, **wanted: Any) -> list[Any]:
    queries = MessageQueries(desk.register.database, desk.register.keys)
    return await queries.messages(MessageFilter(**wanted), limit=None, before=None)
