"""Totals of months, from which a year is answered by branch."""

from shared.persistence.migrating.making import forget_totals, total_months

revision = "0030"
down_revision = "0029"

_WIDE = ("branch",)
_ALONG = (*_WIDE, "category", "age_band", "channel", "reason")


def upgrade() -> None:
    total_months(_ALONG, _WIDE)


def downgrade() -> None:
    forget_totals()
