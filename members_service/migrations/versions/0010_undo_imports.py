"""What imports changed, so that they can be undone, and which import undoes another."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("imports", sa.Column("undoes", sa.Uuid))
    op.create_table(
        "import_changes",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("imports.import_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False, comment="Sealed; see data_keys."),
        sa.Column("met_by", sa.Uuid),
        comment="What each batch of an import made and changed, and the values before, so that it can be undone.",
    )


def downgrade() -> None:
    op.drop_table("import_changes")
    op.drop_column("imports", "undoes")
