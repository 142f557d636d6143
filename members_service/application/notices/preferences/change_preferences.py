"""Show and change what a member wants to be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any
from uuid import UUID

from members_service.application.membership.queries import MemberQueries
from members_service.application.membership.record_reading import record_reading
from members_service.application.membership.show_member import Reading
from members_service.application.membership.work import MembershipWorkFactory
from members_service.application.notices.preferences.queries import PreferenceQueries
from members_service.application.notices.preferences.views import PreferencesView
from members_service.domain.membership.member_record import InvalidLanguage, check_language
from members_service.domain.membership.membership import day_in
from members_service.domain.notices.kinds import NoticeKind
from members_service.domain.notices.message import Way
from members_service.domain.notices.preferences import NoticeNotOptional
from members_service.domain.unknown_member import MemberNotFound
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses

Kinds = Mapping[NoticeKind, bool | tuple[Way, ...] | None]


@refuses(MemberNotFound)
@dataclass(frozen=True, slots=True)
class ShowPreferences:
    """Show in which language, by which ways and of which kinds a member gets notices.

    Members see their own, and those of whom they are guardians who may see. That staff looked is on record.
    """

    unit_of_work: MembershipWorkFactory
    members: MemberQueries
    queries: PreferenceQueries
    clock: Clock
    zone: tzinfo

    async def __call__(self, reading: Reading) -> PreferencesView:
        now = self.clock.now()
        today = day_in(self.zone, at=now)
        member = await self.members.member(reading.member_id, today=today)
        if reading.only_of is None:
            await record_reading(self.unit_of_work, [member.member_id], by=reading.by, now=now)
        elif not member.may_be_seen_by(reading.only_of, today=today):
            raise MemberNotFound
        held = (await self.queries.held_by([member.member_id]))[member.member_id]
        return PreferencesView.of(
            member.member_id, member.language, held.preferences, chosen=held.chosen, version=held.version
        )


@dataclass(frozen=True, slots=True)
class PreferenceChange:
    """What is to be different: `language` and `ways` if they are among `changes`, and these kinds."""

    member_id: UUID
    changes: Mapping[str, Any]
    version: int | None
    kinds: Kinds = field(default_factory=dict)
    by: str | None = None


@refuses(MemberNotFound, NoticeNotOptional, InvalidLanguage, OutOfDate)
@dataclass(frozen=True, slots=True)
class ChangePreferences:
    """Change in which language, by which ways and of which kinds a member gets notices.

    - The first of the ways that is possible is taken, and no other one. Null brings those of the library back.
    - A courtesy is declined with false, wanted with true, or has ways of its own. What one has to know cannot be
      declined.
    - What was not chosen so far is as the library had set it, and stays so from now on.
    - The language is that of the member's record.
    """

    unit_of_work: MembershipWorkFactory
    queries: PreferenceQueries
    clock: Clock

    async def __call__(self, command: PreferenceChange) -> PreferencesView:
        now = self.clock.now()
        if (language := command.changes.get("language")) is not None:
            check_language(language)
        async with self.unit_of_work() as uow:
            member = await uow.members.get(command.member_id)
            held = (await self.queries.held_by([member.id]))[member.id]
            version, own = await uow.preferences.get(member.id)
            refuse_if_stale(command.version, version, thing="preferences")
            chosen = (own or held.preferences).with_kinds(command.kinds)
            if "ways" in command.changes:
                chosen = replace(chosen, ways=command.changes["ways"])
            if "language" in command.changes:
                member.edit(replace(member.record, language=language), by=command.by, now=now)
            await uow.preferences.put(member.id, chosen, version=version + 1, now=now)
            answer = PreferencesView.of(member.id, member.language, chosen, chosen=True, version=version + 1)
            await uow.commit()
        return answer
