"""What the database refuses, or does not answer, over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, text

from shared import logs
from shared.persistence.database import Database
from tests.shared.bad_input import check_problem
from tests.shared.stores import Store
from tests.shared.web.sample import GOOD, WRITER


async def post(app: FastAPI, http: httpx.AsyncClient, work: Callable[[], Awaitable[Any]]) -> httpx.Response:
    """Let a request do `work`."""

    async def act(view: Any, receipt: Any) -> Any:
        await work()
        return view

    app.state.shelf.act = act
    answer = await http.post("/v1/things", json=GOOD.body, headers=WRITER)
    check_problem(answer)
    return answer


async def test_a_database_that_is_not_there_is_a_pause(app: FastAPI, http: httpx.AsyncClient) -> None:
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    try:
        answer = await post(app, http, database.ping)
    finally:
        await database.dispose()

    assert (503, "unavailable", "1") == (answer.status_code, answer.json()["code"], answer.headers["retry-after"])


async def test_a_statement_that_takes_too_long_is_a_pause(
    app: FastAPI, http: httpx.AsyncClient, postgres_url: str
) -> None:
    database = Database(postgres_url)

    async def sleep() -> None:
        async with database.begin() as transaction:
            await transaction.run(text("SET LOCAL statement_timeout = 20"))
            await transaction.run(text("SELECT pg_sleep(5)"))
            await transaction.commit()

    try:
        answer = await post(app, http, sleep)
    finally:
        await database.dispose()

    assert (503, "unavailable") == (answer.status_code, answer.json()["code"])


async def test_a_broken_constraint_that_nobody_foresaw_is_a_conflict(
    app: FastAPI, http: httpx.AsyncClient, store: Store
) -> None:
    async def twice() -> None:
        async with store.database.begin() as transaction:
            for _ in range(2):
                await transaction.run(insert(store.counters).values({"name": "secret", "value": 1}))
            await transaction.commit()

    answer = await post(app, http, twice)

    assert (409, "conflict") == (answer.status_code, answer.json()["code"])
    assert "secret" not in answer.text


_WIDE = Table("wide", MetaData(), Column("number", Integer, primary_key=True), Column("name", String(3)))


@pytest.mark.parametrize(
    "statement",
    [
        insert(_WIDE).values(number=2**31),
        insert(_WIDE).values(number=2**63),
        insert(_WIDE).values(number=1, name="too long"),
        insert(_WIDE).values(number=1, name="\0"),
        select(_WIDE).where(_WIDE.c.number == 2**40),
        text("SELECT CAST('x' AS integer)"),
        text("SELECT 1 / 0"),
    ],
    ids=["32 bits", "64 bits", "too long", "NUL", "comparison", "cast", "division"],
)
async def test_a_value_that_does_not_fit_is_refused(
    app: FastAPI, http: httpx.AsyncClient, postgres_url: str, statement: Any
) -> None:
    database = Database(postgres_url)

    async def execute() -> None:
        async with database.engine.begin() as connection:
            await connection.run_sync(_WIDE.metadata.create_all)
        async with database.begin() as transaction:
            await transaction.run(statement)
            await transaction.commit()

    try:
        answer = await post(app, http, execute)
    finally:
        await database.dispose()

    assert (422, "invalid-request") == (answer.status_code, answer.json()["code"])


async def test_a_fault_in_a_statement_is_ours(app: FastAPI, http: httpx.AsyncClient, store: Store) -> None:
    async def nonsense() -> None:
        async with store.database.reading() as connection:
            await connection.execute(text("SELECT secret FROM nowhere"))

    answer = await post(app, http, nonsense)

    assert (500, "internal-error") == (answer.status_code, answer.json()["code"])
    assert "nowhere" not in answer.text


@pytest.mark.parametrize(
    ("statement", "facts"),
    [
        (insert(_WIDE).values(number=2**40 + 4711), []),  # refused by the driver
        (insert(_WIDE).values(number=1, name="secret"), ["SQLSTATE 22001"]),
        (text("SELECT CAST('secret' AS integer)"), ["SQLSTATE 22P02"]),
        (text("INSERT INTO wide (number, name) VALUES (1, 'sec'), (1, 'sec')"), ["SQLSTATE 23505", "wide_pkey"]),
    ],
    ids=["driver", "too long", "cast", "constraint"],
)
async def test_the_log_tells_what_was_wrong_with_a_value_but_not_the_value(
    app: FastAPI,
    http: httpx.AsyncClient,
    postgres_url: str,
    *,
    statement: Any,
    facts: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    database = Database(postgres_url)

    async def execute() -> None:
        async with database.engine.begin() as connection:
            await connection.run_sync(_WIDE.metadata.create_all)
        async with database.begin() as transaction:
            await transaction.run(statement)
            await transaction.commit()

    logs.configure(service="things", level="INFO", format="json")
    try:
        await post(app, http, execute)
    finally:
        await database.dispose()
    told = capsys.readouterr().err

    assert "error.stack_trace" in told
    assert "shared/web" in told
    assert [] == [fact for fact in facts if fact not in told]
    assert [] == [value for value in ("secret", "4711", str(2**40 + 4711), "sec)", "'sec'") if value in told]
