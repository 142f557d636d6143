"""List whose debts can be sent to a collection agency."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from loans_service.application.fines.fine_views import CollectableView, CollectionFilter
from loans_service.application.fines.queries import FineQueries
from loans_service.application.rules.queries import RuleQueries
from shared.kernel.clock import Clock

_AT_ONCE = 500
_NO_BRANCH = ""  # the policy is that of the library


@dataclass(frozen=True, slots=True)
class ListCollections:
    """List members with debts that are old enough, come to enough, and were not sent yet."""

    queries: FineQueries
    rules: RuleQueries
    clock: Clock

    async def __call__(self, filters: CollectionFilter, *, limit: int, after: UUID | None) -> list[CollectableView]:
        charged_until = self.clock.now() - timedelta(days=filters.older_than_days)
        policy = (await self.rules.in_force(branch=_NO_BRANCH)).policy
        return await self.queries.collectable(
            filters,
            charged_until=charged_until,
            fee=policy.collections.fee,
            currency=policy.currency,
            limit=limit,
            after=after,
        )


@dataclass(frozen=True, slots=True)
class ReadCollections:
    """Read all that the filters leave, one after the other."""

    list_collections: ListCollections

    async def __call__(self, filters: CollectionFilter) -> AsyncIterator[CollectableView]:
        after: UUID | None = None
        while page := await self.list_collections(filters, limit=_AT_ONCE, after=after):
            for each in page:
                yield each
            after = page[-1].member_id
