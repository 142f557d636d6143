"""What old postings and receipts come to, so that the balance of the tills reads only what came since."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "ledger_sums",
        sa.Column("currency", sa.String(3), primary_key=True),
        sa.Column("posting", sa.String(20), primary_key=True),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("elsewhere", sa.BigInteger, nullable=False),
        comment="What the postings up to the mark come to; elsewhere is the part that no till or payout accounts for.",
    )
    op.create_table(
        "receipt_sums",
        sa.Column("currency", sa.String(3), primary_key=True),
        sa.Column("method", sa.String(20), primary_key=True),
        sa.Column("taken", sa.BigInteger, nullable=False),
        sa.Column("given_back", sa.BigInteger, nullable=False),
        comment="What the receipts up to the marks of their tills come to.",
    )
    op.create_table(
        "sum_marks",
        sa.Column("till", sa.String(40), primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("up_to", sa.BigInteger, nullable=False),
        sa.Column("counted", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        comment="Up to which serial of a till in a year, or in the row without a till up to which posting, "
        "sums are kept.",
    )


def downgrade() -> None:
    for table in ("sum_marks", "receipt_sums", "ledger_sums"):
        op.drop_table(table)
