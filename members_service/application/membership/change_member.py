"""Correct what is on record of a member."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from members_service.application.membership.ports import EmailThrottle, MembershipWork, OpensMembership
from members_service.application.membership.views import MemberView
from members_service.domain.email import Email, EmailTaken, InvalidEmail
from members_service.domain.membership.member import EmailNeedsAdmin, Member
from members_service.domain.membership.membership import AgeNotForCategory, Categories, Category, day_in
from members_service.domain.membership.personal_details import InvalidDateOfBirth, PersonalDetails
from members_service.domain.owner_check import SignInTooOld, TooManyAttempts
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale

REFUSALS = (MemberNotFound, EmailTaken, InvalidEmail, InvalidDateOfBirth, AgeNotForCategory, OutOfDate)
DESK_REFUSALS = (*REFUSALS, EmailNeedsAdmin)
OWN_REFUSALS = (*REFUSALS, SignInTooOld, TooManyAttempts)


@dataclass(frozen=True, slots=True)
class Change:
    """`changes` holds the new values of the fields that change, by the names that a MemberView has for them.

    `version` is the one that the caller has seen, None changes whichever is there. `by` is who asks: an admin, the
    desk, or else the member, whose `sid` is in `own_session`.
    """

    member_id: UUID
    version: int | None
    changes: Mapping[str, Any]
    by: str | None = None
    by_admin: bool = False
    own_session: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeMember:
    """Change a member's record.

    - The e-mail address is also the one to sign in with: the account follows. Members who change theirs have signed in
      within the last five minutes, and may ask for ten addresses in an hour, taken or not; that of an account that may
      do more than a member's is for an admin to change.
    - Category and date of birth go together; a membership that ends early or late is corrected by its last day.
    - The history tells which fields were changed and by whom, not what was in them.
    """

    unit_of_work: OpensMembership
    throttle: EmailThrottle
    categories: Categories
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: Change) -> MemberView:
        """Raise what OWN_REFUSALS and DESK_REFUSALS list."""
        now = self.clock.now()
        today = day_in(self.zone, at=now)
        if command.own_session is not None and "email" in command.changes:
            await self._expect_owner(command, command.own_session, now=now)
        async with self.unit_of_work(None) as uow:
            member = await uow.members.get(command.member_id)
            refuse_if_stale(command.version, member.version, thing="member")
            await _edit(member, command, uow=uow, categories=self.categories, today=today, now=now)
            answer = MemberView.of(member, today=today)
            await uow.commit()
        return answer

    async def _expect_owner(self, command: Change, own_session: str, *, now: datetime) -> None:
        """Let only a few addresses be asked for, and only by the owner: the answer tells who else is registered.

        Raises SignInTooOld or TooManyAttempts before anybody looks whether the address is free.
        """
        email = Email.parse(command.changes["email"])
        async with self.unit_of_work(None) as uow:
            member = await uow.members.get(command.member_id)
            moves = email.key != member.email.key
            if moves and not await uow.accounts_of_members.signed_in_just_now(own_session, now=now):
                raise SignInTooOld
        if moves:
            await self.throttle.admit_email_change(command.member_id, now=now)


async def _edit(
    member: Member, command: Change, *, uow: MembershipWork, categories: Categories, today: date, now: datetime
) -> None:
    view = MemberView.of(member, today=today)
    new = {name: command.changes.get(name, getattr(view, name)) for name in _FIELDS}
    email = Email.parse(new["email"])
    category = Category(new["category"])
    details = PersonalDetails(new["phone"], new["address"], new["date_of_birth"])
    details.check_on(today)
    if command.changes.keys() & {"category", "date_of_birth"}:
        categories[category].check_age(details.date_of_birth, today=today)
    if email.key != member.email.key:
        await _move_account(member, email, command, uow=uow, now=now)
    member.edit(
        name=new["name"],
        email=email,
        category=category,
        expires_on=new["expires_on"],
        details=details,
        language=new["language"],
        by=command.by,
        now=now,
    )


async def _move_account(member: Member, email: Email, command: Change, *, uow: MembershipWork, now: datetime) -> None:
    """Let the account that signs in with the member's present address sign in with `email`."""
    accounts = uow.accounts_of_members
    if await uow.members.has_email(email) or await accounts.has_email(email):
        raise EmailTaken
    by_desk = command.own_session is None and not command.by_admin
    if by_desk and await accounts.do_more(member.id, member.email):
        raise EmailNeedsAdmin
    await accounts.move(member.id, old=member.email, new=email, by=command.by, now=now)


_FIELDS = ("name", "email", "category", "expires_on", "phone", "address", "date_of_birth", "language")
