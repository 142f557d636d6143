"""Tills with their sessions, receipts and movements, what the library owes members, and where money was booked."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("fine_entries", sa.Column("booked", sa.String(20)))
    op.add_column("payments", sa.Column("number", sa.String(60)))
    _make_tills()
    _make_receipts()
    _make_payouts()


def downgrade() -> None:
    for table in (
        *("payouts", "till_receipt_lines", "till_receipts", "till_movements"),
        *("till_sessions", "till_years", "tills"),
    ):
        op.drop_table(table)
    op.drop_column("payments", "number")
    op.drop_column("fine_entries", "booked")


def _make_tills() -> None:
    op.create_table(
        "tills",
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("branch", sa.String(40)),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("drawer", sa.Integer, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        comment="Where money is taken; a row's lock makes the acts at one till follow each other.",
    )
    op.create_table(
        "till_years",
        sa.Column("till", sa.String(40), primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer, nullable=False),
        comment="The last serial of a receipt, counted up in the transaction that keeps the receipt.",
    )
    op.create_table(
        "till_sessions",
        sa.Column("session_id", sa.Uuid, primary_key=True),
        sa.Column("till", sa.String(40), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("opened_by", sa.String(100), nullable=False),
        sa.Column("opening", sa.Integer, nullable=False),
        sa.Column("left_before", sa.Integer, nullable=False),
        sa.Column("closed_at", _MOMENT),
        sa.Column("closed_by", sa.String(100)),
        sa.Column("counted", sa.Integer),
        comment="From one count of a drawer to the next; left_before is what had to be in it when it was opened.",
    )
    _index("uq_till_sessions_open", "till_sessions", ["till"], where="closed_at IS NULL", unique=True)
    op.create_index("ix_till_sessions_till", "till_sessions", ["till", "opened_at"])
    op.create_table(
        "till_movements",
        sa.Column("movement_id", sa.Uuid, primary_key=True),
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("till", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        comment="Cash put in, taken out, or found to differ, by which the drawer changed.",
    )
    op.create_index("ix_till_movements_session", "till_movements", ["session_id"])


def _make_receipts() -> None:
    op.create_table(
        "till_receipts",
        sa.Column("number", sa.String(60), primary_key=True),
        sa.Column("till", sa.String(40), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("serial", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("branch", sa.String(40)),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("member_id", sa.Uuid),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("reverses", sa.String(60)),
        sa.Column("why", sa.Text, nullable=False),
        sa.UniqueConstraint("till", "year", "serial", name="uq_till_receipts_till_year_serial"),
        sa.CheckConstraint("amount > 0", name="ck_till_receipts_amount"),
        comment="Every payment, and all that was given back; without the person once that is forgotten.",
    )
    op.create_index("ix_till_receipts_newest", "till_receipts", ["at", "number"])
    op.create_index("ix_till_receipts_till", "till_receipts", ["till", "at", "number"])
    op.create_index("ix_till_receipts_branch", "till_receipts", ["branch", "at", "number"])
    op.create_index("ix_till_receipts_session", "till_receipts", ["session_id"])
    _index("ix_till_receipts_member", "till_receipts", ["member_id"], where="member_id IS NOT NULL")
    _index("ix_till_receipts_known", "till_receipts", ["at"], where="member_id IS NOT NULL")
    op.create_table(
        "till_receipt_lines",
        sa.Column("number", sa.String(60), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("fine_id", sa.Uuid),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("given_back", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "amount > 0 AND given_back >= 0 AND given_back <= amount", name="ck_till_receipt_lines_given_back"
        ),
        comment="What a receipt is for; the fine is emptied when it is forgotten whose it was.",
    )
    _index("ix_till_receipt_lines_fine", "till_receipt_lines", ["fine_id"], where="fine_id IS NOT NULL")


def _make_payouts() -> None:
    op.create_table(
        "payouts",
        sa.Column("payout_id", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("paid", sa.Integer, nullable=False),
        sa.Column("due", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("fine_id", sa.Uuid),
        sa.Column("number", sa.String(60)),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "due = amount - used - paid AND due >= 0 AND used >= 0 AND paid >= 0", name="ck_payouts_due"
        ),
        comment="What the library owes members; number is that of the payment that was too much.",
    )
    _index("ix_payouts_due", "payouts", ["made_at", "payout_id"], where="due > 0")
    _index("ix_payouts_member", "payouts", ["member_id", "currency", "due"], where="due > 0")
    op.create_index("ix_payouts_newest", "payouts", ["made_at", "payout_id"])
    op.create_index("ix_payouts_number", "payouts", ["number"])
    _index("ix_payouts_fine", "payouts", ["fine_id"], where="fine_id IS NOT NULL")


def _index(name: str, table: str, columns: list[str], *, where: str, unique: bool = False) -> None:
    chosen = sa.text(where)
    op.create_index(name, table, columns, unique=unique, postgresql_where=chosen, sqlite_where=chosen)
