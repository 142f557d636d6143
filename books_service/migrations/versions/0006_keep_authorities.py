"""Names and subjects as records of their own, and the queue of those whose books are still to be corrected."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.persistence.migrating.making import create_index
from shared.persistence.types import UtcDateTime

revision = "0006"
down_revision = "0005"

_KEY = sa.String(600).with_variant(sa.String(600, collation="C"), "postgresql")
_MANY = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "authorities",
        sa.Column("authority_id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("heading", sa.String(200), nullable=False),
        sa.Column("heading_key", _KEY, nullable=False),
        sa.Column("see_from", _MANY, nullable=False),
        sa.Column("uris", _MANY, nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("heading_key", "kind", name="uq_authorities_heading_key_kind"),
    )
    create_index("ix_authorities_heading_key", "authorities", "heading_key", "authority_id")
    op.create_table(
        "authority_keys",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column(
            "authority_id",
            sa.Uuid,
            sa.ForeignKey("authorities.authority_id", ondelete="CASCADE"),
            primary_key=True,
            index=True,
        ),
        comment="Finds authorities by their headings, other forms and URIs, which begin with two slashes.",
    )
    op.create_table(
        "gone_authorities",
        sa.Column("authority_id", sa.Uuid, primary_key=True),
        sa.Column("into_id", sa.Uuid, nullable=False, index=True),
        comment="The authorities that were merged into another, and which has their books now.",
    )
    op.create_table(
        "heading_corrections",
        sa.Column("authority_id", sa.Uuid, primary_key=True),
        sa.Column("former", sa.JSON, nullable=False),
        sa.Column("by", sa.String(100)),
        sa.Column("imported", sa.Boolean, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("after", sa.Uuid),
        sa.Column("checks", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("due_at", UtcDateTime, nullable=False),
        comment="The authorities whose headings are still to be brought into the books; a worker's lease moves due_at.",
    )
    create_index("ix_heading_corrections_due", "heading_corrections", "imported", "due_at")


def downgrade() -> None:
    for name in ("heading_corrections", "gone_authorities", "authority_keys", "authorities"):
        op.drop_table(name)
