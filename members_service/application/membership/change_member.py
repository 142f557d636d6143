"""Correct what is on record of a member."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from members_service.application.membership.guardians import find_guardians
from members_service.application.membership.home_branch import LibraryBranches, checked_branch
from members_service.application.membership.ports import EmailThrottle
from members_service.application.membership.queries import CategoryQueries
from members_service.application.membership.views import MemberView
from members_service.application.membership.work import MembershipWork, MembershipWorkFactory
from members_service.domain.email import Email, InvalidEmail
from members_service.domain.membership.four_eyes import FourEyes, expect_four_eyes_for
from members_service.domain.membership.guardian import OwnGuardian, UnknownGuardian
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_record import (
    ExternalIdTaken,
    InvalidLanguage,
    MemberRecord,
    UnknownBranch,
)
from members_service.domain.membership.member_refusals import EmailNeedsAdmin
from members_service.domain.membership.membership import AgeNotForCategory, Categories, UnknownCategory, day_in
from members_service.domain.membership.name import display_name
from members_service.domain.membership.personal_details import (
    Address,
    AttributeRules,
    InvalidAttributes,
    InvalidDateOfBirth,
    PersonalDetails,
)
from members_service.domain.notices.warnings import account_changed
from members_service.domain.owner_check import SignInTooOld, TooManyAttempts
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, OutOfDate, refuse_if_stale, refuses


@dataclass(frozen=True, slots=True)
class MemberChange:
    """`changes` holds the new values of the fields that change, by the names that a MemberView has for them.

    `version` is the one that the caller has seen, None changes whichever is there. `by` is who asks: an admin, the
    desk, or else the member, whose `sid` is in `own_session`. `by_member` is who of the staff asks, as a member.
    """

    member_id: UUID
    version: int | None
    changes: Mapping[str, Any]
    by: str | None = None
    by_admin: bool = False
    by_member: UUID | None = None
    own_session: str | None = None


@refuses(
    MemberNotFound,
    InvalidEmail,
    InvalidLanguage,
    UnknownBranch,
    NeighbourUnavailable,
    OutOfDate,
    FourEyes,
    InvalidDateOfBirth,
    UnknownCategory,
    AgeNotForCategory,
    InvalidAttributes,
    UnknownGuardian,
    OwnGuardian,
    ExternalIdTaken,
    EmailNeedsAdmin,
)
@dataclass(frozen=True, slots=True)
class ChangeMember:
    """Change a member's record.

    - The e-mail address is also the one to sign in with: the account follows, unless another account has the address.
      Members who change theirs have signed in within the last five minutes, and may ask for ten addresses in an hour;
      that of an account that may do more than a member's is for an admin to change.
    - Of an address the parts that are given change, the others stay. Guardians, notes and attributes are given whole.
    - The home branch is one that the library has, or none.
    - Category and date of birth go together; a membership that ends early or late is corrected by its last day.
    - Nobody of the staff changes of their own record what members may not change of theirs.
    - The history tells which fields were changed and by whom, not what was in them.
    """

    unit_of_work: MembershipWorkFactory
    category_queries: CategoryQueries
    branches: LibraryBranches
    attribute_rules: AttributeRules
    clock: Clock
    zone: tzinfo

    async def __call__(self, command: MemberChange) -> MemberView:
        now = self.clock.now()
        today = day_in(self.zone, at=now)
        if "attributes" in command.changes:
            self.attribute_rules.check(command.changes["attributes"])
        categories = (await self.category_queries.newest()).categories
        if "category" in command.changes:
            categories[command.changes["category"]]  # unknown ones are refused before anything is locked
        if (branch := command.changes.get("home_branch")) is not None:
            branch = await checked_branch(branch, self.branches)
            command = replace(command, changes={**command.changes, "home_branch": branch})
        async with self.unit_of_work() as uow:
            member = await uow.members.get(command.member_id)
            expect_four_eyes_for(command.changes, member_id=member.id, by_member=command.by_member)
            refuse_if_stale(command.version, member.version, thing="member")
            record = await _edited(member, command, uow=uow, categories=categories, today=today, now=now)
            references = command.changes.get("guardians")
            guardians = None if references is None else await find_guardians(references, uow=uow, today=today)
            member.edit(record, guardians=guardians, by=command.by, now=now)
            answer = MemberView.of(member, today=today)
            await uow.commit()
        return answer


@refuses(
    MemberNotFound,
    InvalidEmail,
    InvalidLanguage,
    UnknownBranch,
    NeighbourUnavailable,
    OutOfDate,
    SignInTooOld,
    TooManyAttempts,
)
@dataclass(frozen=True, slots=True)
class ChangeOwnRecord:
    """Change how the library reaches oneself, and what it keeps of one's loans. All else is the desk's to change.

    Another e-mail address is another user name: whoever changes it has signed in within the last five minutes. They may
    ask for ten addresses in an hour. One that another account signs in with is taken for letters alone.
    """

    change_member: ChangeMember
    throttle: EmailThrottle

    async def __call__(self, command: MemberChange) -> MemberView:
        if command.changes.get("email") is not None:
            email, now = Email.parse(command.changes["email"]), self.change_member.clock.now()
            await self._expect_owner(command, email, now=now)
        return (await self.change_member(command)).visible_to_member()

    async def _expect_owner(self, command: MemberChange, email: Email, *, now: datetime) -> None:
        """Let only the owner ask for addresses, and only for a few: the answer reveals who else is registered.

        Raises SignInTooOld or TooManyAttempts before the address is looked up.
        """
        async with self.change_member.unit_of_work() as uow:
            member = await uow.members.get(command.member_id)
            moves = email.key != _key(member.email)
            if moves and not await uow.accounts_of_members.signed_in_just_now(command.own_session or "", now=now):
                raise SignInTooOld
        if moves:
            await self.throttle.admit_email_change(command.member_id, now=now)


async def _edited(
    member: Member, command: MemberChange, *, uow: MembershipWork, categories: Categories, today: date, now: datetime
) -> MemberRecord:
    """Return the changed record. Raises the refusal of what is wrong in it."""
    changes, record = command.changes, member.record
    details = replace(record.details, **{name: changes[name] for name in _DETAILS if name in changes})
    for name in _ADDRESSES & changes.keys():
        address, parts = getattr(record.details, name) or Address(), changes[name]
        changed: dict[str, Any] = {name: None if parts is None else address.merged(**parts)}
        details = replace(details, **changed)
    details.check_on(today)
    new = replace(record, details=details, **{name: changes[name] for name in _RECORD if name in changes})
    if changes.keys() & {"category", "date_of_birth"}:
        categories[new.category].check_age(details.date_of_birth, today=today)
    if not new.name or ("name" not in changes and record.name == _name_of(record) and changes.keys() & _NAMES):
        new = replace(new, name=_name_of(new) or record.name)
    if "email" in changes:
        new = replace(new, email=None if changes["email"] is None else Email.parse(changes["email"]))
        if _key(new.email) != _key(member.email):
            await _move_account(member, new.email, command, uow=uow, now=now)
            if member.email is not None:
                uow.notify(account_changed(member.id, to=member.email.address, at=now))
    await _lift(member, new, uow)
    return new


async def _lift(member: Member, new: MemberRecord, uow: MembershipWork) -> None:
    """Let notices go to what is entered, whatever came back from it once, and keep nothing of what is given up.

    An address that somebody else has, too, is not given up.
    """
    present, addresses = member.record, set[str | None]()
    if present.details.mobile != new.details.mobile:
        addresses |= {present.details.mobile, new.details.mobile}
    if _key(present.email) != _key(new.email):
        kept = present.email and await uow.members.others_have_email(present.email, than=member.id)
        addresses |= {one.address for one in (None if kept else present.email, new.email) if one}
    for address in addresses - {None}:
        await uow.suppressions.lift(str(address))


async def _move_account(
    member: Member, email: Email | None, command: MemberChange, *, uow: MembershipWork, now: datetime
) -> None:
    """Let the account follow to `email`, where that is free. Raises EmailNeedsAdmin."""
    accounts, present = uow.accounts_of_members, member.email
    by_desk = command.own_session is None and not command.by_admin
    if by_desk and present is not None and await accounts.do_more(member.id, present):
        raise EmailNeedsAdmin
    if email is not None and not await accounts.has_email(email):
        await let_account_follow(member, email, uow=uow, from_desk=by_desk, by=command.by, now=now)


async def let_account_follow(
    member: Member, email: Email, *, uow: MembershipWork, from_desk: bool, by: str | None, now: datetime
) -> None:
    """Let the account that signs in with the member's present address sign in with `email`, which no account has.

    A member without an account gets one; its owner asks the desk for a token. An account never loses its address: where
    the new one is another account's, or none is left, this is not called, and it keeps the old one.
    """
    accounts, present = uow.accounts_of_members, member.email
    if present is not None and await accounts.signs_in(member.id, present):
        await accounts.move(member.id, old=present, new=email, by=by, now=now)
    else:
        accounts.open_for(member.id, email, token=None, from_desk=from_desk, by=by, now=now)


def _name_of(record: MemberRecord) -> str:
    return display_name(record.details.given_name, record.details.family_name)


def _key(email: Email | None) -> str | None:
    return None if email is None else email.key


_NAMES = frozenset({"given_name", "family_name"})
_ADDRESSES = {"address", "second_address"}
_DETAILS = {one.name for one in fields(PersonalDetails)} - _ADDRESSES
_RECORD = {one.name for one in fields(MemberRecord)} - {"email", "details"}
