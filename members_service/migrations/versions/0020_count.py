"""What is counted."""

from shared.persistence.migrating.making import create_cube, drop_cube

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    create_cube("branch", "category", "age_band", "channel", "reason")


def downgrade() -> None:
    drop_cube()
