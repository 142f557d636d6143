"""Send a message once more, of which nobody knows whether it arrived."""

from dataclasses import dataclass
from uuid import UUID

from members_service.application.notices.queries import view_of
from members_service.application.notices.views import MessageView
from members_service.application.notices.work import NoticeWorkFactory
from members_service.domain.notices.message import CannotBeRepeated, MessageNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt


@refuses(MessageNotFound, CannotBeRepeated)
@dataclass(frozen=True, slots=True)
class RepeatMessage:
    """Send a message once more that is uncertain or failed: as another message, which says what still holds.

    It is never done by itself, for the first one may have arrived.
    """

    unit_of_work: NoticeWorkFactory
    clock: Clock

    async def __call__(self, message_id: UUID, receipt: Receipt | None = None) -> MessageView:
        """Raise MessageNotFound or CannotBeRepeated."""
        now = self.clock.now()
        async with self.unit_of_work(receipt) as uow:
            message = await uow.notice_messages.get(message_id)
            if await uow.notice_messages.was_repeated(message.id):
                raise CannotBeRepeated
            again = message.repeated(id=new_id(), now=now)
            await uow.notice_messages.add(again, repeats=message.id)
            await uow.notices.move(message.id, to=again.id)
            answer = view_of(again, None)
            await uow.commit(answer=answer)
        return answer
