"""Totals of days, from which a branch is answered day by day."""

from shared.persistence.migrating.making import forget_totals_of_days, total_days

revision = "0030"
down_revision = "0029"

_WIDE = ("branch", "item_type")
_ALONG = (*_WIDE, "location", "channel", "reason")


def upgrade() -> None:
    total_days(_ALONG, _WIDE)


def downgrade() -> None:
    forget_totals_of_days()
