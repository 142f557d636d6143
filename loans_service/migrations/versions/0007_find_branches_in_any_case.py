"""Indexes for what a branch has, however its code is written, and for the copies of a book that were ever lent."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_OF_BRANCH: dict[str, tuple[str, list[str], list[str | sa.TextClause]]] = {
    "ix_loans_branch": ("loans", ["branch", "checked_out_at"], [sa.text("upper(branch)"), "checked_out_at", "loan_id"]),
    "ix_holds_branch": (
        "holds",
        ["pickup_branch", "placed_at", "hold_id"],
        [sa.text("upper(pickup_branch)"), "placed_at", "hold_id"],
    ),
    "ix_circulation_records_status": (
        "circulation_records",
        ["status", "branch", "since", "copy_id"],
        ["status", sa.text("upper(branch)"), "since", "copy_id"],
    ),
}


def upgrade() -> None:
    for index, (table, _, columns) in _OF_BRANCH.items():
        op.drop_index(index, table)
        op.create_index(index, table, columns)
    op.create_index("ix_loans_copy_of_book", "loans", ["book_id", "copy_id"])


def downgrade() -> None:
    op.drop_index("ix_loans_copy_of_book", "loans")
    for index, (table, columns, _) in _OF_BRANCH.items():
        op.drop_index(index, table)
        op.create_index(index, table, columns)
