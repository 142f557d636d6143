"""Show what a message would say, before anybody gets it."""

import asyncio
from dataclasses import dataclass, replace
from datetime import tzinfo
from uuid import UUID

from members_service.application.membership.queries import MemberQueries
from members_service.application.membership.record_reading import record_reading
from members_service.application.membership.views import MemberView
from members_service.application.membership.work import MembershipWorkFactory
from members_service.application.notices.rendering.context import NoticeContext, Reader
from members_service.application.notices.rendering.engine import ShippedTemplates, TemplateEngine
from members_service.application.notices.rendering.render import rendered
from members_service.application.notices.templates.change_templates import ShowTemplate
from members_service.application.notices.templates.samples import full_sample
from members_service.application.notices.templates.views import PreviewView
from members_service.domain.membership.membership import day_in
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Way
from members_service.domain.notices.template import FRAME, InvalidTemplate, Template, TemplateKey, TemplateNotFound
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import refuses


@dataclass(frozen=True, slots=True)
class Preview:
    """Which template, or the words that are perhaps to be put in its place; for which reader; and who looks."""

    key: TemplateKey
    draft: Template | None = None
    member_id: UUID | None = None
    by: str | None = None


@refuses(TemplateNotFound, InvalidTemplate, MemberNotFound)
@dataclass(frozen=True, slots=True)
class PreviewTemplate:
    """Show a whole message with an invented notice: by the template in force, or by words that are not saved yet.

    With a member it is written to that one, by name; what it is about stays invented. That somebody looked is a record
    of the audit trail. Nothing is sent.
    """

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    show: ShowTemplate
    engine: TemplateEngine
    shipped: ShippedTemplates
    clock: Clock
    zone: tzinfo

    async def __call__(self, asked: Preview) -> PreviewView:
        key = asked.key
        kind = NoticeKind.DUE_SOON if key.kind == FRAME else NoticeKind(key.kind)
        context = await self._context(asked, kind)
        chosen = {key.kind: asked.draft} if asked.draft else {}
        if asked.draft:
            self.engine.check(asked.draft, key, discreet=False)
        for needed in (kind.value, FRAME):
            if needed not in chosen and not (needed == FRAME and key.way is Way.PUSH):
                chosen[needed] = await self._in_force(replace(key, kind=needed))
        message = await asyncio.to_thread(rendered, self.engine, chosen, [context], way=key.way, language=key.language)
        return PreviewView(message.language, message.subject, message.text, message.html)

    async def _in_force(self, key: TemplateKey) -> Template:
        try:
            view = await self.show(key)
        except TemplateNotFound:  # a library that begins with a language of its own
            found = self.shipped.get(replace(key, language="en", branch=None))
            if found is None:
                raise
            return found
        return Template(view.text, view.subject, view.html)

    async def _context(self, asked: Preview, kind: NoticeKind) -> NoticeContext:
        context = full_sample(kind, language=asked.key.language)
        if asked.member_id is None:
            return context
        now = self.clock.now()
        member = await self.members.member(asked.member_id, today=day_in(self.zone, at=now))
        await record_reading(self.unit_of_work, [member.member_id], by=asked.by, now=now)
        return replace(context, reader=reader_of(member), about=None)


def reader_of(member: MemberView) -> Reader:
    """Return a member as a reader of notices."""
    given = member.preferred_name or member.given_name
    family = member.family_name if given else None
    return Reader(given or member.name, family, member.language or "en", member.expires_on)
