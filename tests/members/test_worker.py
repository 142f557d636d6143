import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from members_service.application.privacy.audit_views import AuditFilter
from members_service.application.privacy.queries import AuditQueries
from members_service.domain.audit import AuditAction, AuditRecord
from members_service.domain.membership.guardian import Guardian, Permission
from members_service.domain.membership.personal_details import PersonalDetails
from members_service.persistence.data_keys import DataKeys
from members_service.settings import WorkerSettings
from members_service.worker import create_worker
from shared.configuration import load
from shared.kernel.ids import new_id
from shared.messaging.bus import Listener
from shared.messaging.envelope import Incoming
from shared.messaging.in_process import InProcessBus
from shared.persistence.database import Database
from tests.members.imap_server import Mailbox, serving
from tests.members.makers import TODAY, a_member
from tests.members.register import Register
from tests.members.reports import holiday


async def test_the_worker_tells_of_new_members_and_ends_when_told(
    database: Database, keys: DataKeys, tmp_path: Path
) -> None:
    enrolled = await Register(database, keys).enrol()
    heard: asyncio.Queue[Incoming] = asyncio.Queue()
    bus, stop = InProcessBus(), asyncio.Event()
    listening = asyncio.create_task(bus.listen(Listener("tests.ears", ("members.member.joined",), heard.put), stop))
    settings = load(
        WorkerSettings,
        books_url="http://books.invalid",
        database_url=database.engine.url.render_as_string(hide_password=False),
        data_keys_file=tmp_path / "data-keys.txt",
    )
    worker = asyncio.create_task(create_worker(settings, bus=bus).run(stop))

    async with asyncio.timeout(60):
        event = await heard.get()
        stop.set()
        await asyncio.gather(worker, listening)

    assert ("/members", str(enrolled.member_id)) == (event.source, event.subject)
    assert {"member_id": event.subject, "category": "adult", "expires_on": "2027-03-02"} == dict(event.data)


async def test_the_worker_reads_what_came_back(database: Database, keys: DataKeys, tmp_path: Path) -> None:
    stop = asyncio.Event()
    async with serving(Mailbox()) as mailbox, asyncio.timeout(60):
        mailbox.put(holiday(new_id()))
        settings = load(
            WorkerSettings,
            books_url="http://books.invalid",
            database_url=database.engine.url.render_as_string(hide_password=False),
            data_keys_file=tmp_path / "data-keys.txt",
            make_data_keys=True,
            bounce_imap_url=f"imap://bounces@127.0.0.1:{mailbox.port}",
            bounce_imap_password="word",
        )
        worker = asyncio.create_task(create_worker(settings, bus=InProcessBus()).run(stop))
        while mailbox.mails:
            await asyncio.sleep(0.01)
        stop.set()
        await worker


async def test_the_worker_removes_audit_records_that_have_expired(
    database: Database, keys: DataKeys, tmp_path: Path
) -> None:
    async with Register(database, keys).unit_of_work() as uow:
        for days in (1, 9999):
            uow.audit.add(
                AuditRecord(AuditAction.SIGNED_IN, datetime.now(UTC) - timedelta(days=days), by=f"{days} days ago")
            )
        await uow.commit()
    settings = load(
        WorkerSettings,
        books_url="http://books.invalid",
        database_url=database.engine.url.render_as_string(hide_password=False),
        data_keys_file=tmp_path / "data-keys.txt",
        make_data_keys=True,
    )
    stop = asyncio.Event()
    worker = asyncio.create_task(create_worker(settings, bus=InProcessBus()).run(stop))

    async with asyncio.timeout(60):
        while len(records := await AuditQueries(database).records(AuditFilter(), limit=None, before=None)) > 1:
            await asyncio.sleep(0.05)
        stop.set()
        await worker

    assert ["1 days ago"] == [record.by for record in records]


async def test_the_worker_ends_the_care_for_who_has_grown_up(
    database: Database, keys: DataKeys, tmp_path: Path
) -> None:
    register, grown_up = Register(database, keys), PersonalDetails(date_of_birth=date(1990, 1, 1))
    mother = a_member(card="M", email=None)
    await register.keep(mother)
    guardian = Guardian(member_id=mother.id, may=[Permission.SEE], since=date(2000, 1, 1))
    await register.keep(kim := a_member(email=None, category="child", details=grown_up, guardians=[guardian]))
    settings = load(
        WorkerSettings,
        books_url="http://books.invalid",
        database_url=database.engine.url.render_as_string(hide_password=False),
        data_keys_file=tmp_path / "data-keys.txt",
    )
    stop = asyncio.Event()
    worker = asyncio.create_task(create_worker(settings, bus=InProcessBus()).run(stop))

    async with asyncio.timeout(60):
        while (await register.members.member(kim.id, today=TODAY)).guardians:
            await asyncio.sleep(0.05)
        stop.set()
        await worker
