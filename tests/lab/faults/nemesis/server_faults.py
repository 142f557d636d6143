"""What happens to the broker and to the databases."""

import asyncio
import contextlib

import aio_pika
import asyncpg

from tests.end_to_end.processes import run
from tests.lab.faults.nemesis.nemesis import SERVICES, Nemesis

_TRIES = 10  # to start PostgreSQL again

QUEUES = ("books.circulation", "loans.copies", "loans.members", "members.farewells")
_NO_BROKER = (aio_pika.exceptions.AMQPError, OSError, TimeoutError)
_MADE_AGAIN_WITHIN = 40.0  # seconds; its relays may be dead, or asleep, or cut off
_WORKS_AFTER = 0.5  # seconds from when a queue is led until whatever belongs to it works
_IS_SAVED_AFTER = 2.0  # seconds; the broker writes down which queues it leads half a second after it has made one


async def broker_stop(nemesis: Nemesis) -> None:
    """The broker ends in order, and comes back."""
    async with nemesis.broker:
        await asyncio.to_thread(nemesis.library.erlang, "rabbit:stop()")
        await asyncio.sleep(nemesis.rng.uniform(0.2, 2))
        await asyncio.to_thread(nemesis.library.erlang, "rabbit:start()")
        await _every_queue_is_led(nemesis)


async def broker_kill(nemesis: Nemesis) -> None:
    """The broker crashes, and comes back."""
    async with nemesis.broker:
        await asyncio.to_thread(nemesis.library.rabbit.kill)
        await asyncio.to_thread(nemesis.library.rabbit.start)
        await _every_queue_is_led(nemesis)


async def connections_closed(nemesis: Nemesis) -> None:
    """The broker closes every connection."""
    async with nemesis.broker:
        closing = 'rabbit_networking:close_connections(rabbit_networking:connections(), "nemesis")'
        await asyncio.to_thread(nemesis.library.erlang, closing)


async def queue_deleted(nemesis: Nemesis) -> None:
    """A listener's queue goes, with all that is in it; its listener makes it again.

    Nothing else is done to the broker until that is on its disk: it would come back with a queue that nobody can use.
    """
    async with nemesis.broker:
        queue = nemesis.rng.choice(QUEUES)
        with contextlib.suppress(*_NO_BROKER):
            async with asyncio.timeout(5), await aio_pika.connect(nemesis.library.rabbit.url) as connection:
                channel = await connection.channel()
                await channel.queue_delete(queue)
        async with asyncio.timeout(_MADE_AGAIN_WITHIN):
            while not await _is_there(nemesis, queue):
                await asyncio.sleep(0.2)
        await _every_queue_is_led(nemesis)
        await asyncio.sleep(_IS_SAVED_AFTER)


async def _every_queue_is_led(nemesis: Nemesis) -> None:
    """Wait until the broker's queues have leaders: one that is deleted before would take all others with it."""
    queues = ", ".join(f"'%2F_{queue}'" for queue in QUEUES)
    led = f"[ok || Queue <- [{queues}], element(1, ra:members({{Queue, node()}}, 500)) =:= ok]"
    async with asyncio.timeout(_MADE_AGAIN_WITHIN):
        while (await asyncio.to_thread(nemesis.library.erlang, led)).count("ok") <= len(QUEUES):
            await asyncio.sleep(0.2)
    await asyncio.sleep(_WORKS_AFTER)


async def _is_there(nemesis: Nemesis, queue: str) -> bool:
    with contextlib.suppress(*_NO_BROKER):
        async with asyncio.timeout(5), await aio_pika.connect(nemesis.library.rabbit.url) as connection:
            channel = await connection.channel()
            await channel.declare_queue(queue, passive=True)
            return True
    return False


async def memory_alarm(nemesis: Nemesis) -> None:
    """The broker has no memory left, and blocks whoever publishes."""
    async with nemesis.broker:
        limit = "vm_memory_monitor:set_vm_memory_high_watermark"
        await asyncio.to_thread(nemesis.library.erlang, f"{limit}({{absolute, 1000}})")
        await asyncio.sleep(nemesis.rng.uniform(0.3, 2))
        await asyncio.to_thread(nemesis.library.erlang, f"{limit}({{absolute, 1000000000}})")


async def postgres_restart(nemesis: Nemesis) -> None:
    """PostgreSQL ends at once, in order or by a crash, and comes back."""
    async with nemesis.database:
        postgres = nemesis.library.postgres
        await asyncio.to_thread(nemesis.rng.choice((postgres.stop, postgres.kill)))
        for tries_left in reversed(range(_TRIES)):
            try:
                await asyncio.to_thread(postgres.start)
            except RuntimeError:  # what was killed has not let go of everything yet
                if not tries_left:
                    raise
                await asyncio.sleep(1)
            else:
                return


async def backends_terminated(nemesis: Nemesis) -> None:
    """Some sessions of PostgreSQL are ended, whatever they are doing."""
    async with nemesis.database:
        with contextlib.suppress(asyncpg.PostgresError, OSError):
            database = await nemesis.library.database(nemesis.rng.choice(SERVICES))
            await database.execute(_TERMINATE, nemesis.rng.uniform(0.2, 1))
            await database.close()


async def disk_full(nemesis: Nemesis) -> None:
    """A table does not get another row, as PostgreSQL says it when its disk is full."""
    async with nemesis.database:
        table = nemesis.rng.choice(("outbox", "inbox", "receipts", "loans"))
        service = "loans" if table == "loans" else nemesis.rng.choice(SERVICES)
        with contextlib.suppress(asyncpg.PostgresError, OSError):
            database = await nemesis.library.database(service)
            try:
                await database.execute(_DISK_IS_FULL.format(table=table))
                await asyncio.sleep(nemesis.rng.uniform(0.5, 2))
                await database.execute(f"DROP TRIGGER disk_is_full ON {table}")
            finally:
                await database.close()


async def migration(nemesis: Nemesis) -> None:
    """Migrate while all serve: the command, and a column that comes and goes, for which each table is locked."""
    async with nemesis.database:
        library, service = nemesis.library, nemesis.rng.choice(SERVICES)
        prefix = f"{service.upper()}_DATABASE"
        owner = library.postgres.url(service, role=f"{service}_owner")
        theirs = {f"{prefix}_URL": owner, f"{prefix}_APP_ROLE": service}
        await asyncio.to_thread(run, f"{service}_service", "migrate", environment=library.environment(service) | theirs)
        table = {"books": "copies", "members": "members", "loans": "loans"}[service]
        with contextlib.suppress(asyncpg.PostgresError, OSError):
            database = await library.database(service)
            try:
                for change in ("ADD COLUMN IF NOT EXISTS new_one integer", "DROP COLUMN IF EXISTS new_one"):
                    await database.execute(f"SET lock_timeout = '2s'; ALTER TABLE {table} {change}")
                    await asyncio.sleep(0.2)
            finally:
                await database.close()


_TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND random() < $1"
)
_DISK_IS_FULL = """
CREATE OR REPLACE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$;
DROP TRIGGER IF EXISTS disk_is_full ON {table};
CREATE TRIGGER disk_is_full BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION disk_is_full();
"""
