"""Members, asked over HTTP whether somebody may borrow."""

from datetime import date
from typing import TypeVar
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from loans_service.adapters.batch_route import BatchRoute
from loans_service.adapters.own_token import OwnToken
from loans_service.application.neighbours import MemberKey
from loans_service.domain.borrower import (
    MEMBERS_REFUSALS,
    CardReplaced,
    MemberNotFound,
    MemberNotInGoodStanding,
    Standing,
)
from shared.kernel.errors import LibraryError, NeighbourUnavailable
from shared.outgoing_http import NeighbourClient

Shape = TypeVar("Shape", bound=BaseModel)


class _Refusal(BaseModel):
    """Members may add figures of its own, such as dates; they are passed on."""

    model_config = ConfigDict(extra="allow")

    code: str
    detail: str
    actions: list[str]


class _Standing(BaseModel):
    member_id: UUID
    category: str
    expires_on: date
    may_borrow: bool
    may_renew: bool
    may_hold: bool
    refusals: list[_Refusal]


class _Guardian(BaseModel):
    may: list[str]


class _Category(BaseModel):
    category: str


class _Categories(BaseModel):
    items: list[_Category]


class MembersOverHttp:
    """Implements `neighbours.MemberDirectory`, `neighbours.Guardians` and `known_branches.Categories`."""

    def __init__(self, client: NeighbourClient, token: OwnToken) -> None:
        self._client = client
        self._token = token
        self._standing = BatchRoute(
            client,
            token,
            "/v1/members/standing",
            under="members",
            neighbour="members",
            refusals={MemberNotFound.code: MemberNotFound, CardReplaced.code: CardReplaced},
        )

    async def standing(self, key: MemberKey) -> Standing:
        """Ask members.

        Raises MemberNotFound, CardReplaced, or NeighbourUnavailable when members gives no usable answer.
        """
        asked = {"card_number": key.card_number} if key.card_number is not None else {"member_id": str(key.member_id)}
        answer = await self._standing.ask(asked, _Standing)
        return Standing(
            answer.member_id,
            answer.category,
            answer.expires_on,
            refusals=_against("borrow", answer, allowed=answer.may_borrow),
            against_renewal=_against("renew", answer, allowed=answer.may_renew),
            against_hold=_against("hold", answer, allowed=answer.may_hold),
        )

    async def may_see(self, guardian_id: UUID, *, member_id: UUID) -> bool:
        """Ask members. Raises NeighbourUnavailable when members gives no usable answer."""
        reply = await self._get(f"/v1/members/{member_id}/guardians/{guardian_id}")
        return reply.status_code != 404 and "see" in _read(reply, _Guardian).may

    async def categories(self) -> tuple[str, ...]:
        """Ask members which categories there are. Raises NeighbourUnavailable."""
        return tuple(each.category for each in _read(await self._get("/v1/categories"), _Categories).items)

    async def _get(self, path: str) -> httpx.Response:
        reply = await self._client.get(path, headers=await self._token.header())
        if reply.status_code == 401:
            self._token.forget()
        return reply


def _read(reply: httpx.Response, shape: type[Shape]) -> Shape:
    if reply.status_code != 200:
        raise NeighbourUnavailable(f"The members service answered {reply.status_code}; nothing was changed.")
    try:
        return shape.model_validate_json(reply.content)
    except ValidationError as error:
        raise NeighbourUnavailable("The members service answered something unreadable; nothing was changed.") from error


def _against(action: str, answer: _Standing, *, allowed: bool) -> tuple[LibraryError, ...]:
    """Return members' reasons against `action`; one without a name when members gave none."""
    refusals = tuple(
        MEMBERS_REFUSALS.get(refusal.code, MemberNotInGoodStanding)(refusal.detail, **(refusal.model_extra or {}))
        for refusal in answer.refusals
        if action in refusal.actions
    )
    if not allowed and not refusals:
        return (MemberNotInGoodStanding(f"This member may not {action} at present."),)
    return refusals
