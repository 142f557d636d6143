"""Locations, more of what is said of books and copies, requested copies, stocktaking, and how records came in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.persistence.types import UtcDateTime

revision = "0002"
down_revision = "0001"

_COUNTS = ("copies_created", "copies_updated", "copies_skipped", "copies_failed")


def upgrade() -> None:
    many, none = sa.JSON().with_variant(JSONB(), "postgresql"), sa.text("'[]'")
    for name in ("classification", "notes", "links"):
        op.add_column("books", sa.Column(name, many, nullable=False, server_default=none))
    for column in (
        sa.Column("format", sa.String(20)),
        sa.Column("extent", sa.String(300)),
        sa.Column("audience", sa.String(20)),
        sa.Column("external_id", sa.String(100)),
    ):
        op.add_column("books", column)
    op.add_column("books", sa.Column("changed_at", UtcDateTime))
    op.execute("UPDATE books SET changed_at = added_at")
    op.create_index("ix_books_changed_at", "books", ["changed_at", "book_id"])
    op.add_column("branches", sa.Column("locations", many, nullable=False, server_default=none))
    for column in (
        sa.Column("location", sa.String(40)),
        sa.Column("volume", sa.String(100)),
        sa.Column("note", sa.String(200)),
        sa.Column("external_id", sa.String(100)),
    ):
        op.add_column("copies", column)
    op.add_column("copies", sa.Column("last_seen_at", UtcDateTime))
    key = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")
    op.add_column("copies", sa.Column("shelf_mark_key", key, nullable=False, server_default=""))
    op.execute("UPDATE copies SET shelf_mark_key = upper(coalesce(shelf_mark, ''))")
    op.drop_index("ix_copies_branch", "copies")
    op.create_index("ix_copies_shelf", "copies", ["branch", "shelf_mark_key"])
    op.add_column("copies", sa.Column("external_key", sa.String(100)))
    op.create_index("ix_copies_external_key", "copies", ["external_key"])
    op.execute("UPDATE copies SET barcode_key = replace(barcode_key, ' ', '')")
    op.add_column("circulation", sa.Column("transit_to", sa.String(40)))
    op.add_column("stock", sa.Column("requested", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("imports", sa.Column("left_out", sa.JSON, nullable=False, server_default=sa.text("'{}'")))
    for name in _COUNTS:
        op.add_column("imports", sa.Column(name, sa.Integer, nullable=False, server_default=sa.text("0")))
    _create_sources()
    _create_inventories()


def _create_sources() -> None:
    op.create_table(
        "source_records",
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("leader", sa.String(24), nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        comment="The MARC records that books came in with, for what goes out to be as rich.",
    )
    op.create_table(
        "gone_books",
        sa.Column("book_id", sa.Uuid, primary_key=True),
        sa.Column("gone_at", UtcDateTime, nullable=False),
        sa.Column("into_id", sa.Uuid),
        comment="The books that were removed, or merged into another: harvesters hear of them.",
    )
    op.create_index("ix_gone_books_gone_at", "gone_books", ["gone_at", "book_id"])


def _create_inventories() -> None:
    op.create_table(
        "inventories",
        sa.Column("inventory_id", sa.Uuid, primary_key=True),
        sa.Column("branch", sa.String(40), sa.ForeignKey("branches.code"), nullable=False),
        sa.Column("location", sa.String(40)),
        sa.Column("shelf_mark_from", sa.String(200)),
        sa.Column("shelf_mark_to", sa.String(200)),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(100)),
    )
    op.create_table(
        "inventory_scans",
        sa.Column("inventory_id", sa.Uuid, sa.ForeignKey("inventories.inventory_id"), primary_key=True),
        sa.Column("barcode_key", sa.String(64), primary_key=True),
        sa.Column("barcode", sa.String(64), nullable=False),
        sa.Column("copy_id", sa.Uuid, index=True),
        sa.Column("at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    for table in ("inventory_scans", "inventories", "gone_books", "source_records"):
        op.drop_table(table)
    op.drop_index("ix_copies_external_key", "copies")
    op.drop_index("ix_copies_shelf", "copies")
    op.create_index("ix_copies_branch", "copies", ["branch"])
    op.drop_index("ix_books_changed_at", "books")
    for table, names in (
        ("imports", (*_COUNTS, "left_out")),
        ("stock", ("requested",)),
        ("circulation", ("transit_to",)),
        ("copies", ("external_key", "shelf_mark_key", "last_seen_at", "external_id", "note", "volume", "location")),
        ("branches", ("locations",)),
        ("books", ("changed_at", "external_id", "audience", "extent", "format", "links", "notes", "classification")),
    ):
        for name in names:
            op.drop_column(table, name)
