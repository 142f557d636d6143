"""What a copy costs, as books tells from now on: a lost one is charged for as of the day of the loss."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("reported_copies", sa.Column("price_amount", sa.Integer))
    op.add_column("reported_copies", sa.Column("price_currency", sa.String(3)))


def downgrade() -> None:
    with op.batch_alter_table("reported_copies") as reported:
        reported.drop_column("price_currency")
        reported.drop_column("price_amount")
