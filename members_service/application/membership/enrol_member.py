"""Make somebody a member."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from members_service.application.membership.guardians import find_guardians
from members_service.application.membership.home_branch import LibraryBranches, checked_branch
from members_service.application.membership.queries import CategoryQueries
from members_service.application.membership.views import EnrolledMember
from members_service.application.membership.work import MembershipWork, MembershipWorkFactory
from members_service.application.passwords_and_pins import Passwords
from members_service.application.secret_generator import SecretGenerator
from members_service.domain.email import Email, InvalidEmail
from members_service.domain.membership.card import CardNumberTaken
from members_service.domain.membership.card_number import DIGITS_DRAWN, CardNumber, InvalidCardNumber
from members_service.domain.membership.guardian import GuardianReference, UnknownGuardian
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_record import (
    ExternalIdTaken,
    InvalidLanguage,
    MemberRecord,
    ReadingHistory,
    UnknownBranch,
)
from members_service.domain.membership.membership import AgeNotForCategory, Categories, UnknownCategory, day_in
from members_service.domain.membership.name import display_name
from members_service.domain.membership.personal_details import (
    Address,
    AttributeRules,
    InvalidAttributes,
    InvalidDateOfBirth,
    Note,
    PersonalDetails,
)
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.warnings import code_made
from members_service.domain.pin import InvalidPin, PinTooCommon, check_pin
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, refuses
from shared.kernel.from_attributes import from_attributes
from shared.kernel.ids import new_id
from shared.kernel.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Enrol:
    """Who joins. Without a card number one is drawn; without a last day the membership lasts as its category does.

    `name` is what is shown; without it, given name and family name are. `by` is the account that enrols, None for demo
    data; `by_admin`: whether that one may give rights, too. `application_id` is what they have applied by.
    """

    name: str | None
    email: str | None
    category: str
    card_number: str | None = None
    expires_on: date | None = None
    given_name: str | None = None
    family_name: str | None = None
    phone: str | None = None
    title: str | None = None
    preferred_name: str | None = None
    mobile: str | None = None
    other_phone: str | None = None
    address: Address | None = None
    second_address: Address | None = None
    date_of_birth: date | None = None
    language: str | None = None
    home_branch: str | None = None
    external_id: str | None = None
    notes: tuple[Note, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    guardians: Sequence[GuardianReference] = ()
    pin: str | None = None
    by: str | None = None
    by_admin: bool = False
    application_id: UUID | None = None

    def record(self, categories: Categories, *, today: date) -> MemberRecord:
        """Return the new record. Raises the refusal of what is wrong in it."""
        terms = categories[self.category]
        details = from_attributes(self, PersonalDetails)
        details.check_on(today)
        terms.check_age(self.date_of_birth, today=today)
        return from_attributes(
            self,
            MemberRecord,
            name=self.name or display_name(self.given_name, self.family_name),
            category=terms.category,
            expires_on=self.expires_on or terms.last_day(first=today),
            email=None if self.email is None else Email.parse(self.email),
            details=details,
            reading_history=ReadingHistory.DEFAULT,
        )


@refuses(
    CardNumberTaken,
    ExternalIdTaken,
    InvalidCardNumber,
    InvalidEmail,
    InvalidDateOfBirth,
    InvalidLanguage,
    UnknownCategory,
    AgeNotForCategory,
    InvalidPin,
    PinTooCommon,
    InvalidAttributes,
    UnknownGuardian,
    UnknownBranch,
    NeighbourUnavailable,
)
@dataclass(frozen=True, slots=True)
class EnrolMember:
    """Make somebody a member, with an account whose password the owner chooses.

    - A card number is unique whatever its case. One given is kept as it is; one drawn has 14 digits, the last of them
      a check digit.
    - An e-mail address may be absent, or shared by a family. The account is that of whoever had the address first; the
      others have none until they have an address of their own, and prove with card and PIN who they are.
    - A membership lasts as its category does, unless its last day is given; that day may lie in the past.
    - What the category costs is told to lending with the event, and charged there: the enrolment, and each year that
      begins.
    - Who gives a date of birth has the age that the category asks for.
    - The home branch is one that the library has. While books does not answer, one that it was not asked for before
      cannot be named: enrol without it, or later.
    - The activation token is shown this once, works once and for 14 days; where the library sends it by mail, it is not
      shown. When the account comes to do more than a
      member's, it is void, and so is the password chosen with it, unless an admin has enrolled the member.
    """

    unit_of_work: MembershipWorkFactory
    category_queries: CategoryQueries
    branches: LibraryBranches
    attribute_rules: AttributeRules
    pins: Passwords
    secret_generator: SecretGenerator
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: Enrol, receipt: Receipt | None = None) -> EnrolledMember:
        now = self.clock.now()
        today = day_in(self.zone, at=now)
        self.attribute_rules.check(command.attributes)
        categories = (await self.category_queries.newest()).categories
        record = command.record(categories, today=today)
        card = None if command.card_number is None else CardNumber.parse(command.card_number)
        pin_hash = None if command.pin is None else await self.pins.hash(check_pin(command.pin))
        if record.home_branch is not None:
            record = replace(record, home_branch=await checked_branch(record.home_branch, self.branches))
        token = self.secret_generator.secret()
        async with self.unit_of_work(receipt) as uow:
            if card is not None and await uow.members.has_card(card):
                raise CardNumberTaken
            member = Member(
                id=new_id(),
                number=await uow.members.next_number(),
                record=record,
                card=card or await free_card(uow, self.secret_generator),
                pin_hash=pin_hash,
                guardians=await find_guardians(command.guardians, uow=uow, today=today),
                fees=categories[record.category].fees_of_joining(first=today, last=record.expires_on),
                by=command.by,
                now=now,
            )
            if command.application_id is not None:
                await uow.applications.take(command.application_id, now=now)
            uow.members.add(member)
            expires_at = await _open_account(member, command, uow=uow, token=token, now=now)
            shown = token if expires_at and not await _mailed(member, token, expires_at, uow=uow, now=now) else None
            answer = EnrolledMember.with_token(member, shown, expires_at=expires_at, today=today)
            await uow.commit(answer=answer)
        return answer


async def _open_account(
    member: Member, command: Enrol, *, uow: MembershipWork, token: str, now: datetime
) -> datetime | None:
    """Open an account unless another one has the address; return when the token expires."""
    if member.email is None or await uow.accounts_of_members.has_email(member.email):
        return None
    from_desk = not command.by_admin
    return uow.accounts_of_members.open_for(
        member.id, member.email, token=token, from_desk=from_desk, by=command.by, now=now
    )


async def _mailed(member: Member, token: str, until: datetime, *, uow: MembershipWork, now: datetime) -> bool:
    """Send the token, if the library sends them itself; return whether it does."""
    if member.email is None or not await uow.mails(NoticeKind.ACTIVATION):
        return False
    uow.notify(code_made(member.id, NoticeKind.ACTIVATION, token, to=member.email.address, at=now, until=until))
    return True


async def free_card(uow: MembershipWork, secret_generator: SecretGenerator) -> CardNumber:
    """Draw a card number that nobody ever had."""
    while True:
        card = CardNumber.draw(secret_generator.digits(DIGITS_DRAWN))
        if not await uow.members.has_card(card):
            return card
