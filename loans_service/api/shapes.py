"""The forms of loans that several routes share."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from fastapi import Path
from pydantic import Field, model_validator

from loans_service.api.dependencies import Actor
from loans_service.application.neighbours import MemberKey
from loans_service.application.tills.till_views import Amount
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.lending.offline import Offline
from loans_service.domain.lending.staff_only import StaffOnly
from shared.kernel.errors import NotAllowed
from shared.web.json.strict_json import Moment, StrictJsonBody, line

BranchCode = Annotated[str, line(40), Field(examples=["MAIN"])]
NamedBranch = Annotated[str, Path(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", examples=["MAIN"])]
"""A branch in a URL, in capitals or small letters."""
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31), examples=["2026-03-02"])]
"""A day from 1900 to 2999."""
CardNumber = Annotated[str, line(40), Field(examples=["20000000000018"])]
Barcode = Annotated[str, line(64), Field(description="Neither case nor spaces count.", examples=["30000000000019"])]


class CopyNamed(StrictJsonBody):
    """A body that names a copy, by what is printed on it or by id."""

    copy_barcode: Barcode | None = None
    copy_id: UUID | None = None

    @model_validator(mode="after")
    def names_one_copy(self) -> Self:
        """Refuse a copy named twice or not at all."""
        if (self.copy_barcode is None) == (self.copy_id is None):
            raise ValueError("name the copy by either copy_barcode or copy_id")
        return self

    def copy_key(self) -> CopyKey:
        """Return the copy as the use cases name it."""
        return CopyKey(copy_id=self.copy_id, barcode=self.copy_barcode)


class MemberNamed(StrictJsonBody):
    """A body that names a member by card or by id, or nobody."""

    card_number: CardNumber | None = None
    member_id: UUID | None = None

    @model_validator(mode="after")
    def names_at_most_one_member(self) -> Self:
        """Refuse a member named twice."""
        if self.card_number is not None and self.member_id is not None:
            raise ValueError("name the member by either card_number or member_id")
        return self

    def member(self, actor: Actor) -> MemberKey | None:
        """Return whom it concerns: by default the person who asks, None if that is no member."""
        return member_of(self.card_number, self.member_id, actor=actor)


def member_of(card_number: str | None, member_id: UUID | None, *, actor: Actor) -> MemberKey | None:
    """Return whom something concerns. Members name only themselves, and learn nothing about others."""
    named = card_number is not None or member_id not in (None, actor.only_of)
    if actor.only_of is not None and named:
        raise NotAllowed("You may do this for yourself. Leave card_number and member_id out.")
    if card_number is not None or member_id is not None:
        return MemberKey(member_id=member_id, card_number=card_number)
    return None if actor.person_id is None else MemberKey(member_id=actor.person_id)


class OfflineRequest(StrictJsonBody):
    """What a machine did while it was offline; from clients with the scope loans:offline alone."""

    at: Moment | None = Field(None, description="When; now if absent, or if the clock of the machine runs fast.")

    def act(self, actor: Actor) -> Offline:
        """Return the act. Raises StaffOnly unless the actor may act offline."""
        if not actor.may_act_offline:
            raise StaffOnly("offline")
        return Offline(self.at, by=actor.name)


class LentOfflineRequest(OfflineRequest):
    """What a machine lent or renewed while it was offline, and until when."""

    due_at: Moment | None = Field(None, description="Until when the machine said; by the rules as of then if absent.")

    def act(self, actor: Actor) -> Offline:
        """Return the act, with the due date that the machine gave."""
        return replace(super().act(actor), due_at=self.due_at)


def capitals(code: str | None) -> str | None:
    """Return the code of a branch or till as it is kept."""
    return None if code is None else code.upper()


class CountedRequest(StrictJsonBody):
    """An amount that was counted, in minor units; there may be nothing."""

    amount: Annotated[int, Field(ge=0, le=100_000_000, strict=True)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]

    def money(self) -> Amount:
        """Return it as the use cases take it."""
        return Amount(self.amount, self.currency)


class MoneyRequest(CountedRequest):
    """An amount in minor units: 250 and EUR are 2.50 euros."""

    amount: Annotated[int, Field(ge=1, le=100_000_000, strict=True)]
