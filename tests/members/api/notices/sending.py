"""Messages that were sent, for tests of what becomes of them."""

from uuid import UUID

from members_service.domain.notices.kinds import NoticeGroup, NoticeKind
from members_service.domain.notices.message import Attempt, Message, Outcome, Phase, Way
from members_service.domain.notices.notice import Occurrence
from members_service.persistence.notices.messages import Content
from members_service.wiring.ports import unit_of_work_factory
from shared.kernel.ids import new_id
from shared.tasks import WakeUp
from tests.members.api.conftest import Service

_TOKEN = UUID(int=1)


async def sent(service: Service, member_id: str, outcome: Outcome) -> UUID:
    """Let a message about a hold end like this; return its id."""
    now = service.clock.now()
    message = Message(
        new_id(), UUID(member_id), NoticeGroup.HOLDS, Way.MAIL, "en", "MAIN", (NoticeKind.HOLD_READY,), now
    )
    unit_of_work = unit_of_work_factory(service.database, service.data_keys, service.clock, WakeUp())
    async with unit_of_work() as uow:
        uow.notify(Occurrence(message.member_id, NoticeKind.HOLD_READY, new_id(), now, branch="MAIN"))
        await uow.notice_messages.add(message)
        await uow.commit()
    async with unit_of_work() as uow:
        for notice in await uow.notices.pending_of([message.member_id]):
            notice.bundle(message.id)
            await uow.notices.save([notice])
        (claimed,) = await uow.notice_messages.claim([Way.MAIL], by=_TOKEN, now=now, limit=1)
        claimed.note(Attempt(outcome, Phase.DATA), now=now)
        content = Content("It is ready.", "Ready", None, "ada@library.example")
        await uow.notice_messages.finish(claimed, by=_TOKEN, content=content)
        await uow.commit()
    return message.id


async def switch(service: Service, mode: str) -> None:
    """Let the library send notices in this mode."""
    shown = await service.get("/v1/notice-settings")
    answer = await service.request("PUT", "/v1/notice-settings", {"mode": mode}, if_match=shown.headers["ETag"])
    assert 200 == answer.status_code, answer.text
