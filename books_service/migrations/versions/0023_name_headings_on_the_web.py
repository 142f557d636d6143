"""What authority files on the web call the names and subjects of books."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"

_MANY = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("books", sa.Column("heading_uris", _MANY, nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    op.drop_column("books", "heading_uris")
