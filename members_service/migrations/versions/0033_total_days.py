"""Totals of days, from which a branch is answered day by day."""

from shared.persistence.migrating.making import forget_totals_of_days, total_days

revision = "0033"
down_revision = "0032"

_WIDE = ("branch",)
_ALONG = (*_WIDE, "category", "age_band", "channel", "reason")


def upgrade() -> None:
    total_days(_ALONG, _WIDE)


def downgrade() -> None:
    forget_totals_of_days()
