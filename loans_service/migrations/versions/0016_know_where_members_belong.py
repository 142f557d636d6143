"""The home branch of who holds and the item type held, and what staff say to a hold that they cancel."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_COLUMNS = (("member_branch", sa.String(40)), ("item_type", sa.String(40)), ("reason_given", sa.Text()))


def upgrade() -> None:
    for column, kind in _COLUMNS:
        op.add_column("holds", sa.Column(column, kind))


def downgrade() -> None:
    for column, _ in _COLUMNS:
        op.drop_column("holds", column)
