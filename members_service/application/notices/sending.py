"""The use cases of sending, each bound to what it needs."""

from dataclasses import dataclass

from members_service.application.membership.work import MembershipWorkFactory
from members_service.application.notices.change_settings import (
    HoldNotices,
    ListSettingsVersions,
    PutSettings,
    ShowSettings,
)
from members_service.application.notices.note_bounce import NoteBounce
from members_service.application.notices.queries import MessageQueries, SettingsQueries
from members_service.application.notices.repeat_message import RepeatMessage
from members_service.application.notices.show_messages import (
    ListBouncedAddresses,
    ListMessages,
    ListNotices,
    ShowForecast,
)
from members_service.application.notices.work import NoticeWorkFactory
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class SendingPorts:
    """What the use cases of sending need."""

    unit_of_work: NoticeWorkFactory
    member_work: MembershipWorkFactory
    messages: MessageQueries
    settings: SettingsQueries
    clock: Clock


class NoticeSendingUseCases:
    """What is sent, and what became of it."""

    def __init__(self, ports: SendingPorts) -> None:
        self.show_settings = ShowSettings(ports.settings)
        self.list_versions = ListSettingsVersions(ports.settings)
        self.put_settings = PutSettings(ports.unit_of_work, ports.clock)
        self.hold = HoldNotices(ports.unit_of_work, ports.clock)
        self.list_messages = ListMessages(ports.member_work, ports.messages, ports.clock)
        self.list_bounced = ListBouncedAddresses(ports.member_work, ports.messages, ports.clock)
        self.repeat = RepeatMessage(ports.unit_of_work, ports.clock)
        self.list_notices = ListNotices(ports.messages)
        self.forecast = ShowForecast(ports.messages, ports.clock)
        self.note_bounce = NoteBounce(ports.unit_of_work, ports.clock)
