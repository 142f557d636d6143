"""Say of imports how often fields of the file were left out."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("imports", sa.Column("left_out", sa.JSON, nullable=False, server_default=sa.text("'{}'")))


def downgrade() -> None:
    with op.batch_alter_table("imports") as imports:
        imports.drop_column("left_out")
