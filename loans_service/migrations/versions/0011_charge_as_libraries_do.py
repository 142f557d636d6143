"""The reminders, the recall, the deposit and the late bill of a loan, and suspensions for lateness."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("loans", sa.Column("reminder_terms", sa.JSON))
    op.add_column("loans", sa.Column("recalled_at", UtcDateTime))
    op.add_column("loans", sa.Column("has_deposit", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("loans", sa.Column("bill_at", UtcDateTime))
    to_bill = sa.text("bill_at IS NOT NULL")
    op.create_index("ix_loans_to_bill", "loans", ["bill_at"], postgresql_where=to_bill, sqlite_where=to_bill)
    op.create_table(
        "lateness_suspensions",
        sa.Column("suspension_id", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("loan_id", sa.Uuid),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("lifted_at", UtcDateTime),
        sa.Column("lifted_by", sa.String(100)),
        sa.Column("why_lifted", sa.Text),
        sa.CheckConstraint("days > 0 AND ends_on > starts_on", name="ck_lateness_suspensions_days"),
        comment="Days on which a member may borrow nothing because a copy came back late; the last one is ends_on.",
    )
    op.create_index("ix_lateness_suspensions_member", "lateness_suspensions", ["member_id", "ends_on"])
    op.create_index("ix_lateness_suspensions_loan", "lateness_suspensions", ["loan_id"])
    op.create_index("ix_lateness_suspensions_ended", "lateness_suspensions", ["ends_on"])


def downgrade() -> None:
    op.drop_table("lateness_suspensions")
    op.drop_index("ix_loans_to_bill", "loans")
    op.drop_column("loans", "bill_at")
    op.drop_column("loans", "has_deposit")
    op.drop_column("loans", "recalled_at")
    op.drop_column("loans", "reminder_terms")
