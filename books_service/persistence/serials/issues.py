"""The issues of periodicals, on a table."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from books_service.domain.notation import volume_key
from books_service.domain.serials.issue import Issue, IssueNotFound, IssueState
from books_service.persistence.serial_tables import IS_EXPECTED, issues
from books_service.persistence.tables import copies
from shared.persistence.work import out_of_date


class Issues:
    """The issues of periodicals. Lock the book before changing its ones."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, issue_id: UUID) -> Issue:
        """Raises IssueNotFound."""
        row = (await self._session.execute(select(issues).where(issues.c.issue_id == issue_id))).first()
        if row is None:
            raise IssueNotFound
        return issue_of(row)

    async def of_volume(self, book_id: UUID, key: str) -> Issue | None:
        """Return the issue of a book that has this key of a volume."""
        query = select(issues).where(issues.c.book_id == book_id, issues.c.volume_key == key)
        row = (await self._session.execute(query)).first()
        return None if row is None else issue_of(row)

    async def keys(self, book_id: UUID, keys: Collection[str]) -> frozenset[str]:
        """Return which of these keys issues of a book have already."""
        query = select(issues.c.volume_key).where(issues.c.book_id == book_id, issues.c.volume_key.in_(keys))
        return frozenset(await self._session.scalars(query))

    async def add(self, added: Sequence[Issue]) -> None:
        """Raises OutOfDate when another transaction has just added an issue of the same volume."""
        if added:
            try:
                await self._session.execute(insert(issues), [_row(each) for each in added])
            except IntegrityError as error:
                raise out_of_date() from error

    async def put(self, issue: Issue) -> Issue:
        """Store it in place of the version that it shows; return it with the next one.

        Raises OutOfDate when another transaction was faster.
        """
        stored = replace(issue, version=issue.version + 1)
        before = (issues.c.issue_id == issue.id, issues.c.version == issue.version)
        changed = await self._session.execute(update(issues).where(*before).values(_row(stored)))
        if not changed.rowcount:  # type: ignore[attr-defined]  # an UPDATE has one
            raise out_of_date()
        return stored

    async def expected(self, book_id: UUID) -> Sequence[Issue]:
        """Return the issues of a book that are expected."""
        return [
            issue_of(row)
            for row in await self._session.execute(select(issues).where(issues.c.book_id == book_id, IS_EXPECTED))
        ]

    async def remove(self, issue_ids: Collection[UUID]) -> None:
        await self._session.execute(delete(issues).where(issues.c.issue_id.in_(issue_ids)))

    async def has_copies(self, issue: Issue) -> bool:
        """Return whether its book has a copy of its volume."""
        query = select(copies.c.volume).where(copies.c.book_id == issue.book_id, copies.c.volume.is_not(None))
        return any(volume_key(volume) == issue.key for volume in await self._session.scalars(query.distinct()))

    async def hand_over(self, book_id: UUID, other_id: UUID, *, expected: bool) -> None:
        """Let another book have the issues of one that it has not itself; those that are `expected` only if so said."""
        theirs = select(issues.c.volume_key).where(issues.c.book_id == other_id)
        mine = update(issues).where(issues.c.book_id == book_id, issues.c.volume_key.not_in(theirs))
        moved = (mine if expected else mine.where(~IS_EXPECTED)).values(book_id=other_id)
        await self._session.execute(moved, execution_options={"synchronize_session": False})


def issue_of(row: Row[Any]) -> Issue:
    """Return the issue that a row shows."""
    return Issue(
        row.issue_id,
        row.book_id,
        row.volume,
        row.expected_on,
        row.late_on,
        IssueState(row.state),
        row.received_on,
        row.claimed_on,
        row.version,
    )


def _row(issue: Issue) -> dict[str, Any]:
    return {
        "issue_id": issue.id,
        "book_id": issue.book_id,
        "volume": issue.volume,
        "volume_key": issue.key,
        "expected_on": issue.expected_on,
        "late_on": issue.late_on,
        "state": issue.state,
        "received_on": issue.received_on,
        "claimed_on": issue.claimed_on,
        "listed_on": issue.expected_on or issue.received_on,
        "version": issue.version,
    }
