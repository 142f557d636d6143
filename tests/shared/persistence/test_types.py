from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    insert,
    select,
)
from sqlalchemy.exc import StatementError

from shared.persistence.types import UtcDateTime, named_metadata
from tests.shared.stores import Store


async def test_a_moment_comes_back_aware_and_in_utc(store: Store) -> None:
    moments = Table("moments", MetaData(), Column("at", UtcDateTime))
    in_berlin = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
    async with store.database.engine.begin() as connection:
        await connection.run_sync(moments.create)
        await connection.execute(insert(moments), [{"at": in_berlin}, {"at": None}])

        found = list((await connection.execute(select(moments.c.at))).scalars())

    assert found == [datetime(2026, 7, 1, 10, 30, 15, 123456, tzinfo=UTC), None]
    assert found[0].tzinfo is UTC


async def test_moments_sort_by_time_whatever_their_zone(store: Store) -> None:
    moments = Table("moments", MetaData(), Column("number", Integer), Column("at", UtcDateTime))
    earlier = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=3)))
    later = datetime(2026, 1, 1, 0, tzinfo=UTC)
    async with store.database.engine.begin() as connection:
        await connection.run_sync(moments.create)
        await connection.execute(insert(moments), [{"number": 2, "at": later}, {"number": 1, "at": earlier}])

        in_order = list((await connection.execute(select(moments.c.number).order_by(moments.c.at))).scalars())
        before = list((await connection.execute(select(moments.c.number).where(moments.c.at < later))).scalars())

    assert (in_order, before) == ([1, 2], [1])


async def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    moments = Table("moments", MetaData(), Column("at", UtcDateTime))
    async with store.database.engine.begin() as connection:
        await connection.run_sync(moments.create)
        with pytest.raises(StatementError, match="time zone"):
            await connection.execute(insert(moments), {"at": datetime(2026, 1, 1)})  # noqa: DTZ001 - without a zone on purpose


def test_constraints_have_predictable_names() -> None:
    metadata = named_metadata()
    Table("parents", metadata, Column("id", Integer, primary_key=True))
    table = Table(
        "things",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer, ForeignKey("parents.id"), index=True),
        Column("b", Integer),
        UniqueConstraint("a", "b"),
        CheckConstraint("b > 0", name="b_positive"),
    )
    Index(None, table.c.b, table.c.a)

    names = {str(constraint.name) for constraint in table.constraints} | {str(index.name) for index in table.indexes}

    assert names == {
        "pk_things",
        "fk_things_a",
        "uq_things_a_b",
        "ck_things_b_positive",
        "ix_things_a",
        "ix_things_b_a",
    }
