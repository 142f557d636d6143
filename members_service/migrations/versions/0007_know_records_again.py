"""What the records of files became, and what they said: a file that comes again takes nothing back."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "imported_records",
        sa.Column("record_key", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.member_id"), nullable=False, index=True),
        sa.Column("run", sa.Uuid, nullable=False),
        sa.Column("secret", sa.Text, nullable=False, comment="Sealed; see data_keys."),
        sa.Column("digests", sa.Text, nullable=False, comment="Of what was told, under the secret."),
        comment="By what a record of a file is recognised, whose it became, and digests of what it told.",
    )


def downgrade() -> None:
    op.drop_table("imported_records")
