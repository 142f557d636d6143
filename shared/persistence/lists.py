"""Lists as a single value of constant statements, whatever their length: an array, or JSON text on SQLite."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Dialect,
    String,
    Subquery,
    Text,
    TypeDecorator,
    bindparam,
    cast,
    column,
    func,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeEngine

from shared.persistence.statements import Prepared

DIALECTS = ("postgresql", "sqlite")


def for_both(build: Callable[[str], Any]) -> Prepared:
    """Return the statement that `build` writes for each dialect."""
    return Prepared({dialect: build(dialect) for dialect in DIALECTS})


def insert_for(dialect: str) -> Any:
    """Return the dialect's own INSERT, which supports ON CONFLICT."""
    return sqlite.insert if dialect == "sqlite" else postgresql.insert


class ListOf(TypeDecorator[Sequence[Any]]):
    """The type of a bound list of `kind`; it is not used for results."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: TypeEngine[Any]) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return Text()
        # A length would truncate longer values, which then might match others.
        kind = self.kind.dialect_impl(dialect)
        return ARRAY(String() if isinstance(kind, String) else kind)

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        convert = self.kind.dialect_impl(dialect).bind_processor(dialect)
        values = list(value) if convert is None else [convert(each) for each in value]
        return values if dialect.name == "postgresql" else json.dumps(values)


def one_of(column: ColumnElement[Any], name: str, dialect: str) -> ColumnElement[bool]:
    """Return the condition that `column` is in the list that is bound as `name`.

    The list comes from a SELECT, so that PostgreSQL cannot inspect it and soon uses a generic plan. Otherwise a short
    list, for which a custom plan is estimated to be cheaper, would be planned at each execution, which costs ten times
    as much as finding the rows.
    """
    if dialect == "postgresql":
        values = bindparam(name, type_=ListOf(column.type))
        return column == func.any(cast(select(values).scalar_subquery(), values.type))
    return column.in_(select(values_of(name, column.type, dialect).c.value))


def values_of(name: str, kind: TypeEngine[Any], dialect: str) -> TableValuedAlias:
    """Return the list that is bound as `name` as a table with a column `value`."""
    values = bindparam(name, type_=ListOf(kind))
    if dialect == "postgresql":
        return func.unnest(values).table_valued("value").render_derived()
    return func.json_each(values).table_valued("value")


def rows_of(columns: Sequence[Column[Any]], dialect: str) -> Subquery:
    """Return rows that are bound column by column, each a list under the column's name."""
    lists = [bindparam(each.name, type_=ListOf(each.type)) for each in columns]
    if dialect == "postgresql":
        named = [column(each.name, each.type) for each in columns]
        return select(func.unnest(*lists).table_valued(*named).render_derived()).subquery("rows")
    first = func.json_each(lists[0]).table_valued("key")
    place = func.printf("$[%d]", first.c.key)
    return select(
        *(
            type_coerce(func.json_extract(values, place), each.type).label(each.name)
            for each, values in zip(columns, lists, strict=True)
        )
    ).subquery("rows")
