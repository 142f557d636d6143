"""Correct what is on record of a member."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from members_service.application.identity.sessions.fresh_sign_in import expect_fresh_sign_in
from members_service.application.membership.views import MemberView
from members_service.application.ports import SignInThrottle, UnitOfWork
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.email import Email, EmailTaken, InvalidEmail
from members_service.domain.identity.account import EmailNeedsAdmin
from members_service.domain.identity.attempts import Guess, TooManyAttempts
from members_service.domain.identity.roles import Role
from members_service.domain.identity.session import SignInTooOld
from members_service.domain.membership.member import Member, MemberNotFound
from members_service.domain.membership.membership import AgeNotForCategory, Categories, Category, day_in
from members_service.domain.membership.personal_details import InvalidDateOfBirth, PersonalDetails
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale

REFUSALS = (MemberNotFound, EmailTaken, InvalidEmail, InvalidDateOfBirth, AgeNotForCategory, OutOfDate)
DESK_REFUSALS = (*REFUSALS, EmailNeedsAdmin)
OWN_REFUSALS = (*REFUSALS, SignInTooOld, TooManyAttempts)


@dataclass(frozen=True, slots=True)
class ChangeMember:
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


async def change_member(
    command: ChangeMember,
    *,
    uow: UnitOfWork,
    throttle: SignInThrottle,
    categories: Categories,
    clock: Clock,
    zone: tzinfo,
) -> MemberView:
    """Change a member's record.

    - The e-mail address is also the one to sign in with: the account follows. Members who change theirs have signed in
      within the last five minutes, and may ask for ten addresses in an hour, taken or not; that of an account that may
      do more than a member's is for an admin to change.
    - Category and date of birth go together; a membership that ends early or late is corrected by its last day.
    - The history tells which fields were changed and by whom, not what was in them.
    """
    now = clock.now()
    today = day_in(zone, at=now)
    if command.own_session is not None and "email" in command.changes:
        await _expect_owner(command, command.own_session, uow=uow, throttle=throttle, now=now)
    async with uow:
        member = await uow.members.get(command.member_id)
        refuse_if_stale(command.version, member.version, thing="member")
        await _edit(member, command, uow=uow, categories=categories, today=today, now=now)
        answer = MemberView.of(member, today=today)
        await uow.commit()
    return answer


async def _expect_owner(
    command: ChangeMember, own_session: str, *, uow: UnitOfWork, throttle: SignInThrottle, now: datetime
) -> None:
    """Let only a few addresses be asked for, and only by the owner: the answer tells who else is registered.

    Raises SignInTooOld or TooManyAttempts before anybody looks whether the address is free.
    """
    email = Email.parse(command.changes["email"])
    async with uow:
        member = await uow.members.get(command.member_id)
        moves = email.key != member.email.key
        if moves:
            await expect_fresh_sign_in(own_session, uow=uow, now=now)
    if moves:
        await throttle.admit(Guess.of_email(command.member_id), now=now)


async def _edit(
    member: Member, command: ChangeMember, *, uow: UnitOfWork, categories: Categories, today: date, now: datetime
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


async def _move_account(member: Member, email: Email, command: ChangeMember, *, uow: UnitOfWork, now: datetime) -> None:
    """Let the account that signs in with the member's present address sign in with `email`."""
    if await uow.members.has_email(email) or await uow.accounts.has_email(email):
        raise EmailTaken
    theirs = [one for one in await uow.accounts.of_member(member.id) if one.email.key == member.email.key]
    by_desk = command.own_session is None and not command.by_admin
    if by_desk and any(account.roles != {Role.MEMBER} for account in theirs):
        raise EmailNeedsAdmin
    await uow.attempts.forget(member.email)
    for account in theirs:
        account.move(email)
        uow.audit.add(
            AuditRecord(AuditAction.EMAIL_CHANGED, now, by=command.by, account_id=account.id, member_id=member.id)
        )


_FIELDS = ("name", "email", "category", "expires_on", "phone", "address", "date_of_birth", "language")
