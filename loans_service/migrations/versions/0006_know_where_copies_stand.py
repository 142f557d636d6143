"""Where copies stand and why, when they were last in hand, and in which order shelf marks are filed."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.migrating.making import create_index
from shared.persistence.types import UtcDateTime

revision = "0006"
down_revision = "0005"

_FILED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_PULL_LIST = "ix_circulation_records_pull_list"


def upgrade() -> None:
    op.create_table(
        "copy_scans",
        sa.Column("copy_id", sa.Uuid, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        comment="When each copy was last taken in at a desk, and since when it stands where it was put then.",
        postgresql_with={"fillfactor": 80},
    )
    op.execute(
        "INSERT INTO copy_scans SELECT copy_id, MAX(returned_at), MAX(returned_at) FROM loans"
        " WHERE returned_at IS NOT NULL AND settled_at IS NULL GROUP BY copy_id"
    )
    op.add_column("circulation_records", sa.Column("from_branch", sa.String(40)))
    op.add_column("circulation_records", sa.Column("stands_since", UtcDateTime))
    op.add_column("circulation_records", sa.Column("shelf_mark_key", _FILED, nullable=False, server_default=""))
    # Until books is next asked, which says how they are filed, they are in the order of before.
    op.execute("UPDATE circulation_records SET stands_since = since, shelf_mark_key = UPPER(shelf_mark)")
    op.execute(
        "INSERT INTO retarget_requests (book_id, due_at) SELECT DISTINCT book_id, since FROM circulation_records"
        " WHERE status = 'requested'"
    )
    op.drop_index(_PULL_LIST, "circulation_records")
    _index_pull_list("shelf_mark_key")


def downgrade() -> None:
    op.drop_index(_PULL_LIST, "circulation_records")
    _index_pull_list("shelf_mark")
    for name in ("shelf_mark_key", "stands_since", "from_branch"):
        op.drop_column("circulation_records", name)
    op.drop_table("copy_scans")


def _index_pull_list(column: str) -> None:
    create_index(
        _PULL_LIST,
        "circulation_records",
        sa.text("upper(branch)"),
        column,
        "copy_id",
        where="status = 'requested'",
    )
