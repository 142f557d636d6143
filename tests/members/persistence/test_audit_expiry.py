"""Records end some day, on both databases; neither asks the service what day it is."""

from datetime import UTC, datetime, timedelta

import pytest

from members_service.application.privacy.audit_views import AuditFilter
from members_service.application.privacy.queries import AuditQueries
from members_service.domain.audit import LEAST_RETENTION_DAYS, RETENTION_DAYS, AuditAction, AuditRecord
from members_service.persistence import audit
from members_service.persistence.audit import keep_records_for, remove_expired_records
from members_service.persistence.data_keys import DataKeys
from shared.persistence.database import Database
from tests.members.register import Register


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


async def note(register: Register, *days_ago: float) -> None:
    async with register.unit_of_work() as uow:
        for days in days_ago:
            uow.audit.add(
                AuditRecord(AuditAction.SIGNED_IN, datetime.now(UTC) - timedelta(days=days), by=f"{days} days ago")
            )
        await uow.commit()


async def left(register: Register) -> list[str | None]:
    records = await AuditQueries(register.database).records(AuditFilter(), limit=None, before=None)
    return [record.by for record in records]


async def test_records_are_removed_after_three_years_unless_somebody_says_otherwise(register: Register) -> None:
    await note(register, 0, RETENTION_DAYS - 0.1, RETENTION_DAYS + 0.1, 9999)

    assert 2 == await remove_expired_records(register.database)

    assert ["0 days ago", "1094.9 days ago"] == await left(register)


async def test_the_last_migration_says_how_long_records_are_kept(register: Register) -> None:
    await note(register, LEAST_RETENTION_DAYS - 1, LEAST_RETENTION_DAYS + 1)
    async with register.database.engine.begin() as connection:
        await keep_records_for(connection, days=LEAST_RETENTION_DAYS)

    assert 1 == await remove_expired_records(register.database)

    assert ["89 days ago"] == await left(register)


async def test_many_records_are_removed_some_at_a_time_the_oldest_first(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_REMOVED_AT_ONCE", 2)
    await note(register, *range(2000, 2005), 1)

    assert 2 == await audit._remove_some(register.database)
    assert ["1 days ago", "2000 days ago", "2001 days ago", "2002 days ago"] == await left(register)
    assert 3 == await remove_expired_records(register.database)
    assert ["1 days ago"] == await left(register)
