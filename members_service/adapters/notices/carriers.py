"""What takes messages along: the mail server, and the gateway for short messages, as far as they are set up."""

from dataclasses import dataclass

from members_service.adapters.notices.mail import Outgoing, mail_of, return_path_of
from members_service.adapters.notices.push_gateway import HttpPushGateway
from members_service.adapters.notices.smtp_server import SmtpServer
from members_service.application.notices.ports import BeginData
from members_service.application.notices.prepare import Prepared
from members_service.domain.notices.message import Attempt, Outcome, Phase, Way
from members_service.domain.notices.notice_settings import NoticeSettings
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class OutgoingCarriers:
    """Implements `hand_over.Carriers`. `sender` is where mails come from unless the library says otherwise."""

    mail: SmtpServer | None
    push: HttpPushGateway | None
    sender: str | None
    clock: Clock

    @property
    def ways(self) -> frozenset[Way]:
        """The ways that are set up; letters always are."""
        mail = {Way.MAIL} if self.mail is not None and self.sender is not None else set[Way]()
        push = {Way.PUSH} if self.push is not None else set[Way]()
        return frozenset({Way.LETTER, *mail, *push})

    async def send(self, one: Prepared, settings: NoticeSettings, begin_data: BeginData) -> Attempt:
        if one.rendered is None or one.address is None:
            raise ValueError("only what is in words and has an address is handed over")
        message, rendered = one.message, one.rendered
        if message.way is Way.PUSH and self.push is not None:
            return await self.push.send(
                message.id, one.address, rendered.text, rendered.language, at=self.clock.now(), begin_data=begin_data
            )
        sender = settings.sender or self.sender
        if message.way is not Way.MAIL or self.mail is None or sender is None:
            return Attempt(Outcome.DEFERRED, Phase.BEFORE, text="this way is not set up")
        of_branch = settings.senders.get(message.branch or "", sender)
        outgoing = Outgoing(
            message_id=message.id,
            rendered=rendered,
            to=one.address,
            sender=of_branch,
            notice_class=message.notice_class,
            at=self.clock.now(),
            reply_to=settings.reply_to,
            unsubscribe=one.unsubscribe_url,
            name=None if one.recipient is None else one.recipient.name,
        )
        path = return_path_of(message.id, of_branch)
        return await self.mail.send(mail_of(outgoing), sender=path, to=one.address, begin_data=begin_data)

    async def rest(self) -> None:
        if self.mail is not None:
            await self.mail.rest()

    async def aclose(self) -> None:
        """Close every connection."""
        await self.rest()
        if self.push is not None:
            await self.push.aclose()
