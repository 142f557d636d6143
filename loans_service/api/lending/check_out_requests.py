"""The bodies of check-outs and of their explanations."""

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator

from loans_service.api.dependencies import Actor
from loans_service.api.shapes import BranchCode, CardNumber, CopyNamed, LentOfflineRequest, member_of
from loans_service.application.lending.ask_both import CheckOut
from loans_service.application.neighbours import MemberKey
from loans_service.domain.holds.placing import MemberNotNamed
from loans_service.domain.lending.backdating import Backdating
from loans_service.domain.lending.staff_only import StaffOnly
from shared.kernel.errors import NotAllowed
from shared.web.json.strict_json import Moment, StrictJsonBody, line, paragraph


class OverrideRequest(StrictJsonBody):
    """Refusals to override, by their codes, and why. For staff only; the loan remembers both."""

    codes: Annotated[list[Annotated[str, line(60)]], Field(min_length=1, max_length=20)]
    comment: Annotated[
        str,
        paragraph(500),
        Field(description="Read by staff only."),
    ]


def override_fields(override: OverrideRequest | None) -> dict[str, Any]:
    """Return the override as keyword arguments of commands."""
    return {} if override is None else {"override_codes": tuple(override.codes), "override_comment": override.comment}


class CheckOutQuestion(CopyNamed):
    """Which copy to which member; each is named in one of two ways."""

    card_number: CardNumber | None = None
    member_id: UUID | None = None
    acting_for: UUID | None = Field(
        None, description="The member for whom the one who is named acts, as guardian or proxy."
    )
    branch: BranchCode | None = Field(
        None, description="Where the loan is made; the copy's own branch if absent. Readers send no other."
    )
    due_at: Moment | None = Field(
        None, description="Another due date than the policy's; for staff only, as a kiosk gets 403 `staff-only`."
    )
    override: OverrideRequest | None = None
    notes_confirmed: bool = Field(
        default=False, description="Staff have confirmed what is noted of the copy, where the policy wants that."
    )

    lends_to_oneself: ClassVar = False

    @model_validator(mode="after")
    def names_one_member(self) -> Self:
        """Refuse a member named twice, or not at all unless that means oneself."""
        named = [name for name in (self.card_number, self.member_id) if name is not None]
        if len(named) > 1 or not (named or self.lends_to_oneself):
            raise ValueError("name the member by either card_number or member_id")
        return self

    def command(self, *, by_staff: bool, by: str, by_member: UUID | None) -> CheckOut:
        """Return the command as the use case takes it."""
        return CheckOut(
            copy=self.copy_key(),
            member=MemberKey(self.member_id, self.card_number, self.acting_for),
            branch=self.branch,
            due_at=self.due_at,
            by_staff=by_staff,
            by=by,
            by_member=by_member,
            notes_confirmed=self.notes_confirmed,
            **override_fields(self.override),
        )


class CheckOutRequest(CheckOutQuestion):
    """A check-out, or one that was made before: by a machine, offline, or on paper.

    Members who lend themselves a copy name nobody.
    """

    lends_to_oneself: ClassVar = True
    offline: LentOfflineRequest | None = None
    lent_at: Moment | None = Field(
        None, description="When it was lent, if that was earlier; for staff only, with a `reason`."
    )
    reason: Annotated[str, paragraph(500)] | None = Field(
        None, description="Why it is entered only now. Read by staff only."
    )
    return_first: Annotated[
        bool, Field(description="Whether another member's loan of the copy is returned first; for staff only.")
    ] = False

    def of_actor(self, actor: Actor) -> CheckOut:
        """Return the command; members lend to themselves alone. Raises MemberNotNamed, or NotAllowed."""
        if actor.only_of is None and self.card_number is None and self.member_id is None:
            raise MemberNotNamed
        command = self.command(by_staff=actor.is_staff, by=actor.name, by_member=actor.person_id)
        if actor.only_of is None:
            return command
        if self.acting_for is not None:
            raise NotAllowed("Borrow for another member at the desk, or at a machine.")
        own = member_of(self.card_number, self.member_id, actor=actor)
        return replace(command, member=own or command.member, by_self=True)

    @model_validator(mode="after")
    def returns_only_what_is_lent_now(self) -> Self:
        """Refuse to return first for what was lent before."""
        if self.return_first and (self.lent_at is not None or self.offline is not None):
            raise ValueError("send return_first only with what is lent now")
        return self

    @model_validator(mode="after")
    def says_why_it_is_late(self) -> Self:
        """Refuse a loan that is dated back without a reason, or by two clocks."""
        if (self.lent_at is None) != (self.reason is None):
            raise ValueError("send lent_at and reason together")
        if self.lent_at is not None and self.offline is not None:
            raise ValueError("send either lent_at or offline")
        return self

    def backdating(self, actor: Actor) -> Backdating | None:
        """Return when it was lent instead of now; None: now. Raises StaffOnly unless staff ask."""
        if self.lent_at is None or self.reason is None:
            return None
        if not actor.is_staff:
            raise StaffOnly("lent_at")
        return Backdating(self.lent_at, self.reason)
