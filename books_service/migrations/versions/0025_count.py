"""What is counted."""

from shared.persistence.migrating.making import create_cube, drop_cube

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    create_cube("branch", "item_type", "location", "channel", "reason")


def downgrade() -> None:
    drop_cube()
