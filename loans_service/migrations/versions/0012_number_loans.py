"""Short numbers of loans, for people."""

from shared.persistence.migrating.making import drop_numbers, number_rows

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    number_rows("loans", "loan_id")


def downgrade() -> None:
    drop_numbers("loans")
