"""Books, copies, branches, circulation's word, imports, and the tables that carry events and receipts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.persistence.types import BigNumber, UtcDateTime

revision = "0001"
down_revision = None

_NAMES = sa.JSON().with_variant(JSONB(), "postgresql")
_UNFINISHED = sa.text("state IN ('queued', 'running')")


def _filed(length: int) -> sa.types.TypeEngine[str]:
    """Return text that both databases file by code points."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    _create_catalogue()
    _create_stock()
    _create_imports()
    _create_plumbing()


def downgrade() -> None:
    plumbing = ("receipts", "inbox", "outbox")
    for table in (*plumbing, "import_errors", "import_pieces", "imports", "circulation", "copies", "branches", "books"):
        op.drop_table(table)


def _create_catalogue() -> None:
    op.create_table(
        "books",
        sa.Column("book_id", sa.Uuid, primary_key=True),
        sa.Column("title", sa.String(1000), nullable=False),
        sa.Column("authors", _NAMES, nullable=False),
        sa.Column("isbn", sa.String(13), unique=True),
        sa.Column("subtitle", sa.String(1000)),
        sa.Column("publisher", sa.String(300)),
        sa.Column("published_year", sa.Integer),
        sa.Column("edition", sa.String(300)),
        sa.Column("language", sa.String(3)),
        sa.Column("subjects", _NAMES, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("match_key", sa.String(32), nullable=False, index=True),
        sa.Column("sort_key", _filed(150), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_books_added_at", "books", ["added_at", "book_id"])
    op.create_index("ix_books_sort_key", "books", ["sort_key", "book_id"])


def _create_stock() -> None:
    op.create_table(
        "branches",
        sa.Column("key", _filed(40), primary_key=True),
        sa.Column("code", sa.String(40), nullable=False, unique=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("timezone", sa.String(100), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "copies",
        sa.Column("copy_id", sa.Uuid, primary_key=True),
        sa.Column("book_id", sa.Uuid, sa.ForeignKey("books.book_id"), nullable=False),
        sa.Column("barcode", sa.String(64), nullable=False),
        sa.Column("barcode_key", sa.String(64), nullable=False),
        sa.Column("branch", sa.String(40), sa.ForeignKey("branches.code"), nullable=False, index=True),
        sa.Column("item_type", sa.String(40), nullable=False),
        sa.Column("shelf_mark", sa.String(200)),
        sa.Column("condition", sa.String(200)),
        sa.Column("price_amount", sa.BigInteger),
        sa.Column("price_currency", sa.String(3)),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("status_since", UtcDateTime, nullable=False),
        sa.Column("status_reason", sa.String(500)),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("barcode_key"),
    )
    op.create_index("ix_copies_book_id", "copies", ["book_id", "copy_id"])
    op.create_table(
        "circulation",
        sa.Column("copy_id", sa.Uuid, primary_key=True),
        sa.Column("availability", sa.String(20), nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        comment="What circulation last said of each copy; no foreign key, because it may know a copy that is not here.",
    )


def _create_imports() -> None:
    op.create_table(
        "imports",
        sa.Column("import_id", sa.Uuid, primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("format", sa.String(20), nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        sa.Column("read", sa.Integer, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("updated", sa.Integer, nullable=False),
        sa.Column("skipped", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("errors", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("lease", sa.Uuid),
        sa.Column("leased_until", UtcDateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index(
        "ix_imports_unfinished", "imports", ["created_at"], postgresql_where=_UNFINISHED, sqlite_where=_UNFINISHED
    )
    op.create_table(
        "import_pieces",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("imports.import_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
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


def _create_plumbing() -> None:
    op.create_table(
        "outbox",
        sa.Column("sequence", BigNumber, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("occurred_at", UtcDateTime, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("correlation_id", sa.String(100)),
        sa.Column("traceparent", sa.String(60)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbox",
        sa.Column("listener", sa.String(60), primary_key=True),
        sa.Column("message_id", sa.String(100), primary_key=True),
        sa.Column("seen_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_inbox_seen_at", "inbox", ["seen_at"])
    op.create_table(
        "receipts",
        sa.Column("slot", sa.LargeBinary(32), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_receipts_kept_at", "receipts", ["kept_at"])
