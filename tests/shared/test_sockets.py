"""Which sockets notice that their packets vanish; that they do is shown in tests/lab/faults/test_packets_vanish.py."""

import socket

from shared.persistence.database import Database
from shared.persistence.driver import Driver
from shared.sockets import end_when_packets_vanish


def _milliseconds(end: socket.socket) -> int:
    return end.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)


def test_a_tcp_connection_is_told_when_to_end() -> None:
    with socket.socket(socket.AF_INET6) as end:
        end_when_packets_vanish(end, 1.5)

        assert 1500 == _milliseconds(end)


def test_a_connection_on_this_machine_has_no_packets() -> None:
    here, there = socket.socketpair()
    with here, there:
        end_when_packets_vanish(here, 1.5)


async def test_every_connection_to_postgresql_has_its_end(postgres_url: str) -> None:
    database = Database(postgres_url)
    for engine in (database.engine, database.direct_engine, database.migrating_engine):
        async with engine.connect() as connection:
            driver = await Driver.of(connection)
            transport = driver._connection._transport

            assert 4000 == _milliseconds(transport.get_extra_info("socket"))
    await database.dispose()
