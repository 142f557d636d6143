"""How old who waits is, where a rule asks for it, and in which location a copy belongs."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    kept = "When it was placed; only while it is active, if a rule asks for it."
    op.add_column("holds", sa.Column("member_age", sa.Integer(), comment=kept))
    op.add_column("reported_copies", sa.Column("location", sa.Text()))


def downgrade() -> None:
    op.drop_column("reported_copies", "location")
    op.drop_column("holds", "member_age")
