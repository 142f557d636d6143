"""In which branch each act on a loan was done."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    where = "Where it was done, as far as the act said."
    op.add_column("loan_history", sa.Column("branch", sa.String(40), comment=where))


def downgrade() -> None:
    op.drop_column("loan_history", "branch")
