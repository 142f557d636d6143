"""What keeping accounts needs from outside."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol
from uuid import UUID

from members_service.domain.email import Email
from members_service.domain.identity.recovery import Recovery


class Owner(Protocol):
    """The part of a member that identity needs: the id, the address to sign in with, and the PIN."""

    @property
    def id(self) -> UUID: ...

    @property
    def email(self) -> Email | None: ...

    @property
    def pin_hash(self) -> str | None: ...

    def set_pin(self, pin_hash: str, *, by: str | None = None, now: datetime) -> None: ...


class RecoveryTokens(Protocol):
    """Issues and parses the tokens that are mailed; none is stored."""

    def text_of(self, recovery: Recovery) -> str:
        """Return the text of the token, which reveals nothing, not even whether there is such a member."""
        ...

    def read(self, text: str) -> Recovery | None:
        """Parse a token; None if this service did not issue it."""
        ...


class Owners(Protocol):
    """The members to whom accounts belong."""

    async def get(self, member_id: UUID) -> Owner:
        """Return the member, locked until the transaction ends; the id of a merged record finds the one that stays.

        Raises MemberNotFound.
        """
        ...

    async def has_email(self, email: Email, *, of: UUID) -> bool:
        """Return whether this is the e-mail address of this member."""
        ...

    async def leaving(self, among: Collection[UUID]) -> set[UUID]:
        """Return those of these members who are about to be erased."""
        ...
