"""How an import treats its records, and ways to import that are saved under a name."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("imports", sa.Column("rules", sa.JSON))
    op.create_table(
        "import_profiles",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("how", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        comment="How files are imported, by names that the library gives.",
    )


def downgrade() -> None:
    op.drop_table("import_profiles")
    op.drop_column("imports", "rules")
