"""Imports that crash, and those that go on after them."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from members_service.domain.membership.filed_member import FiledMember
from members_service.persistence.data_keys import DataKeys
from members_service.persistence.membership.tables import cards, imports
from shared.kernel import file_records
from shared.kernel.file_records import Batch, Counts, FileRecord
from shared.kernel.ids import new_id
from shared.kernel.imports import LEASE, ImportFile, ImportNotes, ImportView, LeaseLost, Start
from tests.kept_database import Kept
from tests.members.register import Register


async def start(register: Register) -> UUID:
    records = [{"card_number": f"A{n}", "name": "Ada Lovelace", "category": "adult"} for n in range(3)]

    async def pieces() -> AsyncIterator[bytes]:
        for record in records:
            yield json.dumps(record).encode()

    return (
        await register.moving_in.start_import(Start("members", "json", {}, by="the desk"), content=pieces())
    ).import_id


async def ended(register: Register, import_id: UUID) -> ImportView:
    assert await register.moving_in.run_import()
    assert not await register.moving_in.run_import()
    return (await register.moving_in.imports.view(import_id, after_error=0))[0]


async def crash(register: Register, **noted: Any) -> None:
    """Let somebody take the import, note that far, and never come back."""
    jobs, now = register.moving_in.start_import.jobs, register.clock.now()
    job = await jobs.take(lease=new_id(), now=now, until=now + LEASE)
    assert job is not None
    await jobs.note(replace(job, **noted), (), until=now + LEASE)
    register.clock.pass_by(LEASE + timedelta(seconds=1))


async def test_who_crashed_is_followed_by_another_who_goes_on_behind_what_was_noted(register: Register) -> None:
    import_id = await start(register)
    await crash(register, counts=Counts(read=2, created=2))

    view = await ended(register, import_id)

    assert ("done", 3, 3) == (view.state, view.read, view.created)


async def test_what_was_left_out_before_a_crash_is_counted_with_what_is_left_out_after_it(register: Register) -> None:
    async def lines() -> AsyncIterator[bytes]:
        yield b"card_number,name,category,sex\n" + b"".join(b"A%d,Ada Lovelace,adult,f\n" % n for n in range(3))

    command = Start("members", "csv", {}, by="the desk")
    view = await register.moving_in.start_import(command, content=lines())
    await crash(register, counts=Counts(read=2, created=2), left_out={"sex": 2})

    assert {"sex": 3} == (await ended(register, view.import_id)).left_out


async def test_a_file_of_nothing_but_faults_leaves_no_more_errors_than_an_import_takes_records(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_records, "MOST_RECORDS", 3)

    async def lines() -> AsyncIterator[bytes]:
        yield b"0\n" * 1_000

    view = await register.moving_in.start_import(Start("members", "json", {}, by="the desk"), content=lines())
    view = await ended(register, view.import_id)

    assert ("failed", 3, 3) == (view.state, view.read, view.failed)
    assert [(1, "record-unreadable"), (2, "record-unreadable"), (3, "record-unreadable"), (0, "too-many-records")] == [
        (error.record, error.code) for error in view.errors
    ]


async def test_what_was_imported_but_not_noted_is_found_and_left(register: Register) -> None:
    first = await start(register)
    await ended(register, first)

    view = await ended(register, await start(register))

    assert (0, 3) == (view.created, view.skipped)


async def test_a_batch_is_kept_with_its_note_or_not_at_all(register: Register) -> None:
    async def lost(_: ImportNotes, batch: Batch) -> None:
        noted.append(batch.counts)
        raise LeaseLost

    noted = list[Counts]()
    record = FileRecord(1, None, FiledMember({"name": "Ada Lovelace", "category": "adult"}, "A1"))

    async def one(record: FileRecord[FiledMember]) -> AsyncIterator[FileRecord[FiledMember]]:
        yield record

    with pytest.raises(LeaseLost):
        await anext(aiter(register.moving_in.import_members(ImportFile(note=lost), one(record))))

    cards_kept = (await register.database.first(select(func.count()).select_from(cards)))[0]
    assert ([Counts(read=1, created=1)], 0) == (noted, cards_kept)


async def test_the_file_is_sealed_and_gone_when_the_import_has_ended(register: Register) -> None:
    import_id = await start(register)
    kept = [row[0] for row in await register.database.rows(select(imports.pieces.c.content))]

    await ended(register, import_id)

    assert 3 == len(kept)
    assert not any(b"Lovelace" in piece for piece in kept)
    assert 0 == (await register.database.first(select(func.count()).select_from(imports.pieces)))[0]


async def test_an_import_that_another_process_is_forgetting_is_left_to_it(kept_postgres: Kept, keys: DataKeys) -> None:
    register = Register(kept_postgres.database, keys)
    ids = [await start(register), await start(register)]
    await register.moving_in.run_import()
    await register.moving_in.run_import()

    async def left_to_forget() -> list[UUID]:
        await register.moving_in.start_import.jobs.forget(ended_before=register.clock.now() + timedelta(seconds=1))
        return [row[0] for row in await register.database.rows(select(imports.jobs.c.import_id))]

    async with register.database.engine.begin() as other, asyncio.timeout(60):
        await other.execute(select(imports.jobs).where(imports.jobs.c.import_id == ids[1]).with_for_update())
        left = await left_to_forget()

    assert ([ids[1]], []) == (left, await left_to_forget())
