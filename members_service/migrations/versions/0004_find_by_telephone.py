"""By which telephone members are found. Those who are there are filed when they change, and by `reencrypt`."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "member_phones",
        sa.Column("key", sa.LargeBinary(16), primary_key=True),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.member_id"), primary_key=True, index=True),
        comment="Keyed digests of the ends of telephone numbers, by which members are found.",
    )


def downgrade() -> None:
    op.drop_table("member_phones")
