"""Where copies stand and why, as circulation says; when they were last scanned; shelf marks in their order."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from books_service.domain.stock.shelf_mark import shelf_mark_key
from shared.persistence.migrating.making import create_index
from shared.persistence.types import UtcDateTime

revision = "0005"
down_revision = "0004"

_WHY = {"on_loan": "on_loan", "unavailable": "on_loan", "on_hold_shelf": "hold_shelf", "in_transit": "in_transit"}
_AT_ONCE = 5000


def upgrade() -> None:
    op.add_column(
        "circulation", sa.Column("stands_why", sa.String(20), nullable=False, server_default=sa.text("'home'"))
    )
    op.add_column("circulation", sa.Column("stands_branch", sa.String(40)))
    op.add_column("circulation", sa.Column("stands_since", UtcDateTime))
    op.add_column("circulation", sa.Column("scanned_at", UtcDateTime))
    told = sa.table("circulation", sa.column("availability"), sa.column("stands_why"))
    for availability, why in _WHY.items():
        op.execute(told.update().where(told.c.availability == availability).values(stands_why=why))
    op.drop_index("ix_circulation_away", "circulation")
    create_index(
        "ix_circulation_away", "circulation", "copy_id", where="availability != 'available' OR stands_why != 'home'"
    )
    create_index("ix_circulation_floated", "circulation", "stands_branch", where="stands_why = 'floated'")
    _file_by(shelf_mark_key)


def downgrade() -> None:
    _file_by(lambda shelf_mark: (shelf_mark or "").upper())
    op.drop_index("ix_circulation_floated", "circulation")
    op.drop_index("ix_circulation_away", "circulation")
    create_index("ix_circulation_away", "circulation", "copy_id", where="availability != 'available'")
    for name in ("scanned_at", "stands_since", "stands_branch", "stands_why"):
        op.drop_column("circulation", name)


def _file_by(key_of: Any) -> None:
    """Give each shelf mark its key, some thousand copies at a time."""
    connection = op.get_bind()
    some = sa.text(
        "SELECT copy_id, shelf_mark, shelf_mark_key FROM copies"
        " WHERE copy_id > :after AND shelf_mark IS NOT NULL ORDER BY copy_id LIMIT :most"
    ).columns(copy_id=sa.Uuid)
    some = some.bindparams(sa.bindparam("after", type_=sa.Uuid))
    change = sa.text("UPDATE copies SET shelf_mark_key = :key WHERE copy_id = :id").bindparams(
        sa.bindparam("id", type_=sa.Uuid)
    )
    after = sa.Uuid().python_type(int=0)
    while rows := connection.execute(some, {"after": after, "most": _AT_ONCE}).all():
        keys = [(row.copy_id, key_of(row.shelf_mark), row.shelf_mark_key) for row in rows]
        changed: Sequence[Mapping[str, Any]] = [{"id": each, "key": key} for each, key, old in keys if key != old]
        if changed:
            connection.execute(change, changed)
        after = rows[-1].copy_id
