"""Since when each guardian stands in. Those who are there count as named today: who has grown up keeps them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    today = sa.func.current_date()
    op.add_column("guardians", sa.Column("since", sa.Date, nullable=True))
    guardians = sa.table("guardians", sa.column("since", sa.Date))
    op.execute(sa.update(guardians).values(since=today))
    with op.batch_alter_table("guardians") as table:
        table.alter_column("since", existing_type=sa.Date, nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("guardians") as table:
        table.drop_column("since")
