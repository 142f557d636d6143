"""Remember who lets past loans be forgotten, so that later returns are, too."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("borrowers", sa.Column("forgets_history", sa.Boolean, nullable=False, server_default=sa.false()))
    condition = sa.text("forgets_history")
    op.create_index(
        "ix_borrowers_forgetting", "borrowers", ["member_id"], postgresql_where=condition, sqlite_where=condition
    )


def downgrade() -> None:
    op.drop_index("ix_borrowers_forgetting", "borrowers")
    with op.batch_alter_table("borrowers") as borrowers:
        borrowers.drop_column("forgets_history")
