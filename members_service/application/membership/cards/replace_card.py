"""Give a member another card, or stop one."""

from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from members_service.application.membership.enrol_member import free_card
from members_service.application.membership.views import MemberView
from members_service.application.membership.work import MembershipWorkFactory
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.membership.card import CardNotFound, CardNumberTaken
from members_service.domain.membership.card_number import CardNumber, InvalidCardNumber, card_key
from members_service.domain.membership.membership import day_in
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class GiveCard:
    """Whose card, the number of the new one (None draws it), and why. `by` is who asks.

    `keep_old`: the cards that work go on working beside it.
    """

    member_id: UUID
    card_number: str | None = None
    reason: str | None = None
    keep_old: bool = False
    by: str | None = None


@refuses(MemberNotFound, CardNumberTaken, InvalidCardNumber)
@dataclass(frozen=True, slots=True)
class ReplaceCard:
    """Give out a new card; the old ones stop working at once, or are kept beside it.

    - With `keep_old` the cards that work go on working, as one on a phone beside one of plastic. The newest is shown.
    - A number that any card ever had, this member's old ones included, is taken.
    - Whoever shows the old card is told that it was replaced.
    """

    unit_of_work: MembershipWorkFactory
    secret_generator: SecretGenerator
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: GiveCard, receipt: Receipt | None = None) -> MemberView:
        """Raise MemberNotFound, CardNumberTaken or InvalidCardNumber."""
        now = self.clock.now()
        card = None if command.card_number is None else CardNumber.parse(command.card_number)
        async with self.unit_of_work(receipt) as uow:
            member = await uow.members.get(command.member_id)
            if card is not None and await uow.members.has_card(card):
                raise CardNumberTaken
            number = card or await free_card(uow, self.secret_generator)
            give = member.add_card if command.keep_old else member.replace_card
            give(number, by=command.by, reason=command.reason, now=now)
            answer = MemberView.of(member, today=day_in(self.zone, at=now))
            await uow.commit(answer=answer)
        return answer


@dataclass(frozen=True, slots=True)
class LostCard:
    """Whose card is lost, its number, and what staff note about it. `by` is who asks."""

    member_id: UUID
    card_number: str
    reason: str | None = None
    by: str | None = None


@refuses(MemberNotFound, CardNotFound)
@dataclass(frozen=True, slots=True)
class StopCard:
    """Stop a card that was lost; the membership goes on, and so do other cards of the member.

    - From now on it is refused wherever it is shown, with `card-stopped`, and neither PIN nor password go with it.
    - The member goes on by name, by another card, or with a new one. Stopping it again changes nothing.
    - Whose it was, staff see under `/v1/cards/{card_number}`.
    """

    unit_of_work: MembershipWorkFactory
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: LostCard, receipt: Receipt | None = None) -> MemberView:
        """Raise MemberNotFound or CardNotFound."""
        now = self.clock.now()
        async with self.unit_of_work(receipt) as uow:
            member = await uow.members.get(command.member_id)
            member.stop_card(card_key(command.card_number), by=command.by, reason=command.reason, now=now)
            answer = MemberView.of(member, today=day_in(self.zone, at=now))
            await uow.commit(answer=answer)
        return answer
