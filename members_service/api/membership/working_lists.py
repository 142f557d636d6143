"""The working lists of members."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from members_service.api.membership.dependencies import Membership
from members_service.api.membership.member_requests import BranchCode, CategoryName
from members_service.application.membership.views import MemberFilter
from members_service.application.membership.working_lists import (
    ComingOfAge,
    EndingMembership,
    MemberLists,
    PerhapsTheSame,
)
from shared.web.auth import Caller
from shared.web.json.strict_json import PlainDigits
from shared.web.problems import refused_by
from shared.web.working_lists import TAG, Read, WorkingLists

__all__ = ["LISTS", "TAG"]

LISTS = WorkingLists("list_member_lists")
"""The working lists; those about notices are added where notices are."""


async def _of_members(
    *,
    branch: Annotated[BranchCode | None, Query(description="At home in this branch.")] = None,
    category: Annotated[CategoryName | None, Query(description="Of this category.")] = None,
) -> MemberFilter:
    return MemberFilter(home_branch=branch, category=category)


_Filters = Annotated[MemberFilter, Depends(_of_members)]


async def _ending(
    membership: Membership,
    caller: Caller,
    criteria: _Filters,
    *,
    days: Annotated[int, Query(ge=0, le=366, description="Within so many days, today included."), PlainDigits] = 30,
) -> Read:
    async def read(*, after: Any, limit: int, more: int) -> Any:
        return await membership.lists.ending(
            criteria, days=days, after=after, limit=limit, more=more, by=caller.subject
        )

    return read


async def _coming_of_age(
    membership: Membership,
    caller: Caller,
    criteria: _Filters,
    *,
    days: Annotated[int, Query(ge=0, le=366, description="Within so many days, today included."), PlainDigits] = 30,
    days_ago: Annotated[int, Query(ge=0, le=366, description="Or so many days ago at most."), PlainDigits] = 0,
) -> Read:
    async def read(*, after: Any, limit: int, more: int) -> Any:
        return await membership.lists.coming_of_age(
            criteria, days=days, days_ago=days_ago, after=after, limit=limit, more=more, by=caller.subject
        )

    return read


async def _duplicates(membership: Membership, caller: Caller) -> Read:
    async def read(*, after: Any, limit: int, more: int) -> Any:
        return await membership.lists.duplicates(after=after, limit=limit, more=more, by=caller.subject)

    return read


LISTS.add(
    "memberships-ending",
    EndingMembership,
    _ending,
    place=tuple[date, UUID],
    title="List members whose membership ends soon",
    description="The first to end first. Whom staff were shown is a record of the audit trail.",
    same_rows="/v1/members?sort=expires_on&expires_before=…",
    refusals=refused_by(MemberLists),
)
LISTS.add(
    "coming-of-age",
    ComingOfAge,
    _coming_of_age,
    place=tuple[UUID],
    title="List members who come of age",
    description="Who was named for a child stands in for it no more from that day on; the category is the library's to "
    "change. In the order in which they joined. Whom staff were shown is a record of the audit trail.",
    refusals=refused_by(MemberLists),
)
LISTS.add(
    "duplicate-members",
    PerhapsTheSame,
    _duplicates,
    place=tuple[Annotated[str, Field(pattern="^[0-9a-f]{32}$")]],
    title="List members who are perhaps one person",
    description="Groups of one name and one more thing in common. Whom staff were shown is a record of the audit "
    "trail.",
    same_rows="/v1/members/duplicates",
)
