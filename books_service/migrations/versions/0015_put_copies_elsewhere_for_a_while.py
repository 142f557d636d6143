"""Copies belong elsewhere for a while, and it ends by itself; branches say how to reach them, and close."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.migrating.making import create_index
from shared.persistence.types import UtcDateTime

revision = "0015"
down_revision = "0014"

_COLUMNS = [f"{word}_{name}" for word in ("permanent", "temporary") for name in ("branch", "location", "item_type")]
_MOMENTS = ["temporary_until", "temporary_since"]
_CONTACTS = {"address": 500, "phone": 50, "email": 254}


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("copies", sa.Column(name, sa.String(40)))
    for name in _MOMENTS:
        op.add_column("copies", sa.Column(name, UtcDateTime))
    for name, longest in _CONTACTS.items():
        op.add_column("branches", sa.Column(name, sa.String(longest)))
    op.add_column("branches", sa.Column("closed_at", UtcDateTime))
    op.add_column("branches", sa.Column("copies_to", sa.String(40)))
    create_index("ix_copies_permanent", "copies", "permanent_branch", where="permanent_branch IS NOT NULL")
    create_index("ix_copies_temporary", "copies", "temporary_until", where="temporary_until IS NOT NULL")


def downgrade() -> None:
    op.execute(
        "UPDATE copies SET branch = permanent_branch, location = permanent_location, item_type = permanent_item_type"
        " WHERE permanent_branch IS NOT NULL"
    )
    op.drop_index("ix_copies_temporary", "copies")
    op.drop_index("ix_copies_permanent", "copies")
    for name in (*_MOMENTS, *_COLUMNS):
        op.drop_column("copies", name)
    for name in (*_CONTACTS, "closed_at", "copies_to"):
        op.drop_column("branches", name)
