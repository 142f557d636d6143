"""Loans, the borrowers' locks, and the tables that carry events and receipts."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import BigNumber, UtcDateTime

revision = "0001"
down_revision = None

_OPEN = sa.text("returned_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "borrowers",
        sa.Column("member_id", sa.Uuid, primary_key=True),
        sa.Column("served", sa.Integer, nullable=False),
        comment="One row per member who ever borrowed; its lock makes desks serve one member one after the other.",
    )
    op.create_table(
        "loans",
        sa.Column("loan_id", sa.Uuid, primary_key=True),
        sa.Column("copy_id", sa.Uuid, nullable=False),
        sa.Column("book_id", sa.Uuid, nullable=False),
        sa.Column("barcode", sa.String(64), nullable=False),
        sa.Column("barcode_key", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("home_branch", sa.String(40), nullable=False),
        sa.Column("item_type", sa.String(40), nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("branch", sa.String(40), nullable=False),
        sa.Column("checked_out_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("returned_at", UtcDateTime),
        sa.Column("next_stop", sa.String(20)),
        sa.Column("renewals", sa.Integer, nullable=False),
        sa.Column("rule", sa.String(100), nullable=False),
        sa.Column("policy_version", sa.Integer, nullable=False),
        sa.Column("renewals_allowed", sa.Integer, nullable=False),
        sa.Column("override_codes", sa.JSON, nullable=False),
        sa.Column("override_comment", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("uq_loans_open_copy", "loans", ["copy_id"], unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN)
    op.create_index("ix_loans_open_member", "loans", ["member_id"], postgresql_where=_OPEN, sqlite_where=_OPEN)
    op.create_index("ix_loans_open_due", "loans", ["due_at"], postgresql_where=_OPEN, sqlite_where=_OPEN)
    op.create_index("ix_loans_member", "loans", ["member_id", "checked_out_at", "loan_id"])
    op.create_index("ix_loans_copy", "loans", ["copy_id", "checked_out_at"])
    op.create_index("ix_loans_barcode", "loans", ["barcode_key", "checked_out_at"])
    op.create_index("ix_loans_book", "loans", ["book_id", "checked_out_at"])
    op.create_index("ix_loans_branch", "loans", ["branch", "checked_out_at"])
    op.create_index("ix_loans_newest", "loans", ["checked_out_at", "loan_id"])
    _create_plumbing()


def downgrade() -> None:
    for table in ("receipts", "inbox", "outbox", "loans", "borrowers"):
        op.drop_table(table)


def _create_plumbing() -> None:
    op.create_table(
        "outbox",
        sa.Column("sequence", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("occurred_at", UtcDateTime, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("correlation_id", sa.String(100)),
        sa.Column("traceparent", sa.String(60)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbox",
        sa.Column("listener", sa.String(60), primary_key=True),
        sa.Column("message_id", sa.String(100), primary_key=True),
        sa.Column("seen_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_inbox_seen_at", "inbox", ["seen_at"])
    op.create_table(
        "receipts",
        sa.Column("slot", sa.LargeBinary(32), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_receipts_kept_at", "receipts", ["kept_at"])
