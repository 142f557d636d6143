"""Short numbers of books and copies, for people; a removed book keeps its own."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.migrating.making import drop_numbers, number_rows

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    number_rows("books", "book_id")
    number_rows("copies", "copy_id")
    op.add_column("gone_books", sa.Column("number", sa.BigInteger))


def downgrade() -> None:
    op.drop_column("gone_books", "number")
    drop_numbers("copies")
    drop_numbers("books")
