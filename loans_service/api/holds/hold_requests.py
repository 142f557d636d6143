"""The bodies of requests for holds."""

from dataclasses import replace
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from loans_service.api.dependencies import Actor
from loans_service.api.lending.check_out_requests import OverrideRequest, override_fields
from loans_service.api.shapes import BranchCode, CardNumber, Day, MemberNamed, member_of
from loans_service.application.holds.placing.ask_all import NewHold
from loans_service.domain.holds.hold import HoldKind
from shared.web.json.strict_json import Moment, StrictJsonBody, line, paragraph

Volume = Annotated[str, line(100)]
Comment = Annotated[str, paragraph(500), Field(description="Shown to the member.")]


class HoldRequest(StrictJsonBody):
    """A book, or one copy of it, for a member; nobody named means: for oneself."""

    book_id: UUID | None = Field(None, description="Any copy of this book will do.")
    copy_id: UUID | None = Field(None, description="Only this copy will do.")
    volume: Volume | None = Field(None, description="Only copies of this volume of `book_id` will do; 2 is `Vol. 2`.")
    any_edition: bool = Field(default=False, description="Other editions of the work of `book_id` will do, too.")
    card_number: CardNumber | None = None
    member_id: UUID | None = None
    acting_for: UUID | None = Field(
        None, description="For whom the one who is named, or who has signed in, acts as guardian or proxy."
    )
    pickup_branch: BranchCode | None = Field(
        None,
        description="Where the copy is fetched; in the member's home branch if absent, or else where it is at home.",
    )
    expires_on: Day | None = Field(None, description="The last day on which the member still waits.")
    not_before: Day | None = Field(None, description="The first day on which the member wants the copy.")
    comment: Comment | None = None
    kind: HoldKind = Field(HoldKind.HOLD, description="recall: a copy is asked back where none can be pulled.")
    override: OverrideRequest | None = None

    @model_validator(mode="after")
    def names_one_thing_and_at_most_one_member(self) -> Self:
        """Refuse a thing named twice or not at all, and a member named twice."""
        if (self.book_id is None) == (self.copy_id is None):
            raise ValueError("name what to hold by either book_id or copy_id")
        if self.volume is not None and self.book_id is None:
            raise ValueError("name a volume together with its book_id")
        if self.any_edition and (self.book_id is None or self.volume is not None):
            raise ValueError("any_edition goes with a book_id and without volume: name that, or wait for one edition")
        if self.card_number is not None and self.member_id is not None:
            raise ValueError("name the member by either card_number or member_id")
        return self

    def command(self, actor: Actor) -> NewHold:
        """Return the command as the use case takes it."""
        member = member_of(self.card_number, self.member_id, actor=actor)
        name = actor.name
        if member is not None and self.acting_for is not None:
            member = replace(member, acting_for=self.acting_for)
            name = actor.name if actor.only_of is None else actor.name_acting()
        return NewHold(
            member,
            self.book_id,
            self.copy_id,
            self.pickup_branch,
            self.expires_on,
            self.not_before,
            self.comment,
            self.kind,
            name,
            actor.person_id,
            self.volume,
            self.any_edition,
            by_staff=actor.is_staff,
            **override_fields(self.override),
        )


class MoveRequest(StrictJsonBody):
    """What the hold waits for from now on: a book, a volume of it, or one copy."""

    book_id: UUID | None = Field(None, description="Any copy of this book will do.")
    copy_id: UUID | None = Field(None, description="Only this copy will do.")
    volume: Volume | None = Field(None, description="Only copies of this volume of `book_id` will do.")
    override: OverrideRequest | None = None

    @model_validator(mode="after")
    def names_one_thing(self) -> Self:
        """Refuse a thing named twice or not at all."""
        if (self.book_id is None) == (self.copy_id is None):
            raise ValueError("name what to hold by either book_id or copy_id")
        if self.volume is not None and self.book_id is None:
            raise ValueError("name a volume together with its book_id")
        return self


class HoldPatchRequest(StrictJsonBody):
    """What changes, as a merge patch; null takes it away."""

    pickup_branch: BranchCode | None = None
    expires_on: Day | None = None
    not_before: Day | None = None
    comment: Comment | None = None
    pickup_until: Moment | None = Field(
        None, description="Until when the copy waits on the hold shelf, never null; for staff only."
    )

    @model_validator(mode="after")
    def keeps_a_deadline(self) -> Self:
        """Refuse a deadline that is taken away."""
        if self.pickup_until is None and "pickup_until" in self.model_fields_set:
            raise ValueError("a copy waits on the hold shelf until a moment: send another one, or leave it out")
        return self

    def fields(self) -> dict[str, Any]:
        """Return what is to change in how the member waits, by field names."""
        return {name: getattr(self, name) for name in self.model_fields_set - {"pickup_until"}}


class HoldCancellationRequest(MemberNamed):
    """Why, if the member is to read that; and who cancels it for the member, if that is not oneself."""

    acting_for: UUID | None = Field(
        None, description="Whose hold it is, for a guardian or proxy, named by card or id, or by the own sign-in."
    )

    reason: Annotated[str, paragraph(500)] | None = Field(None, description="Shown to the member. For staff only.")

    @model_validator(mode="after")
    def names_whose_hold_it_is(self) -> Self:
        """Refuse one who acts for nobody."""
        if self.acting_for is None and (self.card_number is not None or self.member_id is not None):
            raise ValueError("name in acting_for whose hold it is, or leave card_number and member_id out")
        return self


class HoldSuspensionRequest(StrictJsonBody):
    """Until when copies pass the hold by."""

    until: Moment | None = Field(
        None,
        description=(
            "From this moment on it waits again; until it is resumed if absent. A moment, where `not_before` and "
            "`expires_on` are days of the branch: for a last day, send the beginning of the next one."
        ),
    )


class HoldSuspensionsRequest(MemberNamed, HoldSuspensionRequest):
    """Whose holds copies pass by, and until when; nobody named means: one's own."""
