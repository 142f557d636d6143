"""A member's cards: one that works, and those that it replaced."""

from datetime import datetime

from members_service.domain.membership.card_number import CardNumber
from shared.kernel.errors import Conflict, NotFound


class CardNumberTaken(Conflict):
    """Somebody has, or had, this card number."""

    code = "card-number-taken"
    detail = "This card number is or was somebody's already. Choose another one, or leave it out."


class CardReplaced(NotFound):
    """The card is an old one; it stands for nobody any more."""

    code = "card-replaced"
    detail = "This card was replaced by a newer one and works no longer. Ask for the new card."


class Card:
    """A card that somebody was given. One that was replaced keeps its number to itself for ever."""

    def __init__(self, *, number: CardNumber, issued_at: datetime) -> None:
        self.number = number
        self.issued_at = issued_at
        self.replaced_at: datetime | None = None
        self.merged_at: datetime | None = None

    @property
    def works(self) -> bool:
        """Whether this is the card that its member uses; those of a merged record still find the member besides."""
        return self.replaced_at is None and self.merged_at is None
