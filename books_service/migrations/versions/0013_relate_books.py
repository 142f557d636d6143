"""How books belong together: parts, editions, successors."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "book_relations",
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True),
        sa.Column(
            "other_id", sa.Uuid, sa.ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True, index=True
        ),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("label", sa.String(300)),
        comment="What a book is to another one; each pair of books once.",
    )


def downgrade() -> None:
    op.drop_table("book_relations")
