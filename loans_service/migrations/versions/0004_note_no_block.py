"""Mark the loans that a machine dealt with on its own."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("loans", sa.Column("no_block", sa.Boolean, nullable=False, server_default=sa.false()))
    # SQLite looks into an index of some rows only where a query asks in the very words of its condition.
    op.create_index(
        "ix_loans_no_block",
        "loans",
        ["checked_out_at", "loan_id"],
        postgresql_where=sa.text("no_block"),
        sqlite_where=sa.text("no_block = 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_loans_no_block", "loans")
    op.drop_column("loans", "no_block")
