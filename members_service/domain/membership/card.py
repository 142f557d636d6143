"""A member's cards: the one that is shown, others that work besides, and those that work no longer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from members_service.domain.membership.card_number import CardNumber
from shared.kernel.errors import Conflict, NotFound, Refused


class CardNumberTaken(Conflict):
    """Somebody has, or had, this card number."""

    code = "card-number-taken"
    detail = "This card number is or was somebody's already. Choose another one, or leave it out."


class CardReplaced(NotFound):
    """The card is an old one; it stands for nobody any more."""

    code = "card-replaced"
    detail = "This card was replaced by a newer one and works no longer. Ask for the new card."


class CardStopped(NotFound):
    """The card was reported lost; it stands for nobody any more."""

    code = "card-stopped"
    detail = "This card was stopped, as if lost. Keep it, and ask staff at the desk, who can see whose it was."


class CardNotFound(NotFound):
    """Nobody has, or had, a card with this number."""

    code = "card-not-found"
    detail = "Nobody has or had a card with this number. Scan it again, or look for its owner by name."


class CardState(StrEnum):
    """Whether a card works: its number finds the member. Of a stopped or replaced one only staff learn whose it was."""

    ACTIVE = "active"
    STOPPED = "stopped"
    REPLACED = "replaced"


class Card:
    """A card that somebody was given. Its number is never given to anybody else.

    The newest is the one that is shown. Others find the member besides: those of a record that was merged, since
    `merged_at`, and those that were kept when a newer one was given out, since `kept_at`.
    """

    def __init__(self, *, number: CardNumber, issued_at: datetime) -> None:
        self.number = number
        self.issued_at = issued_at
        self.replaced_at: datetime | None = None
        self.merged_at: datetime | None = None
        self.kept_at: datetime | None = None
        self.stopped_at: datetime | None = None

    @property
    def is_shown(self) -> bool:
        """Whether this is the card by which its member is named; it may be stopped."""
        return self.replaced_at is None and self.merged_at is None

    @property
    def state(self) -> CardState:
        """Whether it works, and if not, why."""
        return state_of_card(replaced_at=self.replaced_at, stopped_at=self.stopped_at)

    def keep_besides(self, *, now: datetime) -> None:
        """Go on working beside a newer card. A release that knows of merged records alone finds it by `merged_at`."""
        self.kept_at = now
        self.merged_at = self.merged_at or now

    def show(self) -> None:
        """Be the one that is shown from now on."""
        self.kept_at = self.merged_at = None


def state_of_card(*, replaced_at: datetime | None, stopped_at: datetime | None) -> CardState:
    """Return whether a card works; that it was stopped is said first."""
    if stopped_at is not None:
        return CardState.STOPPED
    return CardState.ACTIVE if replaced_at is None else CardState.REPLACED


def refusal_of_card(*, replaced_at: datetime | None, stopped_at: datetime | None) -> NotFound | None:
    """Return why this card finds nobody; None when it works."""
    match state_of_card(replaced_at=replaced_at, stopped_at=stopped_at):
        case CardState.STOPPED:
            return CardStopped()
        case CardState.REPLACED:
            return CardReplaced()
        case CardState.ACTIVE:
            return None


class MembersNotFound(NotFound):
    """Some of the members do not exist."""

    code = "members-not-found"

    def __init__(self, member_ids: list[UUID]) -> None:
        named = [str(member_id) for member_id in member_ids]
        super().__init__(
            f"No member has the id {named[0]}. Leave out what is listed in `member_ids`.", member_ids=named
        )


class CardsStopped(Refused):
    """The card of some of the members works no longer."""

    code = "cards-stopped"

    def __init__(self, member_ids: list[UUID]) -> None:
        named = [str(member_id) for member_id in member_ids]
        super().__init__(
            f"The card of the member {named[0]} was stopped. Give a new card to those listed in `member_ids` first.",
            member_ids=named,
        )


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """What a card says: whose it is, and its number."""

    member_id: UUID
    name: str
    card_number: str
