"""Find copies by their barcodes whatever blanks were scanned, as books does."""

from alembic import op

revision = "0008"
down_revision = "0007"

_CLOSE_UP = "SET barcode_key = replace(barcode_key, ' ', '') WHERE barcode_key LIKE '% %'"
_AS_WRITTEN = "SET barcode_key = upper(barcode) WHERE barcode LIKE '% %'"


def upgrade() -> None:
    op.execute("UPDATE loans " + _CLOSE_UP)
    op.execute("UPDATE circulation_records " + _CLOSE_UP)


def downgrade() -> None:
    op.execute("UPDATE loans " + _AS_WRITTEN)
    op.execute("UPDATE circulation_records " + _AS_WRITTEN)
