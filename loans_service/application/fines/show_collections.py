"""List whose debts can be sent to a collection agency."""

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from loans_service.application.each_of import AT_ONCE, each_of
from loans_service.application.fines.fine_views import CollectableView, CollectionFilter
from loans_service.application.fines.queries import FineQueries
from loans_service.application.rules.queries import RuleQueries
from loans_service.domain.rules.circulation_rules import NO_BRANCH
from shared.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class ListCollections:
    """List members with debts that are old enough, come to enough, and were not sent yet."""

    queries: FineQueries
    rules: RuleQueries
    clock: Clock

    async def __call__(self, filters: CollectionFilter, *, limit: int, after: UUID | None) -> list[CollectableView]:
        charged_until = self.clock.now() - timedelta(days=filters.older_than_days)
        policy = (await self.rules.in_force(branch=NO_BRANCH)).policy
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

    def __call__(self, filters: CollectionFilter) -> AsyncIterator[CollectableView]:
        def page_behind(after: UUID | None) -> Awaitable[list[CollectableView]]:
            return self.list_collections(filters, limit=AT_ONCE, after=after)

        return each_of(page_behind, lambda each: each.member_id)
