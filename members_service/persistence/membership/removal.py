"""Removes a member with all that hangs on it, in whichever table."""

from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from members_service.persistence.membership.tables import members
from members_service.persistence.schema import metadata


async def remove_everything_of(session: AsyncSession, member_id: UUID) -> None:
    """Delete the member and every row that hangs on it, however far away, in an order that the references allow."""
    for table in reversed(metadata.sorted_tables):
        theirs = _belonging_to(table, member_id)
        if theirs is not None:
            await session.execute(delete(table).where(theirs))


def _belonging_to(table: Table, member_id: UUID) -> ColumnElement[bool] | None:
    """Return which rows of `table` refer to the member, or to something that refers to it; None if none can."""
    if table is members:
        return members.c.member_id == member_id
    found: list[ColumnElement[bool]] = []
    for reference in table.foreign_keys:
        other = reference.column
        theirs = None if other is members.c.member_id else _belonging_to(other.table, member_id)
        if other is members.c.member_id:
            found.append(reference.parent == member_id)
        elif theirs is not None:
            found.append(reference.parent.in_(select(other).where(theirs)))
    return or_(*found) if found else None
