"""Who acted for a borrower, in the history of loans."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("loan_history", sa.Column("acted_by", sa.Uuid, comment="The member who acted for the borrower."))
    acted = sa.text("acted_by IS NOT NULL")
    op.create_index(
        "ix_loan_history_acted_by", "loan_history", ["acted_by"], postgresql_where=acted, sqlite_where=acted
    )


def downgrade() -> None:
    op.drop_index("ix_loan_history_acted_by", "loan_history")
    op.drop_column("loan_history", "acted_by")
