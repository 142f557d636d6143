"""Ask both neighbours whether the copy may be lent, and whether the member may borrow."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loans_service.application.neighbours import Catalogue, MemberDirectory, MemberKey
from loans_service.application.with_override import WithOverride
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.lending.check_out import Answered, NotAllFound, Terms
from loans_service.persistence.unit_of_work import SYSTEM
from shared.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class CheckOut(WithOverride):
    """A check-out. `branch` is where (default: the copy's own), `due_at` a requested due date.

    A requested due date is for staff only (`by_staff`). `by` is the account that asks, `by_member` the person's member
    id. `notes_confirmed`: staff have confirmed what is noted of the copy. `by_self`: the member asks, by the own
    sign-in.
    """

    copy: CopyKey
    member: MemberKey
    branch: str | None = None
    due_at: datetime | None = None
    by: str = SYSTEM
    by_member: UUID | None = None
    notes_confirmed: bool = False
    by_self: bool = False

    @property
    def terms(self) -> Terms:
        """What is requested beyond the rules."""
        return Terms(self.due_at, self.override, self.by_staff, self.by_member, self.notes_confirmed, self.by_self)


async def ask_both(command: CheckOut, catalogue: Catalogue, members: MemberDirectory) -> Answered | NotAllFound:
    """Ask books and members at once. Raises NeighbourUnavailable when one of them does not answer."""
    copy, standing = await asyncio.gather(
        catalogue.lendable_copy(command.copy, desk=command.branch),
        members.standing(command.member),
        return_exceptions=True,
    )
    for answer in (copy, standing):
        if isinstance(answer, BaseException) and not isinstance(answer, NotFound):
            raise answer
    found_copy = None if isinstance(copy, BaseException) else copy
    found_standing = None if isinstance(standing, BaseException) else standing
    in_no_branch = command.branch is not None and found_copy is not None and found_copy.desk is None
    if found_copy is None or found_standing is None:
        reasons = tuple(answer for answer in (copy, standing) if isinstance(answer, NotFound))
        return NotAllFound(reasons, found_copy, found_standing, in_no_branch)
    return Answered(found_copy, found_standing, in_no_branch)
