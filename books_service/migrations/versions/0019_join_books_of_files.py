"""The books that MARC records name are joined to them when they are here."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "sought_books",
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", sa.String(640), nullable=False, index=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("label", sa.String(300)),
        comment=(
            "By which keys MARC records name others that they are part, edition or successor of, until these are here."
        ),
    )


def downgrade() -> None:
    op.drop_table("sought_books")
