"""Settings of notices say since when occurrences are noted. Until now all of them were heard at all times."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    comment = "Since when each occurrence of its kinds is noted."
    op.add_column("notice_settings", sa.Column("noted_since", UtcDateTime, comment=comment))
    settings = sa.table("notice_settings", sa.column("made_at"), sa.column("noted_since"))
    op.execute(settings.update().values(noted_since=settings.c.made_at))


def downgrade() -> None:
    op.drop_column("notice_settings", "noted_since")
