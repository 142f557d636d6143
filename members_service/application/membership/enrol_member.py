"""Make somebody a member."""

from dataclasses import dataclass
from datetime import date, tzinfo

from members_service.application.membership.ports import MembershipWork, OpensMembership
from members_service.application.membership.views import EnrolledMember
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.email import Email, EmailTaken, InvalidEmail
from members_service.domain.membership.card import CardNumberTaken
from members_service.domain.membership.card_number import DIGITS_DRAWN, CardNumber, InvalidCardNumber
from members_service.domain.membership.member import Member
from members_service.domain.membership.membership import AgeNotForCategory, Categories, Category, day_in
from members_service.domain.membership.personal_details import InvalidDateOfBirth, PersonalDetails
from shared.kernel.clock import Clock
from shared.kernel.errors import LibraryError, refuse_if_any
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt

REFUSALS = (CardNumberTaken, EmailTaken, InvalidCardNumber, InvalidEmail, InvalidDateOfBirth, AgeNotForCategory)


@dataclass(frozen=True, slots=True)
class Enrol:
    """Who joins. Without a card number one is drawn; without a last day the membership lasts as its category does.

    `by` is the account that enrols, None for demo data; `by_admin` tells whether it may give rights, too.
    """

    name: str
    email: str
    category: str
    card_number: str | None = None
    expires_on: date | None = None
    phone: str | None = None
    address: str | None = None
    date_of_birth: date | None = None
    language: str | None = None
    by: str | None = None
    by_admin: bool = False


@dataclass(frozen=True, slots=True)
class EnrolMember:
    """Make somebody a member, with an account whose password the owner chooses.

    - Card number and e-mail address are unique whatever their case; when both are taken, both are told.
    - A card number given is kept as it is; one drawn has 14 digits, the last of them a check digit.
    - A membership lasts as its category does, unless its last day is given; that day may lie in the past.
    - Who gives a date of birth has the age that the category asks for.
    - The activation token is shown this once, works once and for 14 days. When the account comes to do more than a
      member's, it is void, and so is the password chosen with it, unless an admin has enrolled the member.
    """

    unit_of_work: OpensMembership
    secret_generator: SecretGenerator
    categories: Categories
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: Enrol, receipt: Receipt | None = None) -> EnrolledMember:
        """Raise what REFUSALS lists, several at once as Refusals."""
        now = self.clock.now()
        today = day_in(self.zone, at=now)
        terms = self.categories[Category(command.category)]
        email = Email.parse(command.email)
        card = None if command.card_number is None else CardNumber.parse(command.card_number)
        details = PersonalDetails(command.phone, command.address, command.date_of_birth)
        details.check_on(today)
        terms.check_age(command.date_of_birth, today=today)
        token = self.secret_generator.secret()
        async with self.unit_of_work(receipt) as uow:
            await _check_free(uow, card, email)
            member = Member(
                id=new_id(),
                name=command.name,
                email=email,
                category=terms.category,
                card=card or await free_card(uow, self.secret_generator),
                expires_on=command.expires_on or terms.last_day(first=today),
                details=details,
                language=command.language,
                by=command.by,
                now=now,
            )
            uow.members.add(member)
            expires_at = uow.accounts_of_members.open_for(
                member.id, email, token=token, from_desk=not command.by_admin, by=command.by, now=now
            )
            answer = EnrolledMember.with_token(member, token, expires_at=expires_at, today=today)
            await uow.commit(answer=answer)
        return answer


async def _check_free(uow: MembershipWork, card: CardNumber | None, email: Email) -> None:
    taken: list[LibraryError] = []
    if card is not None and await uow.members.has_card(card):
        taken.append(CardNumberTaken())
    if await uow.members.has_email(email) or await uow.accounts_of_members.has_email(email):
        taken.append(EmailTaken())
    refuse_if_any(taken)


async def free_card(uow: MembershipWork, secret_generator: SecretGenerator) -> CardNumber:
    """Draw a card number that nobody ever had."""
    while True:
        card = CardNumber.draw(secret_generator.digits(DIGITS_DRAWN))
        if not await uow.members.has_card(card):
            return card
