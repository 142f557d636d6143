"""Note that a message came back, or that somebody complained of one."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from members_service.application.notices.hand_over import go_another_way
from members_service.application.notices.views import BounceView
from members_service.application.notices.work import NoticeWorkFactory
from members_service.domain.notices.message import MessageEvent, MessageNotFound
from members_service.persistence.notices.addresses import BOUNCED, COMPLAINT
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.receipts import Receipt


class BounceKind(StrEnum):
    """Why a mail came back. A soft one, such as a full mailbox, says nothing about the address."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Bounce:
    """What came back: a message of ours, or only the address that it went to. `status` is as in RFC 3463."""

    kind: BounceKind
    message_id: UUID | None = None
    address: str | None = None
    status: str | None = None


@refuses(MessageNotFound)
@dataclass(frozen=True, slots=True)
class NoteBounce:
    """Note that a mail came back, or that somebody complained of one.

    - After a hard bounce nothing goes to the address any more, and what the message said goes another way:
      but for a code, or a warning about an account, which was for this address alone.
    - Whoever complains gets no courtesy at this address any more.
    - A soft bounce changes nothing. Another address in the member's record is a new beginning.
    """

    unit_of_work: NoticeWorkFactory
    clock: Clock

    async def __call__(self, bounce: Bounce, receipt: Receipt | None = None) -> BounceView:
        """Raise MessageNotFound."""
        now = self.clock.now()
        async with self.unit_of_work(receipt) as uow:
            message = None if bounce.message_id is None else await uow.notice_messages.get(bounce.message_id)
            content = None if message is None else await uow.notice_messages.content_of(message.id)
            address = bounce.address or (None if content is None else content.address)
            goes = False
            if bounce.kind is BounceKind.HARD and message is not None and message.bounce(now=now):
                await uow.notice_messages.save([message])
                goes = await go_another_way(message, address, uow=uow, status=bounce.status, now=now)
                uow.report(MessageEvent(message, now))
            elif bounce.kind is not BounceKind.SOFT and address is not None:
                reason = BOUNCED if bounce.kind is BounceKind.HARD else COMPLAINT
                await uow.suppressions.add(address, reason=reason, status=bounce.status, now=now)
            suppressed = bounce.kind is not BounceKind.SOFT and address is not None
            answer = BounceView(bounce.message_id, suppressed, goes)
            await uow.commit(answer=answer)
        return answer
