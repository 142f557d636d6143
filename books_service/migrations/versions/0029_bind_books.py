"""Copies that hold several books."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029"
down_revision = "0028"

_MANY = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("copies", sa.Column("bound_with", _MANY, nullable=False, server_default=sa.text("'[]'")))
    op.create_table(
        "bound_copies",
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id"), primary_key=True),
        sa.Column(
            "copy_id", sa.Uuid, sa.ForeignKey("copies.copy_id", ondelete="CASCADE"), primary_key=True, index=True
        ),
        comment="Finds copies by what copies.bound_with says; written anew with each change of it.",
    )


def downgrade() -> None:
    op.drop_table("bound_copies")
    op.drop_column("copies", "bound_with")
