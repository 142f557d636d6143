"""Set what holds for members of a category who choose nothing, and apply it to those there are."""

from dataclasses import dataclass

from members_service.application.membership.queries import CategoryQueries
from members_service.application.membership.work import MembershipWorkFactory
from members_service.application.notices.preferences.queries import PreferenceQueries
from members_service.application.notices.preferences.views import AppliedView, DefaultsView
from members_service.domain.membership.membership import UnknownCategory
from members_service.domain.notices.preferences import (
    CategoryDefaults,
    DefaultsNotFound,
    NoticeNotOptional,
    NoticePreferences,
)
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses


@refuses(DefaultsNotFound)
@dataclass(frozen=True, slots=True)
class ShowDefaults:
    """Show what holds for members of a category who choose nothing themselves."""

    queries: PreferenceQueries

    async def __call__(self, category: str) -> DefaultsView:
        found = await self.queries.newest_defaults(category)
        if found is None:
            raise DefaultsNotFound
        return DefaultsView.of(found)


@dataclass(frozen=True, slots=True)
class DefaultsChange:
    """What is to hold for a category, in the place of which version: 0 for none, None for any."""

    category: str
    preferences: NoticePreferences
    in_place_of: int | None
    by: str | None = None


@refuses(UnknownCategory, NoticeNotOptional, OutOfDate)
@dataclass(frozen=True, slots=True)
class PutDefaults:
    """Set what holds for members of a category who choose nothing themselves.

    It holds for who joins from now on. For those who are members already nothing changes until it is applied.
    """

    unit_of_work: MembershipWorkFactory
    categories: CategoryQueries
    clock: Clock

    async def __call__(self, command: DefaultsChange) -> DefaultsView:
        (await self.categories.newest()).categories[command.category]  # refused here if there is none
        async with self.unit_of_work() as uow:
            versions = await uow.preferences.defaults(command.category)
            present = versions[0].version if versions else 0
            refuse_if_stale(command.in_place_of, present, thing="defaults")
            if versions and versions[0].preferences == command.preferences:
                return DefaultsView.of(versions[0])
            new = CategoryDefaults(command.category, present + 1, command.preferences, self.clock.now())
            await uow.preferences.add_defaults(new, by=command.by)
            await uow.commit()
        return DefaultsView.of(new)


@refuses(DefaultsNotFound)
@dataclass(frozen=True, slots=True)
class ApplyDefaults:
    """Let the newest defaults of a category hold for everybody in it who chose nothing, and say for how many.

    With `dry_run` they are only counted. Who chose something keeps it. Applied once more, they hold for nobody new.
    """

    unit_of_work: MembershipWorkFactory
    queries: PreferenceQueries
    clock: Clock

    async def __call__(self, category: str, *, dry_run: bool) -> AppliedView:
        newest = await self.queries.newest_defaults(category)
        if newest is None:
            raise DefaultsNotFound
        if newest.applied_at is not None:
            return AppliedView(category, newest.version, 0, dry_run)
        members = await self.queries.without_choice(category, joined_before=newest.made_at)
        if not dry_run:
            async with self.unit_of_work() as uow:
                await uow.preferences.apply_defaults(newest, now=self.clock.now())
                await uow.commit()
        return AppliedView(category, newest.version, members, dry_run)
