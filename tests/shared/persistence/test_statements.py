"""Prepared statements and the writes of an act: what they come to on both databases, and what cannot be kept."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Enum,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Uuid,
    bindparam,
    delete,
    func,
    insert,
    null,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared.kernel.ids import new_id
from shared.persistence.database import Database, violates
from shared.persistence.statements import MOST_CHANGES_TOGETHER, MOST_ROWS_TOGETHER, InsertMany, Prepared, PreparedDml
from shared.persistence.types import UtcDateTime
from tests.shared.stores import NOON, Store
from tests.statements import told_to_driver

METADATA = MetaData()
KINDS = Table(
    "kinds",
    METADATA,
    Column("kind_id", Uuid, primary_key=True),
    Column("name", String(20), nullable=False),
    Column("size", Integer),
    Column("price", Numeric(10, 2)),
    Column("is_old", Boolean),
    Column("seen_at", UtcDateTime),
    Column("facts", JSON),
    Column("seal", LargeBinary),
    Column("state", Enum("new", "used", native_enum=False, length=10)),
)
LATE = Table("late", MetaData(), Column("late_id", Uuid, primary_key=True, default=new_id), Column("name", String))
NEW_KIND = InsertMany(KINDS)
BY_ID = Prepared(select(KINDS).where(KINDS.c.kind_id == bindparam("kind_id")))
RENAME = PreparedDml(update(KINDS).where(KINDS.c.kind_id == bindparam("which")).values(name=bindparam("new_name")))


def a_kind(**more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "kind_id": new_id(),
        "name": "lamp",
        "size": None,
        "price": None,
        "is_old": None,
        "seen_at": None,
        "facts": None,
        "seal": None,
        "state": None,
    }
    return plain | more


FULL = a_kind(
    size=3,
    price=Decimal("12.50"),
    is_old=True,
    seen_at=NOON,
    facts={"deep": [1, None, "Zoë"]},
    seal=b"\x00\xff",
    state="used",
)


@pytest.fixture
async def database(store: Store) -> Database:
    async with store.database.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    return store.database


async def write(database: Database, *writes: Any) -> list[int]:
    transaction = await database.begin()
    try:
        counts = await transaction.write(writes)
        await transaction.commit()
    finally:
        await transaction.close()
    return counts


@pytest.mark.parametrize("row", [FULL, a_kind()], ids=["full", "empty"])
async def test_values_of_all_types_come_back_as_they_were_and_as_by_sqlalchemy(
    database: Database, row: dict[str, Any]
) -> None:
    await write(database, (NEW_KIND, [row]))

    (found,) = await database.rows(BY_ID, kind_id=row["kind_id"])
    async with database.reading() as connection:
        query = select(KINDS).where(KINDS.c.kind_id == row["kind_id"])
        same = (await connection.execute(query)).one()

    assert row == found._asdict() == same._asdict()
    assert [type(value) for value in same] == [type(value) for value in found]


async def test_a_moment_is_kept_in_utc_and_refused_without_a_zone(database: Database) -> None:
    row = a_kind(seen_at=datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1))))
    await write(database, (NEW_KIND, [row]))
    (found,) = await database.rows(BY_ID, kind_id=row["kind_id"])

    assert (NOON, UTC) == (found.seen_at, found.seen_at.tzinfo)
    with pytest.raises(ValueError, match="time zone"):
        await write(database, (NEW_KIND, [a_kind(seen_at=datetime(2026, 3, 1))]))  # noqa: DTZ001 - what is refused


async def test_a_value_that_has_a_default_may_be_left_out_and_no_other(database: Database) -> None:
    query = Prepared(
        select(bindparam("one", "1", String()).label("one"), bindparam("two", type_=String()).label("two"))
    )

    (row,) = await database.rows(query, two="2")

    assert ("1", "2") == (row.one, row.two)
    with pytest.raises(KeyError):
        await database.rows(query)


async def test_columns_without_a_name_have_a_place(database: Database) -> None:
    (row,) = await database.rows(Prepared(select(func.count(), null()).select_from(KINDS)))

    assert (0, None) == tuple(row)


async def test_all_writes_of_an_act_are_one_statement_on_postgresql(database: Database) -> None:
    old, other = a_kind(), a_kind()
    await write(database, (NEW_KIND, [old, other]))

    async with told_to_driver(database) as told:
        counts = await write(
            database,
            (NEW_KIND, [a_kind(name="one"), a_kind(name="two")]),
            (RENAME, [{"which": old["kind_id"], "new_name": "three"}, {"which": other["kind_id"], "new_name": "four"}]),
            (RENAME, [{"which": UUID(int=7), "new_name": "nobody"}]),
            (RENAME, []),
        )

    assert [2, 2, 0, 0] == counts
    assert {"postgresql": 1, "sqlite": 4}[database.dialect] == len(told.inside)
    names = [row[0] for row in await database.rows(select(KINDS.c.name).order_by(KINDS.c.name))]
    assert ["four", "one", "three", "two"] == names


async def test_many_rows_and_many_changes_go_in_portions(database: Database) -> None:
    many = [a_kind(name=f"{number}") for number in range(3 * MOST_ROWS_TOGETHER + 1)]
    changes = [{"which": row["kind_id"], "new_name": "x"} for row in many]

    async with told_to_driver(database) as told:
        counts = await write(database, (NEW_KIND, many), (RENAME, changes))

    assert [len(many), len(many)] == counts
    # Rows keep their order, so that each portion of them is a statement of its own; the last takes changes along.
    expected = {"postgresql": 3 + -(-len(many) // MOST_CHANGES_TOGETHER), "sqlite": 4 + len(many)}
    assert expected[database.dialect] == len(told.inside)


async def test_one_combination_of_writes_is_compiled_once(database: Database) -> None:
    transaction = await database.begin()
    for number in range(3):
        await transaction.write([(NEW_KIND, [a_kind(name=f"{number}")]), (RENAME, [])])
    await transaction.close()

    assert 1 == len(database._writes._kept)


async def test_a_change_may_be_written_otherwise_for_each_database(database: Database) -> None:
    def putting(dialect: Any) -> Any:
        new = dialect.insert(KINDS).values(kind_id=bindparam("id"), name=bindparam("name"))
        return new.on_conflict_do_update(index_elements=["kind_id"], set_={"name": new.excluded.name})

    put = PreparedDml({"postgresql": putting(postgresql), "sqlite": putting(sqlite)})
    one = UUID(int=1)

    assert [1] == await write(database, (put, [{"id": one, "name": "first"}]))
    assert [1] == await write(database, (put, [{"id": one, "name": "second"}]))
    (row,) = await database.rows(BY_ID, kind_id=one)
    assert "second" == row.name


async def test_rows_of_a_table_that_counts_are_numbered_in_their_order(store: Store) -> None:
    new = InsertMany(store.effects)
    rows = [{"subject": f"{number}", "sequence": number} for number in range(2 * MOST_ROWS_TOGETHER)]

    await write(store.database, (new, rows))

    assert [(row["subject"], row["sequence"]) for row in rows] == await store.effects_in_order()


async def test_a_plain_statement_runs_in_a_transaction_with_its_lists_expanded(database: Database) -> None:
    one, two, three = rows = [a_kind(name=name, seen_at=NOON) for name in ("one", "two", "three")]
    await write(database, (NEW_KIND, rows))
    listed = KINDS.c.kind_id.in_(bindparam("ids", expanding=True))
    pairs = tuple_(KINDS.c.kind_id, KINDS.c.seen_at).in_([(each["kind_id"], NOON) for each in (two, three)])

    async with database.begin() as transaction:
        found = await transaction.run(
            select(KINDS).where(KINDS.c.name != bindparam("but"), listed).order_by(KINDS.c.name),
            ids=[each["kind_id"] for each in rows],
            but="two",
        )
        none = await transaction.run(select(KINDS).where(KINDS.c.kind_id.in_([])))
        gone = await transaction.run(delete(KINDS).where(pairs).returning(KINDS.c.kind_id))
        await transaction.run(update(KINDS).where(listed).values(name="changed"), ids=[one["kind_id"]])
        counted = await transaction.run(text("SELECT count(*), max(name) FROM kinds"))
        await transaction.commit()

    assert [one, three] == [row._asdict() for row in found]
    assert ([], {two["kind_id"], three["kind_id"]}) == (none, {row.kind_id for row in gone})
    assert [(1, "changed")] == counted
    with pytest.raises(ValueError, match="default"):
        await _run_once(database, insert(LATE).values(name="late"))


async def _run_once(database: Database, statement: Any) -> None:
    async with database.begin() as transaction:
        await transaction.run(statement)


@pytest.mark.parametrize("prepared", [True, False], ids=["prepared", "plain"])
async def test_the_first_row_is_returned_or_none(database: Database, *, prepared: bool) -> None:
    by_size = select(KINDS.c.name).where(KINDS.c.size >= bindparam("least", type_=Integer)).order_by(KINDS.c.size)
    query = Prepared(by_size) if prepared else by_size
    await write(database, (NEW_KIND, [a_kind(name="big", size=9), a_kind(name="small", size=1)]))

    assert ("small",) == await database.first(query, least=0)
    assert await database.first(query, least=10) is None


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (select(KINDS).where(KINDS.c.name.in_(bindparam("names", expanding=True))), "array"),
        (select(KINDS).where(KINDS.c.name.in_(["a", "b"])), "array"),
        (select(KINDS).limit(bindparam("most", 3, Integer, literal_execute=True)), "array"),
        (insert(LATE).values(name=bindparam("name")).inline(), "default"),
    ],
)
async def test_what_cannot_be_prepared_is_refused(database: Database, statement: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Prepared(statement).compiled_for(database.engine.dialect)


def test_rows_whose_defaults_python_works_out_are_refused() -> None:
    with pytest.raises(ValueError, match="late_id"):
        InsertMany(LATE)


async def test_a_violated_constraint_is_the_error_that_sqlalchemy_raises(store: Store) -> None:
    row = {"name": "hits", "value": 424242}
    with pytest.raises(IntegrityError) as ours:
        await write(store.database, (InsertMany(store.counters), [row]))
    async with store.database.begin() as transaction:
        with pytest.raises(IntegrityError) as theirs:
            await transaction.run(insert(store.counters).values(row))

    for error in (ours.value, theirs.value):
        assert violates(error, "pk_counters", "counters.name")
        assert not violates(error, "pk_effects", "effects.number")
        assert "424242" not in str(error)


async def test_whatever_else_the_database_refuses_is_the_error_that_sqlalchemy_raises(store: Store) -> None:
    wrong = Prepared(text("SELECT 1 FROM nowhere").columns(Column("one", Integer)))
    with pytest.raises(DBAPIError) as ours:
        await store.database.rows(wrong)

    assert not isinstance(ours.value, IntegrityError)
    assert not ours.value.connection_invalidated
    assert 0 == (await store.database.rows(Prepared(select(func.count()).select_from(store.effects))))[0][0]


async def test_what_the_driver_is_told_is_seen_whoever_tells_it(store: Store) -> None:
    """A test that counts statements is worth nothing unless it sees one too many, on either way."""
    count = select(func.count()).select_from(store.effects)
    gone = PreparedDml(delete(store.effects).where(store.effects.c.number == bindparam("which")))

    async with told_to_driver(store.database) as told:
        transaction = await store.database.begin(with_session=True)
        await transaction.session.execute(count)
        await transaction.run(Prepared(count))
        await transaction.write([(gone, [{"which": 1}])])
        await transaction.commit()
        await transaction.close()
        await store.database.rows(Prepared(count))
        async with store.database.reading() as connection:
            await connection.execute(count)

    assert 5 == len(told.inside)
    frame = [each.split()[0].strip(";") for each in told.statements if each not in told.inside and each.strip() != ";"]
    assert ["BEGIN", "COMMIT"] == [each for each in frame if each != "ROLLBACK"]
