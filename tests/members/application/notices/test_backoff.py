"""A mail domain, or a server, that has no time is left alone for a while; the others get their mails meanwhile."""

from datetime import timedelta

from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.notice import Occurrence
from shared.kernel.ids import new_id
from tests.members.notices import NoticeDesk
from tests.members.smtp_sink import Fault, MailSink

_A_PAUSE = timedelta(minutes=1)


async def _send(desk: NoticeDesk, *addresses: str) -> None:
    """Have somebody told at each of these addresses at once."""
    for address in addresses:
        to = {"to": address}
        await desk.tell(Occurrence(new_id(), NoticeKind.SIGNED_IN, new_id(), desk.clock.now(), secret=to))
    await desk.bundle_all()
    await desk.hand_over()()


def _told(sink: MailSink) -> list[str]:
    return sorted(str(mail["To"]) for mail in sink.taken)


async def test_a_domain_that_says_later_is_left_alone_and_others_are_not(desk: NoticeDesk, sink: MailSink) -> None:
    sink.fault_of = lambda address: Fault.LATER if address.endswith("slow.example") else Fault.NONE
    await _send(desk, "ada@slow.example")

    await _send(desk, "bob@slow.example", "eve@fast.example")

    assert (1, ["eve@fast.example"]) == (sink.faults[Fault.LATER], _told(sink))
    sink.fault_of = lambda _: Fault.NONE
    desk.clock.pass_by(_A_PAUSE)
    await desk.hand_over()()
    assert ["ada@slow.example", "bob@slow.example", "eve@fast.example"] == _told(sink)


async def test_a_server_that_says_later_is_left_alone_longer_each_time(desk: NoticeDesk, sink: MailSink) -> None:
    sink.fault_of = lambda _: Fault.GOES
    await _send(desk, "ada@slow.example")

    await _send(desk, "eve@fast.example")
    first = sink.faults[Fault.GOES]
    desk.clock.pass_by(_A_PAUSE)
    await desk.hand_over()()
    again = sink.faults[Fault.GOES]
    desk.clock.pass_by(_A_PAUSE)
    await desk.hand_over()()
    too_soon = sink.faults[Fault.GOES]
    sink.fault_of = lambda _: Fault.NONE
    desk.clock.pass_by(3 * _A_PAUSE)
    await desk.hand_over()()

    assert (1, again) == (first, too_soon)
    assert again > first
    assert ["ada@slow.example", "eve@fast.example"] == _told(sink)
