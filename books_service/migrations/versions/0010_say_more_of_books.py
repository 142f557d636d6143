"""Further languages, variant titles, texts in their own script, and the place of publication.

The main ISBN and the first language stay in their columns, and the other ISBNs among the identifiers, where the release
before goes on reading and writing them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"

_MANY = sa.JSON().with_variant(JSONB(), "postgresql")
_LISTS = ("further_languages", "variant_titles", "own_script")


def upgrade() -> None:
    for name in _LISTS:
        op.add_column("books", sa.Column(name, _MANY, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("books", sa.Column("place", sa.String(300)))


def downgrade() -> None:
    for name in ("place", *_LISTS):
        op.drop_column("books", name)
