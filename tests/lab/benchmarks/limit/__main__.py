"""One process of the limit: `python -m tests.lab.benchmarks.limit serve|relay SERVICE`, set up by its environment.

The limit keeps what lending promises: the same hops, constraints, locks, isolation and durability, receipts sealed with
the caller's key, events confirmed, in order and worked on once. It leaves out what only a service in use needs: retries
and breaker, metrics and logs, request ids, strict reading of JSON, OpenAPI. Where a promise can be kept with less work
it does less: an idempotency key is looked up only when something stands in the way, a loan is written with its events
and its receipt in one statement, and events that wait together are worked on together.
"""

import os
import sys
import time
import traceback

import asyncpg
import uvicorn
import uvloop
from aiormq.exceptions import AMQPError

from tests.lab.benchmarks.limit.books import Books
from tests.lab.benchmarks.limit.loans import Loans
from tests.lab.benchmarks.limit.members import Members
from tests.lab.benchmarks.limit.relay import relay
from tests.lab.benchmarks.limit.tokens import TokenCheck


def _service(name: str) -> Books | Members | Loans:
    tokens = TokenCheck(os.environ["PUBLIC_KEY"].encode())
    database_url = os.environ["DATABASE_URL"]
    if name == "books":
        return Books(database_url, tokens)
    if name == "members":
        return Members(database_url, tokens)
    return Loans(
        database_url,
        tokens,
        books_url=os.environ["BOOKS_URL"],
        members_url=os.environ["MEMBERS_URL"],
        own_token=os.environ["OWN_TOKEN"],
    )


def _relay(name: str) -> None:
    """Work on and on; what a busy machine took too long for is begun again."""
    while True:
        try:
            uvloop.run(relay(name, database_url=os.environ["DATABASE_URL"], rabbit_url=os.environ["RABBITMQ_URL"]))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, AMQPError):
            traceback.print_exc()
            time.sleep(1)


def main() -> None:
    command, name = sys.argv[1:]
    if command == "relay":
        _relay(name)
    app = _service(name).app
    port = int(os.environ["PORT"])
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", log_level="warning", access_log=False)


main()
