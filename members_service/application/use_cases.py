"""All that the service can be asked, concept by concept."""

from members_service.application.identity.use_cases import IdentityUseCases
from members_service.application.membership.use_cases import (
    DeskMessageUseCases,
    GuardianUseCases,
    MembershipUseCases,
    MovingInUseCases,
    TidyUseCases,
)
from members_service.application.new_readers import NewReaders
from members_service.application.notices.letters.use_cases import LetterUseCases
from members_service.application.notices.sending import NoticeSendingUseCases
from members_service.application.notices.words import NoticePreferencesUseCases, NoticeWordsUseCases
from members_service.application.ports import BackgroundPorts, Ports
from members_service.application.privacy.use_cases import PrivacyUseCases


class BackgroundUseCases:
    """What is asked where nothing is signed."""

    def __init__(self, ports: BackgroundPorts) -> None:
        self.guardians = GuardianUseCases(ports.membership)
        self.tidying = TidyUseCases(ports.membership)
        self.desk_messages = DeskMessageUseCases(ports.membership)
        self.privacy = PrivacyUseCases(ports.privacy)
        self.moving_in = MovingInUseCases(ports.membership, self.privacy.undo_members)
        self.letters = LetterUseCases(ports.letters)
        self.notice_words = NoticeWordsUseCases(ports.words)
        self.notice_preferences = NoticePreferencesUseCases(ports.words)
        self.notice_sending = NoticeSendingUseCases(ports.sending)


class UseCases(BackgroundUseCases):
    """What the routes, commands and demo data ask, by concept."""

    def __init__(self, ports: Ports) -> None:
        super().__init__(ports)
        self.membership = MembershipUseCases(ports.membership, ports.member_tokens)
        self.identity = IdentityUseCases(ports.identity, NewReaders(self.membership.enrol_member))
