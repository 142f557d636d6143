"""Which borrowers leave the library, by which wish, and when lending let them go."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0004"
down_revision = "0003"

_WAITS = sa.text("leaving_id IS NOT NULL AND cleared_at IS NULL")


def upgrade() -> None:
    op.add_column("borrowers", sa.Column("leaving_id", sa.Uuid))
    op.add_column("borrowers", sa.Column("leaving_sequence", sa.BigInteger))
    op.add_column("borrowers", sa.Column("cleared_at", UtcDateTime))
    op.create_index("ix_borrowers_leaving", "borrowers", ["member_id"], postgresql_where=_WAITS, sqlite_where=_WAITS)


def downgrade() -> None:
    op.drop_index("ix_borrowers_leaving", "borrowers")
    with op.batch_alter_table("borrowers") as borrowers:
        for column in ("cleared_at", "leaving_sequence", "leaving_id"):
            borrowers.drop_column(column)
