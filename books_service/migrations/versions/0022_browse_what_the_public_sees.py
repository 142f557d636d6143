"""Names and subjects are browsed with the number of books that the public sees: those that are hidden count no more."""

from collections import Counter
from typing import Any

import sqlalchemy as sa
from alembic import op

from books_service.domain.catalogue.heading import filing_key

revision = "0022"
down_revision = "0021"

_HIDDEN = "SELECT authors, contributors, subjects FROM books WHERE hidden AND author_key <> ''"
_COUNT = sa.text("UPDATE headings SET books = books + :number WHERE kind = :kind AND key = :key")


def upgrade() -> None:
    _count(-1)
    op.execute("DELETE FROM headings WHERE books <= 0")


def downgrade() -> None:
    _count(1)


def _count(number: int) -> None:
    columns = [sa.column(name, sa.JSON) for name in ("authors", "contributors", "subjects")]
    counted = Counter[tuple[str, str]]()
    for authors, contributors, subjects in op.get_bind().execute(sa.text(_HIDDEN).columns(*columns)):
        names: list[Any] = [*authors, *(each["name"] for each in contributors)]
        counted.update({("author", filing_key(name)) for name in names})
        counted.update({("subject", filing_key(subject)) for subject in subjects})
    for (kind, key), books in sorted(counted.items()):
        op.get_bind().execute(_COUNT, {"kind": kind, "key": key, "number": number * books})
