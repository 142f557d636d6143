"""Totals of months, from which a year is answered by branch and item type."""

from shared.persistence.migrating.making import forget_totals, total_months

revision = "0028"
down_revision = "0027"

_WIDE = ("branch", "item_type")
_ALONG = (*_WIDE, "location", "channel", "reason")


def upgrade() -> None:
    total_months(_ALONG, _WIDE)


def downgrade() -> None:
    forget_totals()
