"""Show, write and give up the words of notices."""

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from members_service.application.membership.home_branch import LibraryBranches, checked_branch
from members_service.application.notices.rendering.context import values_of
from members_service.application.notices.rendering.engine import ShippedTemplates, TemplateEngine
from members_service.application.notices.templates.queries import TemplateQueries
from members_service.application.notices.templates.samples import full_sample, sparse_sample
from members_service.application.notices.templates.views import TemplateVersionView, TemplateView
from members_service.application.notices.templates.work import TemplateWorkFactory
from members_service.domain.membership.member_record import InvalidLanguage, UnknownBranch, check_language
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.template import FRAME, InvalidTemplate, Template, TemplateKey, TemplateNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import NeighbourUnavailable, OutOfDate, refuse_if_stale, refuses


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """The words as they are to be, in the place of which version: 0 for none, None for any; `by` is who writes them."""

    key: TemplateKey
    template: Template
    in_place_of: int | None
    by: str | None = None


@refuses(TemplateNotFound)
@dataclass(frozen=True, slots=True)
class ShowTemplate:
    """Show the template in force: that of the branch, else that of the library, else the shipped one.

    `frame` in the place of a kind is what stands around the notices of a message: greeting, sender and small print.
    """

    queries: TemplateQueries
    shipped: ShippedTemplates

    async def __call__(self, key: TemplateKey) -> TemplateView:
        """Raise TemplateNotFound."""
        version, own = await self.queries.version(key)
        if own is not None:
            return TemplateView.of(key, own, shipped=False, version=version)
        wider = replace(key, branch=None)
        if key.branch is not None:
            _, own = await self.queries.version(wider)
        found = own or self.shipped.get(wider)
        if found is None:
            raise TemplateNotFound
        return TemplateView.of(wider, found, shipped=own is None, version=version)


@refuses(InvalidTemplate, InvalidLanguage, UnknownBranch, NeighbourUnavailable, OutOfDate)
@dataclass(frozen=True, slots=True)
class PutTemplate:
    """Write the words of a kind for a way and a language, for the library or for one branch. They hold at once.

    - They are written in Jinja: variables in {{ }}, questions and lists in {% if %} and {% for %}. Only the variables
      that `GET /v1/notice-kinds` lists are there; another name is refused with its line and what was perhaps meant.
    - Before they are in force they are tried with an invented notice in which much is said, and one in which little is.
    - Push messages name no title, and subjects only where the settings of notices allow it.
    - A language of one's own is used once the frame is written in it, too. Each version stays on record.
    """

    unit_of_work: TemplateWorkFactory
    engine: TemplateEngine
    branches: LibraryBranches
    clock: Clock

    async def __call__(self, command: TemplateChange) -> TemplateView:
        check_language(command.key.language)
        key, template = command.key, command.template
        if key.branch is not None:
            key = replace(key, branch=await checked_branch(key.branch, self.branches, field="branch"))
        async with self.unit_of_work() as uow:
            discreet = not (await uow.notice_settings.current()).titles_in_subjects
        await asyncio.to_thread(partial(try_out, discreet=discreet), self.engine, template, key)
        async with self.unit_of_work() as uow:
            version, present = await uow.templates.newest(key)
            refuse_if_stale(command.in_place_of, version, thing="template")
            if present == template:
                return TemplateView.of(key, template, shipped=False, version=version)
            await uow.templates.add(key, template, version=version + 1, by=command.by, now=self.clock.now())
            await uow.commit()
        return TemplateView.of(key, template, shipped=False, version=version + 1)


@refuses(TemplateNotFound, OutOfDate)
@dataclass(frozen=True, slots=True)
class RemoveTemplate:
    """Give the library's own words up: those of the whole library are in force again, or the shipped ones."""

    unit_of_work: TemplateWorkFactory
    clock: Clock

    async def __call__(self, key: TemplateKey, *, seen: int | None, by: str | None) -> None:
        async with self.unit_of_work() as uow:
            version, present = await uow.templates.newest(key)
            if present is None:
                raise TemplateNotFound
            refuse_if_stale(seen, version, thing="template")
            await uow.templates.add(key, None, version=version + 1, by=by, now=self.clock.now())
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ListTemplateVersions:
    """List what the library wrote here, the newest first; nothing where the shipped words were always in force."""

    queries: TemplateQueries

    async def __call__(self, key: TemplateKey, *, limit: int, before: int | None) -> list[TemplateVersionView]:
        return await self.queries.versions(key, limit=limit, before=before)


def try_out(engine: TemplateEngine, template: Template, key: TemplateKey, *, discreet: bool = True) -> None:
    """Fill a template in with invented notices. Raises InvalidTemplate, which names the part."""
    engine.check(template, key, discreet=discreet)
    kinds = list(NoticeKind) if key.kind == FRAME else [NoticeKind(key.kind)]
    around = {"content": "…", "heading": "…"} if key.kind == FRAME else {}
    for context in (sample(kind) for kind in kinds for sample in (full_sample, sparse_sample)):
        values = values_of(context) | around
        for part in ("subject", "text", "html"):
            source = getattr(template, part)
            if source is not None:
                try:
                    engine.fill_in(source, values, language=key.language, html=part == "html")
                except InvalidTemplate as error:
                    error.field = part
                    raise
