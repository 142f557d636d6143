"""What membership needs from outside."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from members_service.domain.email import Email
from members_service.domain.pin import TypedPin


class MemberTokens(Protocol):
    """Makes the tokens that stand for a member at one machine."""

    def issue_briefly(self, member_id: UUID, *, client_id: str, lasts: timedelta, now: datetime) -> str:
        """Return an access token with which this client may do for itself what the member may."""
        ...


class AccountsOfMembers(Protocol):
    """The accounts that members sign in with, changed in the same transaction."""

    async def has_email(self, email: Email) -> bool:
        """Return whether any account has this e-mail address already, be it a member's or not."""
        ...

    async def emails_taken(self, emails: Collection[Email]) -> set[str]:
        """Return the keys of those among these e-mail addresses that an account has already."""
        ...

    def open_for(
        self, member_id: UUID, email: Email, *, token: str | None, from_desk: bool, by: str | None, now: datetime
    ) -> datetime | None:
        """Open an account for a new member, who chooses a password with `token`. Return when it expires.

        Without a token the owner asks for one later. `from_desk` says that `by` may not give rights: when the account
        comes to do more, the token is void.
        """
        ...

    async def do_more(self, member_id: UUID, email: Email) -> bool:
        """Return whether an account of this member that signs in with `email` may do more than a member's."""
        ...

    async def some_do_more(self, member_ids: Sequence[UUID]) -> bool:
        """Return whether any account of these members may do more than a member's."""
        ...

    async def signs_in(self, member_id: UUID, email: Email) -> bool:
        """Return whether an account of this member signs in with `email`."""
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
        """Return whether the password was typed only just now in the session that an access token names."""
        ...


class EmailThrottle(Protocol):
    """Limits how many e-mail addresses a member asks for."""

    async def admit_email_change(self, member_id: UUID, *, now: datetime) -> None:
        """Count one address that a member asks for, in a transaction of its own. Raises TooManyAttempts."""
        ...


class ApplicationThrottle(Protocol):
    """Limits how often people apply for a membership, since each time a mail is written."""

    async def admit_application(self, email: str, *, client: str | None, end_user: str | None, now: datetime) -> None:
        """Count one application, in a transaction of its own. Raises TooManyAttempts.

        `client` is the address of the website, and `end_user` that of whoever applies there, if it says so.
        """
        ...


class PinThrottle(Protocol):
    """Limits how often PINs are tried; each step is a transaction of its own."""

    async def admit_pin(self, typed: TypedPin, *, now: datetime) -> None:
        """Count a try for the owner of the card.

        Raises PinLocked when the owner has no tries left, and TooManyAttempts after too many wrong PINs of this end
        user, or at this client if one of them was for this owner.
        """
        ...

    async def note_right_pin(self, typed: TypedPin, *, now: datetime) -> None:
        """Give the last try back, and remember its origins."""
        ...

    async def note_wrong_pin(self, typed: TypedPin, *, now: datetime) -> None:
        """Count it for the end user and for the client, too."""
        ...
