"""What machines did while they were offline is called so."""

from alembic import op

from shared.persistence.migrating.making import create_index

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _rename("no_block", "offline")


def downgrade() -> None:
    _rename("offline", "no_block")


def _rename(old: str, new: str) -> None:
    op.drop_index(f"ix_loans_{old}", "loans")
    op.execute(f"ALTER TABLE loans RENAME COLUMN {old} TO {new}")  # which Alembic does not offer for SQLite
    where = new if op.get_bind().dialect.name == "postgresql" else f"{new} = 1"
    create_index(f"ix_loans_{new}", "loans", "checked_out_at", "loan_id", where=where)
