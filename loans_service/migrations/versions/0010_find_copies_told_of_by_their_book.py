"""Find what books told of the copies of one book: whether news of it is still on its way."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("ix_reported_copies_book", "reported_copies", ["book_id"])


def downgrade() -> None:
    op.drop_index("ix_reported_copies_book", "reported_copies")
