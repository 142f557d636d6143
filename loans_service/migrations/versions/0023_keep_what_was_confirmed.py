"""What staff confirmed of what is noted of a copy when they lent it or took it back."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    comment = "What staff confirmed of what is noted of the copy."
    op.add_column("loan_history", sa.Column("confirmed", sa.JSON, comment=comment))


def downgrade() -> None:
    op.drop_column("loan_history", "confirmed")
