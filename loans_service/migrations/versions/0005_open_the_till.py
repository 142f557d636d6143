"""Fines and their ledger, the price that a copy had when it was lent, and what the timed work has done to a loan."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import BigNumber, UtcDateTime

revision = "0005"
down_revision = "0004"

_OWED = sa.text("status = 'owed'")
_NAMED = sa.text("returned_at IS NOT NULL AND anonymised_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("loans") as loans:
        loans.add_column(sa.Column("price_amount", sa.Integer))
        loans.add_column(sa.Column("price_currency", sa.String(3)))
        loans.add_column(sa.Column("reminders", sa.Integer, nullable=False, server_default="0"))
        loans.add_column(sa.Column("anonymised_at", UtcDateTime))
    with op.batch_alter_table("borrowers") as borrowers:
        borrowers.add_column(sa.Column("keeps_history", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_loans_returned", "loans", ["returned_at"], postgresql_where=_NAMED, sqlite_where=_NAMED)
    op.create_table(
        "fines",
        sa.Column("fine_id", sa.Uuid, primary_key=True),
        sa.Column("loan_id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("paid", sa.Integer, nullable=False),
        sa.Column("waived", sa.Integer, nullable=False),
        sa.Column("refunded", sa.Integer, nullable=False),
        sa.Column("owed", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("charged_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("owed = amount - paid - waived + refunded AND owed >= 0", name="ck_fines_balance"),
        comment="What the ledger comes to for each fine; the ledger itself is fine_entries.",
    )
    _index("ix_fines_owed", "member_id", "currency", "owed", where=_OWED)
    _index("ix_fines_member", "member_id", "charged_at", "fine_id")
    _index("ix_fines_loan", "loan_id")
    _index("ix_fines_newest", "charged_at", "fine_id")
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
    op.create_index("ix_fine_entries_fine", "fine_entries", ["fine_id", "entry_id"])


def downgrade() -> None:
    op.drop_table("fine_entries")
    op.drop_table("fines")
    op.drop_index("ix_loans_returned", "loans")
    with op.batch_alter_table("borrowers") as borrowers:
        borrowers.drop_column("keeps_history")
    with op.batch_alter_table("loans") as loans:
        loans.drop_column("anonymised_at")
        loans.drop_column("reminders")
        loans.drop_column("price_currency")
        loans.drop_column("price_amount")


def _index(name: str, *columns: str, where: sa.TextClause | None = None) -> None:
    op.create_index(name, "fines", list(columns), postgresql_where=where, sqlite_where=where)
