"""Tell recalls from other holds, and remember which loan was shortened for each."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("holds", sa.Column("kind", sa.String(20), nullable=False, server_default="hold"))
    op.add_column("holds", sa.Column("recalled_loan_id", sa.Uuid))
    condition = sa.text("recalled_loan_id IS NOT NULL")
    op.create_index(
        "ix_holds_recalled", "holds", ["recalled_loan_id"], postgresql_where=condition, sqlite_where=condition
    )


def downgrade() -> None:
    op.drop_index("ix_holds_recalled", "holds")
    op.drop_column("holds", "recalled_loan_id")
    op.drop_column("holds", "kind")
