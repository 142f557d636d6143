"""Print members' cards."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from members_service.application.membership.cards.queries import PrintedCardQueries
from members_service.application.membership.record_reading import record_reading
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.audit import AuditAction
from members_service.domain.membership.card import CardsStopped, MembersNotFound, PrintedCard
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.sheets import CharacterNotInCode, CodeTooWide, Sheet, SheetOffPage, Symbology, UnknownSheet

MOST_CARDS = 500


@dataclass(frozen=True, slots=True)
class CardOrder:
    """Whose cards, on which sheet, and who prints them; `heading` stands on each, such as the library's name."""

    member_ids: Sequence[UUID]
    heading: str
    sheet: Sheet
    symbology: Symbology
    skip: int
    by: str | None = None


DrawCards = Callable[[Sequence[PrintedCard], CardOrder], Awaitable[bytes]]
"""Returns the pages as PDF. Raises CharacterNotInCode or CodeTooWide."""


@refuses(MembersNotFound, CardsStopped, UnknownSheet, SheetOffPage, CodeTooWide, CharacterNotInCode)
@dataclass(frozen=True, slots=True)
class PrintCards:
    """Print members' cards as PDF: a heading, the name, and the card number as a code and in digits.

    - The cards come in the order of `member_ids`, up to 500 at once. Each look at a member is on record (`listed`).
    - A card that was stopped is not printed again: a new one is given out first.
    - A number whose code would be too narrow to be scanned is refused, and nothing is printed.
    """

    unit_of_work: MembershipWorkFactory
    queries: PrintedCardQueries
    draw: DrawCards
    clock: Clock

    async def __call__(self, order: CardOrder) -> bytes:
        """Return the PDF. Raises MembersNotFound, CardsStopped, CodeTooWide or CharacterNotInCode."""
        cards = await self.queries.printed_cards(order.member_ids)
        now = self.clock.now()
        await record_reading(self.unit_of_work, order.member_ids, action=AuditAction.LISTED, by=order.by, now=now)
        return await self.draw(cards, order)
