"""Correct what is on record of a member."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from members_service.application.ports import UnitOfWork
from members_service.application.views import MemberView
from members_service.domain.audit import AuditRecord, Deed
from members_service.domain.email import Email, EmailTaken, InvalidEmail
from members_service.domain.member import Member, MemberNotFound
from members_service.domain.membership import AgeNotForCategory, Categories, Category, day_in
from members_service.domain.personal_details import InvalidDateOfBirth, PersonalDetails
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale

REFUSALS = (MemberNotFound, EmailTaken, InvalidEmail, InvalidDateOfBirth, AgeNotForCategory, OutOfDate)


@dataclass(frozen=True, slots=True)
class ChangeMember:
    """`changes` holds the new values of the fields that change, by the names that a MemberView has for them.

    `version` is the one that the caller has seen, None changes whichever is there; `by` is who asks.
    """

    member_id: UUID
    version: int | None
    changes: Mapping[str, Any]
    by: str | None = None


async def change_member(
    wish: ChangeMember, *, uow: UnitOfWork, categories: Categories, clock: Clock, zone: tzinfo
) -> MemberView:
    """Change a member's record.

    - The e-mail address is also the one to sign in with: the account follows.
    - Category and date of birth go together; a membership that ends early or late is corrected by its last day.
    - The history tells which fields were changed and by whom, not what was in them.
    """
    now = clock.now()
    today = day_in(zone, at=now)
    async with uow:
        member = await uow.members.get(wish.member_id)
        refuse_if_stale(wish.version, member.version, thing="member")
        await _edit(member, wish, uow=uow, categories=categories, today=today, now=now)
        answer = MemberView.of(member, today=today)
        await uow.commit()
    return answer


async def _edit(
    member: Member, wish: ChangeMember, *, uow: UnitOfWork, categories: Categories, today: date, now: datetime
) -> None:
    view = MemberView.of(member, today=today)
    new = {name: wish.changes.get(name, getattr(view, name)) for name in _FIELDS}
    email = Email.parse(new["email"])
    category = Category(new["category"])
    details = PersonalDetails(new["phone"], new["address"], new["date_of_birth"])
    details.check_on(today)
    if wish.changes.keys() & {"category", "date_of_birth"}:
        categories[category].check_age(details.date_of_birth, today=today)
    if email.key != member.email.key:
        await _move_account(member, email, uow=uow, by=wish.by, now=now)
    member.edit(
        name=new["name"],
        email=email,
        category=category,
        expires_on=new["expires_on"],
        details=details,
        language=new["language"],
        by=wish.by,
        now=now,
    )


async def _move_account(member: Member, email: Email, *, uow: UnitOfWork, by: str | None, now: datetime) -> None:
    """Let the account that signs in with the member's present address sign in with `email`."""
    if await uow.members.has_email(email) or await uow.accounts.has_email(email):
        raise EmailTaken
    for account in await uow.accounts.of_member(member.id):
        if account.email.key == member.email.key:
            account.move(email)
            uow.audit.add(AuditRecord(Deed.EMAIL_CHANGED, now, by=by, account_id=account.id, member_id=member.id))


_FIELDS = ("name", "email", "category", "expires_on", "phone", "address", "date_of_birth", "language")
