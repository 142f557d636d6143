"""Who places and cancels holds, and who pays, for somebody else."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_PAID_BY = sa.text("paid_by IS NOT NULL")


def upgrade() -> None:
    waits = "The member who acted for the one who waits, as for cancelled_by."
    op.add_column("holds", sa.Column("placed_by", sa.Uuid, comment=waits))
    op.add_column("holds", sa.Column("cancelled_by", sa.Uuid))
    paid = "The member who paid for the one whose debt it was."
    op.add_column("till_receipts", sa.Column("paid_by", sa.Uuid, comment=paid))
    op.create_index(
        "ix_till_receipts_paid_by",
        "till_receipts",
        ["paid_by"],
        postgresql_where=_PAID_BY,
        sqlite_where=_PAID_BY,
    )


def downgrade() -> None:
    op.drop_index("ix_till_receipts_paid_by", "till_receipts")
    op.drop_column("till_receipts", "paid_by")
    op.drop_column("holds", "cancelled_by")
    op.drop_column("holds", "placed_by")
