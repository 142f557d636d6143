"""When a debt was sent to a collection agency, by whom, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_COLUMNS = (
    ("sent_to_collection_at", sa.DateTime(timezone=True)),
    ("sent_to_collection_by", sa.String(100)),
    ("why_collected", sa.Text()),
)


def upgrade() -> None:
    for column, kind in _COLUMNS:
        op.add_column("fines", sa.Column(column, kind))


def downgrade() -> None:
    for column, _ in _COLUMNS:
        op.drop_column("fines", column)
