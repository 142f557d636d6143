"""Letters are written by the relay, which alone asks lending what still holds."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("letter_batches", sa.Column("prepared_at", UtcDateTime, comment="When its letters were written."))
    op.add_column("letter_batches", sa.Column("claimed_until", UtcDateTime, comment="Until when somebody writes them."))

    sender = "Who sends them: the line above the address, and what stands at the side."
    op.add_column("letter_batches", sa.Column("sender", sa.JSON, comment=sender))


def downgrade() -> None:
    for name in ("sender", "claimed_until", "prepared_at"):
        op.drop_column("letter_batches", name)
