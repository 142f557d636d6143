"""Put another table of categories in force."""

from collections.abc import Sequence
from dataclasses import dataclass

from members_service.application.membership.queries import CategoryQueries
from members_service.application.membership.views import CategoriesView
from members_service.application.membership.work import MembershipWorkFactory
from members_service.domain.membership.membership import (
    Categories,
    CategoryInUse,
    CategoryTable,
    CategoryTerms,
    InvalidCategories,
)
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses


@dataclass(frozen=True, slots=True)
class PutCategories:
    """The whole table, and the version that it takes the place of; None for whichever there is."""

    terms: Sequence[CategoryTerms]
    in_place_of: int | None


@refuses(InvalidCategories, CategoryInUse, OutOfDate)
@dataclass(frozen=True, slots=True)
class ChangeCategories:
    """Put a new version of the categories in force, at once and for everybody who joins or is renewed from now on.

    - The table is checked as a whole: what follows a category at an age is there, and takes that age.
    - A category that somebody is a member of cannot be left out.
    - Memberships keep their last day. The table that is in force already makes no new version.
    """

    unit_of_work: MembershipWorkFactory
    clock: Clock

    async def __call__(self, command: PutCategories) -> CategoriesView:
        """Raise InvalidCategories, CategoryInUse or OutOfDate."""
        categories = Categories(tuple(command.terms))
        async with self.unit_of_work() as uow:
            newest = await uow.categories.newest()
            refuse_if_stale(command.in_place_of, newest.version, thing="table of categories")
            if categories == newest.categories:
                return CategoriesView.of(newest)
            if used := await uow.categories.in_use(newest.categories.names - categories.names):
                raise CategoryInUse(used)
            table = CategoryTable(newest.version + 1, categories, self.clock.now())
            await uow.categories.add(table)
            await uow.commit()
        return CategoriesView.of(table)


@dataclass(frozen=True, slots=True)
class ShowCategories:
    """What the library has decided on each category: how long it lasts, for which ages it is, and what follows."""

    category_queries: CategoryQueries

    async def __call__(self) -> CategoriesView:
        """Return the table in force."""
        return CategoriesView.of(await self.category_queries.newest())
