from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from members_service.application.privacy.audit_views import AuditFilter, AuditView
from members_service.application.privacy.queries import AuditQueries
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.persistence.data_keys import DataKeys
from shared.kernel.ids import new_id
from shared.persistence.database import Database
from tests.members.makers import ADA, NOW
from tests.members.register import Register


@pytest.fixture
def register(database: Database, keys: DataKeys) -> Register:
    return Register(database, keys)


async def note(register: Register, *records: AuditRecord) -> None:
    async with register.unit_of_work() as uow:
        for record in records:
            uow.audit.add(record)
        await uow.commit()


async def found(register: Register, wanted: AuditFilter | None = None, *, limit: int | None = None) -> list[AuditView]:
    return await AuditQueries(register.database).records(wanted or AuditFilter(), limit=limit, before=None)


async def test_a_record_comes_back_without_the_address_it_came_from(register: Register) -> None:
    await note(
        register,
        AuditRecord(AuditAction.SIGNED_IN, NOW, by="b", member_id=ADA, client_id="swagger", address="192.0.2.17"),
        AuditRecord(AuditAction.SIGN_IN_FAILED, NOW, address="192.0.2.99"),
        AuditRecord(AuditAction.SIGN_IN_FAILED, NOW, address="198.51.100.1", facts={"a": "b"}),
    )

    elsewhere, nearby, first = await found(register)

    assert ("signed-in", NOW, "b", ADA, "swagger") == (
        first.action, first.at, first.by, first.member_id, first.client_id,
    )  # fmt: skip
    assert first.network == nearby.network != elsewhere.network
    assert "192.0.2" not in str(first.network)
    assert {"a": "b"} == elsewhere.facts


async def test_records_are_listed_newest_first_and_page_by_page(register: Register) -> None:
    times = [NOW, NOW, NOW + timedelta(minutes=1)]
    await note(register, *(AuditRecord(AuditAction.SIGNED_IN, at, by=str(number)) for number, at in enumerate(times)))
    views = AuditQueries(register.database)

    first = await views.records(AuditFilter(), limit=2, before=None)
    rest = await views.records(AuditFilter(), limit=2, before=(first[-1].at, first[-1].record_id))

    assert ["2", "1", "0"] == [record.by for record in [*first, *rest]]


async def test_records_are_found_by_what_they_are_about(register: Register) -> None:
    account = new_id()
    await note(
        register,
        AuditRecord(AuditAction.SIGNED_IN, NOW, by="ada", account_id=account),
        AuditRecord(AuditAction.EXPORTED, NOW + timedelta(minutes=1), by="eve", member_id=ADA),
    )

    async def who(**wanted: object) -> list[str | None]:
        return [record.by for record in await found(register, AuditFilter(**wanted))]  # type: ignore[arg-type] # spelt out by each line below

    assert ["ada"] == await who(account_id=account) == await who(action="signed-in") == await who(by="ada")
    assert ["eve"] == await who(member_id=ADA) == await who(since=NOW + timedelta(seconds=1))
    assert ["ada"] == await who(until=NOW + timedelta(minutes=1))


async def test_a_record_is_kept_with_its_transaction_or_not_at_all(register: Register) -> None:
    async with register.unit_of_work() as uow:
        uow.audit.add(AuditRecord(AuditAction.SIGNED_IN, NOW))

    assert [] == await found(register)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE audit_records SET action = 'erased'", "never changed"),
        ("DELETE FROM audit_records", "kept until they expire"),
    ],
)
async def test_the_database_lets_nobody_change_what_was_recorded(register: Register, statement: str, says: str) -> None:
    await note(register, AuditRecord(AuditAction.SIGNED_IN, datetime.now(UTC)))

    with pytest.raises(DBAPIError, match=f"audit records are {says}"):
        async with register.database.engine.begin() as connection:
            await connection.execute(text(statement))

    assert ["signed-in"] == [record.action for record in await found(register)]
