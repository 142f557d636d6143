"""Subscriptions and issues as they are shown, by one select each."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, not_, select, tuple_

from books_service.application.serials.views import IssueQuery, IssueView, SubscriptionView
from books_service.domain.serials.issue import IssueNotFound, RoutingSlip
from books_service.domain.serials.subscription import IssueCopy, SubscriptionNotFound
from books_service.persistence.serial_tables import IS_EXPECTED, issues, subscriptions
from books_service.persistence.serials.issues import issue_of
from books_service.persistence.serials.subscriptions import subscription_of
from books_service.persistence.tables import books
from shared.kernel.errors import refuses
from shared.persistence.database import Database

_SUBSCRIPTION = select(subscriptions, books.c.title).join_from(subscriptions, books)
_ISSUE = (
    select(issues, books.c.title, subscriptions.c.supplier)
    .join_from(issues, books)
    .outerjoin(subscriptions, subscriptions.c.book_id == issues.c.book_id)
)


class SerialQueries:
    """Fetches subscriptions and issues as they are shown."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @refuses(SubscriptionNotFound)
    async def subscription(self, book_id: UUID) -> SubscriptionView:
        """Raises SubscriptionNotFound."""
        row = await self._database.first(_SUBSCRIPTION.where(subscriptions.c.book_id == book_id))
        if row is None:
            raise SubscriptionNotFound
        return _subscription(row)

    async def subscriptions(self, *, after: UUID | None, limit: int) -> Sequence[SubscriptionView]:
        """Return subscriptions in the order of the ids of their books."""
        query = _SUBSCRIPTION.order_by(subscriptions.c.book_id).limit(limit)
        if after is not None:
            query = query.where(subscriptions.c.book_id > after)
        return [_subscription(row) for row in await self._database.rows(query)]

    @refuses(IssueNotFound)
    async def issue(self, issue_id: UUID, *, today: date) -> IssueView:
        """Raises IssueNotFound."""
        row = await self._database.first(_ISSUE.where(issues.c.issue_id == issue_id))
        if row is None:
            raise IssueNotFound
        return _issue(row, today)

    async def routing_slips(self, issue_id: UUID) -> Sequence[RoutingSlip]:
        """Return a slip for each copy of an issue that goes round. Raises IssueNotFound."""
        row = await self._database.first(_ISSUE.where(issues.c.issue_id == issue_id))
        if row is None:
            raise IssueNotFound
        issue = issue_of(row)
        subscribed = await self._database.first(_SUBSCRIPTION.where(subscriptions.c.book_id == issue.book_id))
        return [
            RoutingSlip(row.title, issue.volume, issue.received_on, copy.route, _place(copy))
            for copy in (() if subscribed is None else subscription_of(subscribed).copies)
            if copy.route
        ]

    async def issues(
        self, query: IssueQuery, *, today: date, after: tuple[date, UUID] | None, limit: int
    ) -> Sequence[IssueView]:
        """Return the issues that meet `query`, by the day on which they were due, or else came in."""
        place = tuple_(issues.c.listed_on, issues.c.issue_id)
        conditions = _conditions(query, today)
        if after is not None:
            conditions.append(place > tuple_(*after))
        found = _ISSUE.where(*conditions).order_by(issues.c.listed_on, issues.c.issue_id).limit(limit)
        return [_issue(row, today) for row in await self._database.rows(found)]


def _place(copy: IssueCopy) -> str:
    return " · ".join(filter(None, (copy.branch, copy.location)))


def _conditions(query: IssueQuery, today: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.book_id is not None:
        conditions.append(issues.c.book_id == query.book_id)
    if query.state is not None:
        conditions.append(issues.c.state == query.state)
    if query.late is not None:
        is_late = and_(IS_EXPECTED, issues.c.late_on < today)
        conditions.append(is_late if query.late else not_(and_(is_late, issues.c.late_on.is_not(None))))
    if query.claimed is not None:
        conditions.append(issues.c.claimed_on.is_not(None) if query.claimed else issues.c.claimed_on.is_(None))
    return conditions


def _subscription(row: Row[Any]) -> SubscriptionView:
    return SubscriptionView.of(subscription_of(row), row.title)


def _issue(row: Row[Any], today: date) -> IssueView:
    return IssueView.of(issue_of(row), title=row.title, supplier=row.supplier, today=today)
