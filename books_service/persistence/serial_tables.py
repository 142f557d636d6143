"""The tables of periodicals: what is subscribed, and which issues are expected and came in."""

from sqlalchemy import (
    JSON,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    literal_column,
)

from books_service.domain.serials.issue import LONGEST_ISSUE_KEY, LONGEST_ISSUE_VOLUME, IssueState
from books_service.domain.serials.subscription import LONGEST_SUPPLIER
from books_service.persistence.metadata import metadata
from books_service.persistence.types import words

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("book_id", Uuid, ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True),
    Column("pattern", JSON, nullable=False),
    Column("starts", Date, nullable=False),
    Column("ends", Date),
    Column("copies", JSON, nullable=False),
    Column("late_after_days", Integer, nullable=False),
    Column("supplier", String(LONGEST_SUPPLIER)),
    Column("upto_on", Date),
    Column("upto_volume", Integer),
    Column("upto_number", Integer),
    Column("looks_on", Date, index=True),
    Column("version", Integer, nullable=False),
    comment="The periodicals that come in; upto_* is the last issue that is expected by now.",
)

issues = Table(
    "issues",
    metadata,
    Column("issue_id", Uuid, primary_key=True),
    Column("book_id", Uuid, ForeignKey("books.book_id", ondelete="CASCADE"), nullable=False),
    Column("volume", String(LONGEST_ISSUE_VOLUME), nullable=False),
    Column("volume_key", String(LONGEST_ISSUE_KEY), nullable=False),
    Column("expected_on", Date),
    Column("late_on", Date),
    Column("state", words(IssueState), nullable=False),
    Column("received_on", Date),
    Column("claimed_on", Date),
    Column("listed_on", Date, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("book_id", "volume_key"),
    comment="The issues of periodicals; one of each volume, whichever desk receives it.",
)
Index("ix_issues_listed_on", issues.c.listed_on, issues.c.issue_id)
IS_EXPECTED = issues.c.state == literal_column(f"'{IssueState.EXPECTED}'")
"""With a literal, not a parameter, so that the planner can match the partial index."""
Index(
    "ix_issues_expected",
    issues.c.listed_on,
    issues.c.issue_id,
    postgresql_where=IS_EXPECTED,
    sqlite_where=IS_EXPECTED,
)
