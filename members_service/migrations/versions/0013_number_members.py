"""Short numbers of members, for people."""

from shared.persistence.migrating.making import drop_numbers, number_rows

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    number_rows("members", "member_id")


def downgrade() -> None:
    drop_numbers("members")
