"""Other catalogues, and how they are asked for records."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "external_targets",
        sa.Column("code", sa.String(40), primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("sru_version", sa.String(3), nullable=False),
        sa.Column("record_schema", sa.String(100), nullable=False),
        sa.Column("isbn_index", sa.String(100), nullable=False),
        sa.Column("word_index", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        comment="Other catalogues that are searched by SRU, and how each is asked.",
    )


def downgrade() -> None:
    op.drop_table("external_targets")
