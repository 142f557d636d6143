"""Indexes for lists by status, by copy and by place, and for who keeps a history."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_PICKY = sa.text("wanted_copy_id IS NOT NULL")
_KEEPS = sa.text("keeps_history")


def upgrade() -> None:
    op.create_index("ix_holds_status", "holds", ["status", "placed_at", "hold_id"])
    op.create_index("ix_holds_copy", "holds", ["copy_id"])
    op.create_index("ix_holds_wanted_copy", "holds", ["wanted_copy_id"], postgresql_where=_PICKY, sqlite_where=_PICKY)
    op.create_index("ix_fines_status", "fines", ["status", "charged_at", "fine_id"])
    op.create_index("ix_circulation_records_since", "circulation_records", ["status", "since", "copy_id"])
    op.create_index("ix_borrowers_keeping", "borrowers", ["member_id"], postgresql_where=_KEEPS, sqlite_where=_KEEPS)


def downgrade() -> None:
    op.drop_index("ix_borrowers_keeping", "borrowers")
    op.drop_index("ix_circulation_records_since", "circulation_records")
    op.drop_index("ix_fines_status", "fines")
    for index in ("ix_holds_wanted_copy", "ix_holds_copy", "ix_holds_status"):
        op.drop_index(index, "holds")
