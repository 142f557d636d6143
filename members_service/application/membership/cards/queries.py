"""What is printed on members' cards, by one select."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, select

from members_service.domain.membership.card import CardsStopped, MembersNotFound, PrintedCard
from members_service.persistence.membership.tables import card_is_shown, cards, members
from shared.kernel.errors import refuses
from shared.persistence.database import Database

_PRINTED = select(members.c.member_id, members.c.name, cards.c.card_number, cards.c.stopped_at).select_from(
    members.join(cards, and_(cards.c.member_id == members.c.member_id, card_is_shown))
)


class PrintedCardQueries:
    """Fetches what cards say."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @refuses(MembersNotFound, CardsStopped)
    async def printed_cards(self, member_ids: Sequence[UUID]) -> list[PrintedCard]:
        """Return the cards in the order asked, as often as asked. Raises MembersNotFound or CardsStopped."""
        asked = list(dict.fromkeys(member_ids))
        rows = await self._database.rows(_PRINTED.where(members.c.member_id.in_(asked)))
        found = {row.member_id: row for row in rows}
        if missing := [member_id for member_id in asked if member_id not in found]:
            raise MembersNotFound(missing)
        if stopped := [member_id for member_id in asked if found[member_id].stopped_at is not None]:
            raise CardsStopped(stopped)
        return [PrintedCard(one, found[one].name, found[one].card_number) for one in member_ids]
