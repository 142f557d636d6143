"""Show how the library sends notices, and change it."""

from dataclasses import dataclass, replace

from members_service.application.notices.queries import SettingsQueries
from members_service.application.notices.views import SettingsVersionView, SettingsView
from members_service.application.notices.work import NoticeWorkFactory
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.notices.notice_settings import Mode, NoticeSettings
from shared.kernel.clock import Clock
from shared.kernel.errors import OutOfDate, refuse_if_stale, refuses


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """Show how the library sends notices.

    In the mode `off` none are made. In `shadow` everything is done but the handing over, so that the library can read
    for a while what would go out.
    """

    queries: SettingsQueries

    async def __call__(self) -> SettingsView:
        return SettingsView.of(await self.queries.current())


@dataclass(frozen=True, slots=True)
class ListSettingsVersions:
    """List how the library sent notices, the newest first, and since when it notes what happens.

    Nothing is on record of what happened while its kind was off: this says when that was.
    """

    queries: SettingsQueries

    async def __call__(self, *, limit: int, before: int | None) -> list[SettingsVersionView]:
        return await self.queries.versions(limit=limit, before=before)


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """How notices are sent from now on, in the place of which version (None: any); `by` is who says so."""

    settings: NoticeSettings
    in_place_of: int | None
    by: str | None = None


@refuses(OutOfDate)
@dataclass(frozen=True, slots=True)
class PutSettings:
    """Set how the library sends notices.

    - Switching on sends nothing that was due more than a day before.
    - What waits in messages is judged by the mode of the moment in which it would be handed over.
    - A kind is never less careful than the whole.
    - What happens is noted as soon as the relay has seen the change, within seconds: the versions say since when.
    """

    unit_of_work: NoticeWorkFactory
    clock: Clock

    async def __call__(self, command: SettingsChange) -> SettingsView:
        """Raise OutOfDate."""
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            present = await uow.notice_settings.current()
            refuse_if_stale(command.in_place_of, present.version, thing="settings")
            new = command.settings.after(present, now)
            await uow.notice_settings.put(new, now=now)
            facts = {"mode": new.mode.value, "version": str(new.version)}
            uow.audit.add(AuditRecord(AuditAction.NOTICES_SET, now, by=command.by, facts=facts))
            await uow.commit()
        return SettingsView.of(new)


@dataclass(frozen=True, slots=True)
class HoldNotices:
    """Put notices into shadow until somebody releases them.

    It is for the time after a backup was restored, which knows nothing of what was handed over since, nor of what was
    noted.
    """

    unit_of_work: NoticeWorkFactory
    clock: Clock

    async def __call__(self) -> bool:
        """Return whether notices were on."""
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            present = await uow.notice_settings.current()
            if present.mode is not Mode.ON:
                return False
            new = replace(replace(present, mode=Mode.SHADOW).after(present, now), noted_since=None)
            await uow.notice_settings.put(new, now=now)
            facts = {"mode": new.mode.value, "version": str(new.version)}
            uow.audit.add(AuditRecord(AuditAction.NOTICES_SET, now, by="system", facts=facts))
            await uow.commit()
        return True
