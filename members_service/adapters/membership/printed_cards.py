"""Draws members' cards."""

import asyncio
from collections.abc import Sequence

from members_service.application.membership.cards.print_cards import CardOrder
from members_service.domain.membership.card import PrintedCard
from shared.printing.pages import Pages

_ACROSS, _DOWN = 5, 4  # mm of a card that stay empty on each side


async def draw_cards(cards: Sequence[PrintedCard], order: CardOrder) -> bytes:
    """Return the pages; drawn beside the event loop. Raises CharacterNotInCode or CodeTooWide."""
    return await asyncio.to_thread(_draw, cards, order)


def _draw(cards: Sequence[PrintedCard], order: CardOrder) -> bytes:
    with Pages(order.sheet, skip=order.skip) as pages:
        for card in cards:
            heading, name, code, number = pages.next_label().inset(_ACROSS, _DOWN).rows(3, 3, 7, 2.5)
            pages.write(heading, order.heading, largest=14)
            pages.write(name, card.name, largest=12)
            pages.draw_code(code, card.card_number, order.symbology)
            pages.write(number, card.card_number, largest=11, centred=True)
        return pages.output()
