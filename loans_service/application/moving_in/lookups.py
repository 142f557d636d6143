"""Look up at books and members what the records of a file name."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from loans_service.application.neighbours import Catalogue, MemberDirectory, MemberKey, Titles, unless_unknown
from loans_service.domain.borrower import MemberLeaving, Standing
from loans_service.domain.circulating_copy import CopyKey
from loans_service.domain.lendable_copy import LendableCopy
from loans_service.domain.rules.circulation_rules import CirculationRules
from loans_service.persistence.unit_of_work import UnitOfWork
from shared.kernel.errors import LibraryError, together

One = TypeVar("One")
Other = TypeVar("Other")


@dataclass(frozen=True, slots=True)
class Lookups:
    """Asks the neighbours at the same time, and raises everything that they do not know."""

    catalogue: Catalogue
    titles: Titles
    members: MemberDirectory

    async def copy_and_member(
        self, barcode: str, card_number: str, *, desk: str | None = None
    ) -> tuple[LendableCopy, Standing]:
        """Return both. Raises CopyNotFound, MemberNotFound and others."""
        return await both(
            self.catalogue.lendable_copy(CopyKey(barcode=barcode), desk=desk),
            self.members.standing(MemberKey(card_number=card_number)),
        )


async def both(one: Awaitable[One], other: Awaitable[Other]) -> tuple[One, Other]:
    """Return both answers. Raises everything that is not found, together."""
    first, second = await asyncio.gather(unless_unknown(one), unless_unknown(other))
    if isinstance(first, LibraryError) or isinstance(second, LibraryError):
        raise together(answer for answer in (first, second) if isinstance(answer, LibraryError))
    return first, second


class RulesOfBatch:
    """The rules of each branch, read once in a transaction whose locks keep them as they are."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._cache: dict[tuple[str, str | None], CirculationRules] = {}

    async def at(self, branch: str, timezone: str | None = None) -> CirculationRules:
        """Return the rules that apply at this branch."""
        if (branch, timezone) not in self._cache:
            self._cache[branch, timezone] = await self._uow.rulebook.in_force(branch=branch, timezone=timezone)
        return self._cache[branch, timezone]


def expect_staying(standing: Standing, leaving: frozenset[UUID]) -> None:
    """Raise MemberLeaving for a member who is about to be erased."""
    if standing.member_id in leaving or any(isinstance(each, MemberLeaving) for each in standing.refusals):
        raise MemberLeaving("The member is leaving the library: nothing new is taken in of them.")
