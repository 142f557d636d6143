"""Close what is settled, charge by hand, remind by length, and know where branches lie."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0003"
down_revision = "0002"

_WITH_BORROWER = "returned_at IS NULL AND lost_at IS NULL AND claimed_at IS NULL"
_MONEY = ("amount", "paid", "waived", "refunded", "owed")


def upgrade() -> None:
    op.add_column("loans", sa.Column("settled_at", UtcDateTime))
    op.add_column("loans", sa.Column("remind_at", UtcDateTime))
    # The next sweep looks at each open loan once, and finds out when it is to be told of.
    op.execute("UPDATE loans SET remind_at = checked_out_at WHERE returned_at IS NULL")
    _index("ix_loans_remind", "loans", "remind_at", where=_WITH_BORROWER)
    _index("ix_loans_settled", "loans", "copy_id", where="settled_at IS NOT NULL")
    op.add_column("loan_history", sa.Column("overridden", sa.JSON, nullable=False, server_default="[]"))
    op.create_table(
        "branch_zones",
        sa.Column("branch", sa.String(40), primary_key=True),
        sa.Column("timezone", sa.String(64), nullable=False),
        comment="Where branches lie, in capitals, as books said last: for those without a calendar.",
    )
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
    _index("ix_payments_member", "payments", "member_id")
    _index("ix_payments_paid", "payments", "paid_at", where="member_id IS NOT NULL")
    _index("ix_holds_ended", "holds", "ended_at", where="ended_at IS NOT NULL")
    if op.get_bind().dialect.name == "sqlite":
        _remake_fines()
    else:
        op.alter_column("fines", "loan_id", nullable=True)
        op.add_column("fines", sa.Column("anonymised_at", UtcDateTime))
    _index("ix_fines_by_hand", "fines", "charged_at", where="loan_id IS NULL AND anonymised_at IS NULL")


def downgrade() -> None:
    """Charges by hand belong to no loan: the rows before had no place for them."""
    op.execute("DELETE FROM fine_entries WHERE fine_id IN (SELECT fine_id FROM fines WHERE loan_id IS NULL)")
    op.execute("DELETE FROM fines WHERE loan_id IS NULL")
    op.drop_index("ix_fines_by_hand", "fines")
    op.drop_column("fines", "anonymised_at")
    op.drop_index("ix_holds_ended", "holds")
    op.drop_table("payments")
    op.drop_table("branch_zones")
    op.drop_column("loan_history", "overridden")
    op.drop_index("ix_loans_settled", "loans")
    op.drop_index("ix_loans_remind", "loans")
    op.drop_column("loans", "remind_at")
    op.drop_column("loans", "settled_at")


def _remake_fines() -> None:
    """SQLite changes no column: the rows move into a new table of the same name."""
    kept = ("fine_id", "loan_id", "member_id", "reason", *_MONEY, "currency", "status", "charged_at", "version")
    op.create_table(
        "fines_next",
        sa.Column("fine_id", sa.Uuid, primary_key=True),
        sa.Column("loan_id", sa.Uuid),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in _MONEY),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("charged_at", UtcDateTime, nullable=False),
        sa.Column("anonymised_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("owed = amount - paid - waived + refunded AND owed >= 0", name="ck_fines_balance"),
    )
    columns = ", ".join(kept)
    op.execute(f"INSERT INTO fines_next ({columns}) SELECT {columns} FROM fines")  # noqa: S608 - the names above
    op.drop_table("fines")
    op.rename_table("fines_next", "fines")
    _index("ix_fines_owed", "fines", "member_id", "currency", "owed", where="status = 'owed'")
    _index("ix_fines_member", "fines", "member_id", "charged_at", "fine_id")
    _index("ix_fines_loan", "fines", "loan_id")
    _index("ix_fines_status", "fines", "status", "charged_at", "fine_id")
    _index("ix_fines_newest", "fines", "charged_at", "fine_id")


def _index(name: str, table: str, *columns: str, where: str | None = None) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(name, table, list(columns), postgresql_where=condition, sqlite_where=condition)
