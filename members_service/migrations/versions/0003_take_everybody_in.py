"""Members without an address, with PIN, guardians and home branch; categories as data; merged records."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0003"
down_revision = "0002"

_TABLES = ("guardians", "likenesses", "merged_members", "category_tables", "imports", "import_pieces", "import_errors")
_WORKS, _WORKED = "replaced_at IS NULL AND merged_at IS NULL", "replaced_at IS NULL"


def upgrade() -> None:
    with op.batch_alter_table("members") as members:
        members.alter_column("email", existing_type=sa.Text, nullable=True)
        members.alter_column(
            "email_key",
            existing_type=sa.Text,
            nullable=True,
            comment="A keyed digest; a family may share one address.",
            existing_comment="A keyed digest.",
        )
        members.alter_column("category", existing_type=sa.String(20), type_=sa.String(40))
        members.alter_column("details", existing_type=sa.Text, comment="All personal details, sealed as a whole.")
        members.drop_constraint("uq_members_email_key", type_="unique")
        members.add_column(sa.Column("home_branch", sa.String(40)))
        members.add_column(
            sa.Column("external_id", sa.String(200), comment="The key that another system has for the member.")
        )
        members.add_column(sa.Column("pin_hash", sa.Text))
        members.add_column(sa.Column("reading_history", sa.String(20), nullable=False, server_default="default"))
        members.create_unique_constraint("uq_members_external_id", ["external_id"])
    op.create_index("ix_members_email_key", "members", ["email_key"])
    op.add_column(
        "cards",
        sa.Column("merged_at", UtcDateTime, comment="When it came from a merged record; it finds the member besides."),
    )
    _one_working_card(_WORKS)
    _create_tables()
    _create_imports()


def downgrade() -> None:
    for table in (
        "import_errors",
        "import_pieces",
        "imports",
        "category_tables",
        "merged_members",
        "likenesses",
        "guardians",
    ):
        op.drop_table(table)
    _one_working_card(_WORKED)
    with op.batch_alter_table("cards") as cards:
        cards.drop_column("merged_at")
    op.drop_index("ix_members_email_key", "members")
    with op.batch_alter_table("members") as members:
        members.drop_constraint("uq_members_external_id", type_="unique")
        for column in ("reading_history", "pin_hash", "external_id", "home_branch"):
            members.drop_column(column)
        members.create_unique_constraint("uq_members_email_key", ["email_key"])
        members.alter_column("category", existing_type=sa.String(40), type_=sa.String(20))
        for column in ("email", "email_key"):
            members.alter_column(column, existing_type=sa.Text, nullable=False)


def _one_working_card(which: str) -> None:
    op.drop_index("uq_cards_working", "cards")
    rows = sa.text(which)
    op.create_index("uq_cards_working", "cards", ["member_id"], unique=True, postgresql_where=rows, sqlite_where=rows)


def _create_tables() -> None:
    member = "members.member_id"
    op.create_table(
        "guardians",
        sa.Column("member_id", sa.Uuid, sa.ForeignKey(member), primary_key=True),
        sa.Column("guardian_id", sa.Uuid, sa.ForeignKey(member), primary_key=True, index=True),
        sa.Column("may", sa.String(60), nullable=False),
    )
    op.create_table(
        "likenesses",
        sa.Column("key", sa.LargeBinary(16), primary_key=True),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey(member), primary_key=True, index=True),
        sa.Column("kind", sa.String(20), nullable=False),
        comment="Keyed digests by which two records of one person are found.",
    )
    op.create_table(
        "merged_members",
        sa.Column("member_id", sa.Uuid, primary_key=True),
        sa.Column("into", sa.Uuid, sa.ForeignKey(member), nullable=False, index=True),
        sa.Column("merged_at", UtcDateTime, nullable=False),
        comment="Whose record the id of a merged one stands for now.",
    )
    op.create_table(
        "category_tables",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        comment="Each version of the categories; without any, those that came with the service are in force.",
    )


def _create_imports() -> None:
    counts = ("read", "created", "updated", "skipped", "failed", "errors")
    op.create_table(
        "imports",
        sa.Column("import_id", sa.Uuid, primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("format", sa.String(20), nullable=False),
        sa.Column("mapping", sa.JSON, nullable=False),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("leased_until", UtcDateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("by", sa.String(100)),
    )
    op.create_table(
        "import_pieces",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("imports.import_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False, comment="Sealed; see data_keys."),
        comment="The files of unfinished imports, in pieces, so that any worker can read them.",
    )
    op.create_table(
        "import_errors",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("imports.import_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("record", sa.Integer, nullable=False),
        sa.Column("identifier", sa.String(100)),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
