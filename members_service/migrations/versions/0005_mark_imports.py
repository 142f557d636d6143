"""Mark events of what came with an import, and say of imports what they bring."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("imported", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("imports", sa.Column("what", sa.String(20), nullable=False, server_default="members"))


def downgrade() -> None:
    with op.batch_alter_table("imports") as imports:
        imports.drop_column("what")
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_column("imported")
