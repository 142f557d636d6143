"""What lending counts, and on its records what recounting has to know."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.migrating.making import create_cube, drop_cube

revision = "0026"
down_revision = "0025"

_NEW = {
    "loans": (("age_band", sa.String(10), None), ("location", sa.String(100), None)),
    "loan_history": (
        ("day", sa.Date, "On which it was counted, how it came in, and as what the borrower counted."),
        ("channel", sa.String(10), None),
        ("category", sa.String(40), None),
        ("age_band", sa.String(10), None),
    ),
    "holds": (("age_band", sa.String(10), None), ("counted", sa.JSON, "What it was counted for.")),
    "fines": (("branch", sa.String(40), "Where the copy was lent."),),
    "fine_entries": (
        ("day", sa.Date, "On which it was counted, and how it came in."),
        ("channel", sa.String(10), None),
    ),
}


def upgrade() -> None:
    create_cube("branch", "item_type", "location", "category", "age_band", "channel", "reason")
    for table, columns in _NEW.items():
        for name, kind, comment in columns:
            op.add_column(table, sa.Column(name, kind, comment=comment))


def downgrade() -> None:
    for table, columns in _NEW.items():
        for name, _, _ in columns:
            op.drop_column(table, name)
    drop_cube()
