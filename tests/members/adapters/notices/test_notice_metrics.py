"""What waits, failed or came back is measured, so that alerts can see it."""

from datetime import timedelta

from prometheus_client import REGISTRY

from members_service.adapters.notices.notice_metrics import measure_notices
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import MessageState
from members_service.domain.notices.notice import Occurrence
from shared.kernel.ids import new_id
from tests.members.notices import NoticeDesk
from tests.members.register import Register


async def _measured(desk: NoticeDesk) -> dict[str, float | None]:
    await measure_notices(desk.register.database, now=desk.clock.now())
    states = ("ready", "uncertain", "failed", "bounced")
    counted = {state: REGISTRY.get_sample_value("notice_messages", {"state": state}) for state in states}
    oldest, nowhere = "notices_oldest_age_seconds", "notices_unreachable"
    return {name: number for name, number in counted.items() if number} | {
        "oldest": REGISTRY.get_sample_value(oldest),
        "unreachable": REGISTRY.get_sample_value(nowhere),
    }


async def test_it_is_measured_what_waits_for_how_long_and_what_somebody_has_to_look_at(register: Register) -> None:
    desk = NoticeDesk(register)
    ada, eve = [(await register.enrol(email=email)).member_id for email in ("ada@x.y", None)]
    for member_id in (ada, eve):
        at = desk.clock.now()
        await desk.tell(Occurrence(member_id, NoticeKind.HOLD_READY, new_id(), at, branch="MAIN"))

    nothing = await _measured(desk)
    desk.clock.pass_by(timedelta(minutes=25))
    late = await _measured(desk)
    await desk.bundle_all()
    waits = await _measured(desk)
    async with desk.unit_of_work() as uow:
        (message,) = await uow.notice_messages.claim([*desk.possible], by=new_id(), now=desk.clock.now(), limit=9)
        message.end(MessageState.UNCERTAIN, None, now=desk.clock.now())
        await uow.notice_messages.save([message])
        await uow.commit()

    assert {"oldest": 0, "unreachable": 0} == nothing
    assert {"oldest": 600, "unreachable": 0} == late
    assert {"ready": 1, "oldest": 0, "unreachable": 1} == waits
    assert {"uncertain": 1, "oldest": 0, "unreachable": 1} == await _measured(desk)
