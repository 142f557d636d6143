"""What membership needs from outside."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from members_service.application.work import Work
from members_service.domain.email import Email
from members_service.domain.membership.came_before import CameBefore
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.filed_member import FiledMember
from members_service.domain.membership.member import Member
from members_service.domain.membership.membership import CategoryTable
from members_service.domain.membership.named_member import NamedMember
from shared.kernel.imports import ImportNotes
from shared.kernel.receipts import Opens


class Members(Protocol):
    """The members on record."""

    def add(self, member: Member) -> None: ...

    async def get(self, member_id: UUID) -> Member:
        """Return the member, locked until the transaction ends; the id of a merged record finds the one that stays.

        Raises MemberNotFound.
        """
        ...

    async def id_of(self, named: NamedMember) -> UUID:
        """Return who is named, likewise. Raises MemberNotFound."""
        ...

    async def ids_of_cards(self, card_numbers: Collection[str]) -> dict[str, UUID]:
        """Return who has these cards, under the keys of the cards; a card that finds nobody is left out."""
        ...

    async def known(self, filed: Sequence[FiledMember]) -> dict[str, Member]:
        """Return those of `filed` who are on record, locked: under `id ` and the external id, `card ` and the card."""
        ...

    async def merged_keys(self, filed: Sequence[FiledMember]) -> set[str]:
        """Return those of the keys of `filed`, as in `known`, by which a record came that was merged into another."""
        ...

    async def fold(self, member: Member, *, into: Member, now: datetime) -> None:
        """Remove `member`, and move its cards, blocks, history and wards to `into`, whom its id stands for now."""
        ...

    async def merged_into(self, member: Member) -> list[UUID]:
        """Return the ids of the records that were merged into this one."""
        ...

    async def has_card(self, card: CardNumber) -> bool:
        """Tell whether somebody has this card number, or had it before it was replaced."""
        ...

    async def has_email(self, email: Email, *, of: UUID) -> bool:
        """Tell whether this is the e-mail address of this member."""
        ...

    async def leaving(self, among: Collection[UUID]) -> set[UUID]:
        """Return those of these members who are about to be erased."""
        ...


class CategoryTables(Protocol):
    """The categories, version by version."""

    async def newest(self) -> CategoryTable:
        """Return the table in force."""
        ...

    async def in_use(self, among: Collection[str]) -> set[str]:
        """Return those of `among` that somebody is a member of."""
        ...

    async def add(self, table: CategoryTable) -> None:
        """Put a new version in force. Raises OutOfDate when somebody else was faster, here or at the commit."""
        ...


class MemberTokens(Protocol):
    """Makes the tokens that stand for a member at one machine."""

    def issue_briefly(self, member_id: UUID, *, client_id: str, lasts: timedelta, now: datetime) -> str:
        """Return an access token with which this client may do for itself what the member may."""
        ...


class AccountsOfMembers(Protocol):
    """What membership asks of whoever keeps the accounts that members sign in with; in the same transaction."""

    async def has_email(self, email: Email) -> bool:
        """Tell whether any account has this e-mail address already, be it a member's or not."""
        ...

    async def emails_taken(self, emails: Collection[Email]) -> set[str]:
        """Return the keys of those among these e-mail addresses that an account has already."""
        ...

    def open_for(
        self, member_id: UUID, email: Email, *, token: str | None, from_desk: bool, by: str | None, now: datetime
    ) -> datetime | None:
        """Open an account for somebody who joins; its owner chooses a password with `token`. Return until when.

        Without a token the owner asks for one later. `from_desk` says that `by` may not give rights: when the account
        comes to do more, the token is void.
        """
        ...

    async def do_more(self, member_id: UUID, email: Email) -> bool:
        """Tell whether an account of this member that signs in with `email` may do more than a member's."""
        ...

    async def some_do_more(self, member_ids: Sequence[UUID]) -> bool:
        """Tell whether any account of these members may do more than a member's."""
        ...

    async def signs_in(self, member_id: UUID, email: Email) -> bool:
        """Tell whether an account of this member signs in with `email`."""
        ...

    async def hand_over(self, member_id: UUID, *, to: UUID, by: str | None, now: datetime) -> None:
        """Let the accounts of one member belong to another; their sessions end."""
        ...

    async def move(self, member_id: UUID, *, old: Email, new: Email, by: str | None, now: datetime) -> None:
        """Let the accounts of this member that sign in with `old` sign in with `new`."""
        ...

    async def forget_pins(self, member_id: UUID) -> None:
        """Forget how many wrong PINs were typed for the cards of this member, and where right ones were."""
        ...

    async def signed_in_just_now(self, session: str, *, now: datetime) -> bool:
        """Tell whether the password was typed only just now in the session that an access token names."""
        ...


class EmailThrottle(Protocol):
    """Lets those change their e-mail address who have not asked for too many."""

    async def admit_email_change(self, member_id: UUID, *, now: datetime) -> None:
        """Count one address that a member asks for, in a transaction of its own. Raises TooManyAttempts."""
        ...


class ImportedRecords(Protocol):
    """What the records of files became that came before."""

    async def came_before(self, names: Collection[str]) -> dict[str, CameBefore]:
        """Return what came before under these names."""
        ...

    def note(self, name: str, record: CameBefore) -> None:
        """Remember under this name what a record became and said, in place of what it said before."""
        ...


class MembershipWork(Work, Protocol):
    """One transaction of membership."""

    @property
    def members(self) -> Members: ...

    @property
    def categories(self) -> CategoryTables: ...

    @property
    def imported(self) -> ImportedRecords: ...

    @property
    def imports(self) -> ImportNotes: ...

    @property
    def accounts_of_members(self) -> AccountsOfMembers: ...


OpensMembership = Opens[MembershipWork]
