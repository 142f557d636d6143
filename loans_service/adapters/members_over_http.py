"""The client of members for standings, guardians and categories."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from loans_service.adapters.batch_route import BatchRoute
from loans_service.application.neighbours import MemberKey
from loans_service.domain.borrower import (
    MEMBERS_REFUSALS,
    ActedBy,
    CardReplaced,
    CardStopped,
    GuardianNotFound,
    MemberNotFound,
    MemberNotInGoodStanding,
    Standing,
    StandingNote,
)
from shared.kernel.errors import LibraryError
from shared.outgoing_http import Neighbour


class _Refusal(BaseModel):
    """A refusal by members, with figures such as dates, which are passed on."""

    model_config = ConfigDict(extra="allow")

    code: str
    detail: str
    actions: list[str]


class _ActedBy(BaseModel):
    member_id: UUID
    may: frozenset[str]


class _Note(BaseModel):
    text: str
    branch: str | None = None


class _Standing(BaseModel):
    member_id: UUID
    category: str
    expires_on: date
    may_borrow: bool
    may_renew: bool
    may_hold: bool
    refusals: list[_Refusal]
    home_branch: str | None = None  # the version before sends neither
    age: int | None = None
    acted_by: _ActedBy | None = None
    pays_for: tuple[UUID, ...] = ()
    notes: tuple[_Note, ...] = ()


class _Guardian(BaseModel):
    may: list[str]


class _Category(BaseModel):
    category: str


class _Categories(BaseModel):
    items: list[_Category]


class MembersOverHttp:
    """Implements `neighbours.MemberDirectory`, `neighbours.Guardians` and `neighbours.Categories`."""

    def __init__(self, members: Neighbour) -> None:
        self._members = members
        self._standing = BatchRoute(
            members,
            "/v1/members/standing",
            under="members",
            refusals={one.code: one for one in (MemberNotFound, CardReplaced, CardStopped, GuardianNotFound)},
        )

    async def standing(self, key: MemberKey) -> Standing:
        """Ask members.

        Raises MemberNotFound, CardReplaced, CardStopped, GuardianNotFound, or NeighbourUnavailable when members gives
        no usable answer.
        """
        question = (
            {"card_number": key.card_number} if key.card_number is not None else {"member_id": str(key.member_id)}
        )
        if key.acting_for is not None:
            question["acting_for"] = str(key.acting_for)
        answer = await self._standing.ask(question, _Standing)
        acting = None if answer.acted_by is None else ActedBy(answer.acted_by.member_id, answer.acted_by.may)
        if key.acting_for is not None and acting is None:  # a release of members that does not know of it
            raise GuardianNotFound
        against_borrowing = _against("borrow", answer, allowed=answer.may_borrow)
        ready_alone = [one for one in answer.refusals if "borrow" not in one.actions]
        return Standing(
            answer.member_id,
            answer.category,
            answer.expires_on,
            refusals=against_borrowing,
            against_renewal=(
                *_against("renew", answer, allowed=answer.may_renew),
                *(acting.against("renew") if acting else ()),
            ),
            against_hold=(
                *_against("hold", answer, allowed=answer.may_hold),
                *(acting.against("hold") if acting else ()),
            ),
            against_collecting=_reasons("collect", ready_alone),
            acted_by=acting,
            pays_for=answer.pays_for,
            home_branch=answer.home_branch,
            age=answer.age,
            notes=tuple(StandingNote(note.text, note.branch) for note in answer.notes),
        )

    async def may_see(self, guardian_id: UUID, *, member_id: UUID) -> bool:
        """Ask members. Raises NeighbourUnavailable when members gives no usable answer."""
        path = f"/v1/members/{member_id}/guardians/{guardian_id}"
        guardian = await self._members.get(path, _Guardian, missing=lambda _: _Guardian(may=[]))
        return "see" in guardian.may

    async def categories(self) -> tuple[str, ...]:
        """Ask members which categories there are. Raises NeighbourUnavailable."""
        return tuple(each.category for each in (await self._members.get("/v1/categories", _Categories)).items)


def _reasons(action: str, refusals: Iterable[_Refusal]) -> tuple[LibraryError, ...]:
    return tuple(
        MEMBERS_REFUSALS.get(refusal.code, MemberNotInGoodStanding)(refusal.detail, **(refusal.model_extra or {}))
        for refusal in refusals
        if action in refusal.actions
    )


def _against(action: str, answer: _Standing, *, allowed: bool) -> tuple[LibraryError, ...]:
    """Return members' refusals of `action`; a general one if members gave no reason."""
    refusals = _reasons(action, answer.refusals)
    if not allowed and not refusals:
        return (MemberNotInGoodStanding(f"This member may not {action} at present."),)
    return refusals
