"""What membership needs from outside."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from members_service.application.work import Work
from members_service.domain.email import Email
from members_service.domain.membership.card_number import CardNumber
from members_service.domain.membership.member import Member
from shared.kernel.receipts import Receipt


class Members(Protocol):
    """The members on record."""

    def add(self, member: Member) -> None: ...

    async def get(self, member_id: UUID) -> Member:
        """Return the member, locked until the transaction ends. Raises MemberNotFound."""
        ...

    async def has_card(self, card: CardNumber) -> bool:
        """Tell whether somebody has this card number, or had it before it was replaced."""
        ...

    async def has_email(self, email: Email) -> bool:
        """Tell whether a member has this e-mail address already."""
        ...


class AccountsOfMembers(Protocol):
    """What membership asks of whoever keeps the accounts that members sign in with; in the same transaction."""

    async def has_email(self, email: Email) -> bool:
        """Tell whether any account has this e-mail address already, be it a member's or not."""
        ...

    def open_for(
        self, member_id: UUID, email: Email, *, token: str, from_desk: bool, by: str | None, now: datetime
    ) -> datetime:
        """Open an account for somebody who joins; its owner chooses a password with `token`. Return until when.

        `from_desk` says that `by` may not give rights: when the account comes to do more, the token is void.
        """
        ...

    async def do_more(self, member_id: UUID, email: Email) -> bool:
        """Tell whether an account of this member that signs in with `email` may do more than a member's."""
        ...

    async def move(self, member_id: UUID, *, old: Email, new: Email, by: str | None, now: datetime) -> None:
        """Let the accounts of this member that sign in with `old` sign in with `new`."""
        ...

    async def signed_in_just_now(self, session: str, *, now: datetime) -> bool:
        """Tell whether the password was typed only just now in the session that an access token names."""
        ...


class EmailThrottle(Protocol):
    """Lets those change their e-mail address who have not asked for too many."""

    async def admit_email_change(self, member_id: UUID, *, now: datetime) -> None:
        """Count one address that a member asks for, in a transaction of its own. Raises TooManyAttempts."""
        ...


class MembershipWork(Work, Protocol):
    """One transaction of membership."""

    @property
    def members(self) -> Members: ...

    @property
    def accounts_of_members(self) -> AccountsOfMembers: ...


OpensMembership = Callable[[Receipt | None], MembershipWork]
"""Opens a transaction of membership; the receipt, if there is one, is kept with it."""
