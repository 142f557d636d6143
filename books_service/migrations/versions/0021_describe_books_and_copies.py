"""Attributes of books and copies; the copies that have some are listed without reading all others."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.persistence.migrating.making import create_index

revision = "0021"
down_revision = "0020"

_MANY = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    for table in ("books", "copies"):
        op.add_column(table, sa.Column("attributes", _MANY, nullable=False, server_default=sa.text("'[]'")))
    create_index("ix_copies_described", "copies", "copy_id", where="attributes != '[]'")


def downgrade() -> None:
    op.drop_index("ix_copies_described", "copies")
    for table in ("copies", "books"):
        op.drop_column(table, "attributes")
