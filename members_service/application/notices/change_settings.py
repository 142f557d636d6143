"""Show how the library sends notices, and change it."""

from dataclasses import dataclass, replace

from members_service.application.notices.queries import SettingsQueries
from members_service.application.notices.views import SettingsView
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
    """

    unit_of_work: NoticeWorkFactory
    clock: Clock

    async def __call__(self, command: SettingsChange) -> SettingsView:
        """Raise OutOfDate."""
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            present = await uow.notice_settings.current()
            refuse_if_stale(command.in_place_of, present.version, thing="settings")
            since = present.on_since if present.mode is Mode.ON else now
            new = replace(
                command.settings,
                version=present.version + 1,
                on_since=since if command.settings.mode is Mode.ON else None,
            )
            await uow.notice_settings.put(new, now=now)
            facts = {"mode": new.mode.value, "version": str(new.version)}
            uow.audit.add(AuditRecord(AuditAction.NOTICES_SET, now, by=command.by, facts=facts))
            await uow.commit()
        return SettingsView.of(new)


@dataclass(frozen=True, slots=True)
class HoldNotices:
    """Put notices into shadow until somebody releases them.

    It is for the time after a backup was restored, which knows nothing of what was handed over since.
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
            new = replace(present, mode=Mode.SHADOW, on_since=None, version=present.version + 1)
            await uow.notice_settings.put(new, now=now)
            facts = {"mode": new.mode.value, "version": str(new.version)}
            uow.audit.add(AuditRecord(AuditAction.NOTICES_SET, now, by="system", facts=facts))
            await uow.commit()
        return True
