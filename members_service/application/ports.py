"""What the use cases need, concept by concept: membership and identity know nothing of each other's."""

from dataclasses import dataclass

from members_service.application.identity.ports import IdentityPorts
from members_service.application.membership.ports import MemberTokens
from members_service.application.membership.use_cases import MembershipPorts
from members_service.application.notices.letters.use_cases import LetterPorts
from members_service.application.notices.sending import SendingPorts
from members_service.application.notices.words import WordsPorts
from members_service.application.privacy.use_cases import PrivacyPorts


@dataclass(frozen=True, slots=True)
class BackgroundPorts:
    """What is given in every process, the one in the background, too; chosen in `wiring/`."""

    membership: MembershipPorts
    privacy: PrivacyPorts
    words: WordsPorts
    sending: SendingPorts
    letters: LetterPorts


@dataclass(frozen=True, slots=True)
class Ports(BackgroundPorts):
    """Everything that the use cases are given where tokens are signed."""

    identity: IdentityPorts
    member_tokens: MemberTokens
