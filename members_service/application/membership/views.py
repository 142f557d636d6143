"""Views of membership."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from members_service.domain.membership.card import CardState
from members_service.domain.membership.guardian import Guardian, Permission
from members_service.domain.membership.history_entry import MembershipEventType
from members_service.domain.membership.likeness import Likeness
from members_service.domain.membership.member import Member
from members_service.domain.membership.member_record import MemberRecord, ReadingHistory
from members_service.domain.membership.membership import CategoryTable, CategoryTerms
from members_service.domain.membership.personal_details import Address, Note
from members_service.domain.membership.standing import Membership, Status
from members_service.domain.rights import SEE_CONTACTS
from shared.kernel.from_attributes import from_attributes
from shared.kernel.rights import is_authorised

STAFF = "staff"
"""What members read in place of the account that acted for the library."""

_REASON_IS_VISIBLE = frozenset({MembershipEventType.SUSPENDED, MembershipEventType.BLOCKED})


@dataclass(frozen=True, slots=True)
class SuspensionView:
    """Why and until when a membership is stopped."""

    reason: str
    until: date | None


@dataclass(frozen=True, slots=True)
class GuardianView:
    """Another member who may do something for this one, through the day `until`, if there is one."""

    member_id: UUID
    may: tuple[Permission, ...]
    until: date | None = None

    def may_see_on(self, day: date) -> bool:
        """Whether this guardian may see the member's things on `day`."""
        return Permission.SEE in self.may and (self.until is None or day <= self.until)

    @classmethod
    def of(cls, guardian: Guardian) -> Self:
        """Show `guardian`."""
        return cls(guardian.guardian_id, tuple(sorted(guardian.may)), guardian.until)


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member as staff and the member see it. `status` is that of the day on which it was asked for.

    Without the right `see_contacts` there is no address, telephone number or date of birth in it.

    `number` is short, for people to say. `card_stopped_at`: the card was stopped, and no other one works.

    `notes` are staff's for one another: a member reads none of them.
    """

    member_id: UUID
    number: int
    card_number: str
    card_stopped_at: datetime | None
    name: str
    given_name: str | None
    family_name: str | None
    title: str | None
    preferred_name: str | None
    email: str | None
    category: str
    status: Status
    joined_at: datetime
    expires_on: date
    suspension: SuspensionView | None
    language: str | None
    phone: str | None
    mobile: str | None
    other_phone: str | None
    address: Address | None
    second_address: Address | None
    date_of_birth: date | None
    home_branch: str | None
    notes: tuple[Note, ...]
    attributes: Mapping[str, Any]
    guardians: tuple[GuardianView, ...]
    reading_history: ReadingHistory
    has_pin: bool
    external_id: str | None
    version: int

    @classmethod
    def of(cls, member: Member, *, today: date) -> Self:
        """Show `member` as it stands `today`."""
        return cls.from_record(
            member.record,
            member.membership,
            today=today,
            number=member.number,
            card_number=member.card.number,
            card_stopped_at=member.card_stopped_at,
            joined_at=member.joined_at,
            guardians=tuple(GuardianView.of(one) for one in member.guardians),
            has_pin=member.pin_hash is not None,
            version=member.version,
        )

    @classmethod
    def from_record(cls, record: MemberRecord, membership: Membership, *, today: date, **more: Any) -> Self:
        """Show a record with the status of its membership `today`; `more` are the other fields."""
        suspended, details = membership.suspension, record.details
        if not is_authorised(SEE_CONTACTS):
            details = replace(details, phone=None, mobile=None, other_phone=None, date_of_birth=None)
            details = replace(details, address=None, second_address=None)
            record = replace(record, email=None)
        return from_attributes(
            record,
            cls,
            member_id=membership.member_id,
            given_name=details.given_name,
            family_name=details.family_name,
            email=record.email.address if record.email else None,
            status=membership.status(today),
            suspension=SuspensionView(suspended.reason, suspended.until)
            if suspended and suspended.holds_on(today)
            else None,
            phone=details.phone,
            mobile=details.mobile,
            other_phone=details.other_phone,
            address=details.address,
            second_address=details.second_address,
            title=details.title,
            preferred_name=details.preferred_name,
            date_of_birth=details.date_of_birth,
            notes=details.notes,
            attributes=dict(details.attributes),
            **more,
        )

    @property
    def mark(self) -> str:
        """What the mere date may change, in one word: the status, and whether a suspension behind it still holds."""
        hidden = self.suspension is not None and self.status is not Status.SUSPENDED
        return f"{self.status}suspended" if hidden else self.status

    def visible_to_member(self) -> Self:
        """Return it without the notes of staff."""
        return replace(self, notes=())

    def may_be_seen_by(self, member_id: UUID, *, today: date) -> bool:
        """Whether `member_id` is this member, or a guardian who may see."""
        seeing = {one.member_id for one in self.guardians if one.may_see_on(today)}
        return member_id == self.member_id or member_id in seeing


@dataclass(frozen=True, slots=True)
class EnrolledMember(MemberView):
    """A new member, with the one-time token that the member activates the account with. It is shown this once.

    Who has no e-mail address, or shares that of another account, has no account yet and no token.
    """

    activation_token: str | None
    activation_expires_at: datetime | None

    @classmethod
    def with_token(cls, member: Member, token: str | None, *, expires_at: datetime | None, today: date) -> Self:
        """Show `member` as it stands `today`, and the token beside it."""
        view = MemberView.of(member, today=today)
        return from_attributes(view, cls, activation_token=token, activation_expires_at=expires_at)


def or_staff(by: str | None, *, account: str) -> str | None:
    """Return who did something as the owner of `account` may read it."""
    return by if by in (None, account) else STAFF


@dataclass(frozen=True, slots=True)
class HistoryEntryView:
    """One entry of a member's history. `by` is the account or client that did it, None for the library itself."""

    happening_id: UUID
    member_id: UUID
    what: MembershipEventType
    at: datetime
    by: str | None
    reason: str | None
    facts: Mapping[str, str]

    def visible_to_member(self, *, account: str) -> "HistoryEntryView":
        """Return it without the reasons and names of staff; `account` is the member's own.

        The reason of a suspension or block stays: it is written for the member.
        """
        reason = self.reason if self.what in _REASON_IS_VISIBLE else None
        return replace(self, by=or_staff(self.by, account=account), reason=reason)


@dataclass(frozen=True, slots=True)
class CardView:
    """A card that somebody was given, whose it is or was, and whether it works."""

    card_number: str
    member_id: UUID
    state: CardState
    issued_at: datetime
    replaced_at: datetime | None
    stopped_at: datetime | None


class MemberOrder(StrEnum):
    """In which order members are listed."""

    JOINED = "joined"
    NAME = "name"
    EXPIRES_ON = "expires_on"

    def position(self, member: MemberView) -> tuple[Any, ...]:
        """Return what a member is sorted by: it says where a page ends, even if that member is gone by the next one."""
        return (member.member_id,) if self is MemberOrder.JOINED else (getattr(member, self), member.member_id)


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members to list; None: any.

    `q` is a whole card number, e-mail address or telephone (its last seven digits count), the number of a member, or
    beginnings of words of the name or whole ones of the preferred name, whatever their case and accents.
    `guardian_id` is who may do something for them, `seen_by` a guardian who may see. With `attributes` by name and
    value they have all of these. `born_on`: born on one of these days. `not_active_since`: nothing happened to the
    membership on that day or later.
    """

    q: str | None = None
    card_number: str | None = None
    category: str | None = None
    status: str | None = None
    external_id: str | None = None
    guardian_id: UUID | None = None
    seen_by: UUID | None = None
    number: int | None = None
    date_of_birth: date | None = None
    home_branch: str | None = None
    city: str | None = None
    expires_before: date | None = None
    expires_from: date | None = None
    born_on: tuple[date, ...] | None = None
    not_active_since: date | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    sort: MemberOrder = MemberOrder.JOINED

    @property
    def is_by_contacts(self) -> bool:
        """Whether what is found tells when somebody was born, or where they live."""
        return any(each is not None for each in (self.date_of_birth, self.city, self.born_on))


@dataclass(frozen=True, slots=True)
class CategoriesView:
    """The categories of membership in one version; `made_at` is null for those that came with the service."""

    items: tuple[CategoryTerms, ...]
    version: int
    made_at: datetime | None

    @classmethod
    def of(cls, table: CategoryTable) -> Self:
        """Show `table`."""
        return cls(table.categories.terms, table.version, table.made_at)


@dataclass(frozen=True, slots=True)
class DuplicatesView:
    """Members who are perhaps one person, and what they have in common beside the name."""

    because: Likeness
    members: tuple[MemberView, ...]


@dataclass(frozen=True, slots=True)
class Ward:
    """A member who has guardians: when that one was born, and the guardians."""

    member_id: UUID
    born: date | None
    guardians: tuple[Guardian, ...]
