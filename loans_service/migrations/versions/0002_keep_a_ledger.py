"""Fines, what they come to, and payments over several."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.migrating.making import create_index
from shared.persistence.types import BigNumber, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _create_fines()
    _create_ledger()


def downgrade() -> None:
    for table in ("payments", "fine_entries", "fines"):
        op.drop_table(table)


def _create_fines() -> None:
    op.create_table(
        "fines",
        sa.Column("fine_id", sa.Uuid, primary_key=True),
        sa.Column("loan_id", sa.Uuid),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("amount", "paid", "waived", "refunded", "owed")),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("charged_at", UtcDateTime, nullable=False),
        sa.Column("anonymised_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("owed = amount - paid - waived + refunded AND owed >= 0", name="ck_fines_balance"),
        comment="What the ledger comes to for each fine; the ledger itself is fine_entries.",
    )
    create_index("ix_fines_owed", "fines", "member_id", "currency", "owed", where="status = 'owed'")
    create_index("ix_fines_member", "fines", "member_id", "charged_at", "fine_id")
    create_index("ix_fines_loan", "fines", "loan_id")
    create_index("ix_fines_status", "fines", "status", "charged_at", "fine_id")
    create_index("ix_fines_newest", "fines", "charged_at", "fine_id")
    create_index("ix_fines_by_hand", "fines", "charged_at", where="loan_id IS NULL AND anonymised_at IS NULL")


def _create_ledger() -> None:
    op.create_table(
        "fine_entries",
        sa.Column("entry_id", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("fine_id", sa.Uuid, nullable=False),
        sa.Column("posting", sa.String(20), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sqlite_autoincrement=True,
        comment="The ledger: every charge, payment, waiver and refund; rows are only ever added.",
    )
    create_index("ix_fine_entries_fine", "fine_entries", "fine_id", "entry_id")
    op.create_table(
        "payments",
        sa.Column("reference", sa.String(100), primary_key=True),
        sa.Column("member_id", sa.Uuid),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("parts", sa.JSON, nullable=False),
        sa.Column("owed", sa.Integer, nullable=False),
        sa.Column("paid_at", UtcDateTime, nullable=False),
        comment="Payments over several fines that came with a reference, so that each counts once.",
    )
    create_index("ix_payments_member", "payments", "member_id")
    create_index("ix_payments_paid", "payments", "paid_at", where="member_id IS NOT NULL")
