"""The location of each copy that is to be pulled, by which the pull list is in the order of a walk."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.migrating.making import create_index

revision = "0032"
down_revision = "0031"

_FILED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_PULL_LIST = "ix_circulation_records_pull_list"


def upgrade() -> None:
    op.add_column("circulation_records", sa.Column("location", _FILED, nullable=False, server_default=""))
    # Only some were told here before; of the others books is asked when their holds are looked at again.
    op.execute(
        "UPDATE circulation_records SET location = COALESCE((SELECT location FROM reported_copies"
        " WHERE reported_copies.copy_id = circulation_records.copy_id), '') WHERE status = 'requested'"
    )
    op.execute(
        "INSERT INTO retarget_requests (book_id, due_at) SELECT DISTINCT book_id, since FROM circulation_records"
        " WHERE status = 'requested' AND location = ''"
    )
    _index_pull_list("location", "shelf_mark_key")


def downgrade() -> None:
    _index_pull_list("shelf_mark_key")
    op.drop_column("circulation_records", "location")


def _index_pull_list(*shelves: str) -> None:
    op.drop_index(_PULL_LIST, "circulation_records")
    create_index(
        _PULL_LIST, "circulation_records", sa.text("upper(branch)"), *shelves, "copy_id", where="status = 'requested'"
    )
