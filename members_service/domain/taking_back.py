"""A member whom an import brought, and what keeps the undo of that import from taking the member back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.kernel.errors import Refused
from shared.kernel.import_undo import ChangedSinceImport

MEMBER, AGAIN = "member", "again"
"""What an import did something to: a member, or one whom it had made itself."""
VERSION = "version"
"""The versions before and after."""


class MemberInUse(Refused):
    """Something hangs on the member by now: `circulation` (loans, holds or charges, ended ones, too) and so on.

    `what` names all of it, the sentence what comes first.
    """

    code = "member-in-use"

    def __init__(self, what: Sequence[str]) -> None:
        match what[0]:
            case "circulation":
                reason = "This member stays: there is, or was, a loan, a hold or a charge."
            case "account":
                reason = "This member stays: somebody uses an account of theirs, or is about to."
            case "photo":
                reason = "This member stays: there is a photograph."
            case "desk_messages":
                reason = "This member stays: there are messages for the desk."
            case _:
                reason = "This member stays, and stands in for others."
        super().__init__(reason, what=", ".join(what))


class WasHereBefore(Refused):
    """The import only changed this member, and what was on record before is not kept a second time."""

    code = "was-here-before"
    detail = (
        "This member was on record before the import and stays as it left the record: what that said before is kept "
        "nowhere. Correct it here, or by another file."
    )


@dataclass(frozen=True, slots=True)
class ImportedMember:
    """A member as it is now. `wards` are those for whom it stands in; `has_account`: somebody uses an account of it."""

    member_id: UUID
    card_number: str
    version: int
    has_account: bool = False
    has_photo: bool = False
    has_messages: bool = False
    wards: frozenset[UUID] = frozenset()

    def expect_unused(self, *, imported_version: int, version: int, borrows: bool) -> None:
        """Raise ChangedSinceImport or MemberInUse where the import is not all that is known of the member.

        `version` is the present one without what an undo has done.
        """
        if version != imported_version:
            raise ChangedSinceImport
        if found := [*self._what_hangs_on(borrows=borrows)]:
            raise MemberInUse(found)

    def _what_hangs_on(self, *, borrows: bool) -> Iterator[str]:
        """Yield what is here without a new version of the member."""
        if borrows:
            yield "circulation"
        if self.has_account:
            yield "account"
        if self.has_photo:
            yield "photo"
        if self.has_messages:
            yield "desk_messages"
        if self.wards:
            yield "wards"
