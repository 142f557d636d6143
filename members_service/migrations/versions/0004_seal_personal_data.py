"""Cards of their own, history, words of names to search by, and room for sealed e-mail addresses and details.

Plain values stay as they are here: `migrate` seals them right afterwards, with the keys, which a migration has not.
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0004"
down_revision = "0003"

_WORKS = sa.text("replaced_at IS NULL")
_SEALED, _DIGEST = "Sealed; see data_keys.", "A keyed digest."
_DETAILS = "Phone, address and date of birth, sealed as a whole."
_NOW_SEALED = (("members", "email", _SEALED), ("members", "email_key", _DIGEST), ("members", "details", _DETAILS),
               ("accounts", "email", _SEALED), ("accounts", "email_key", _DIGEST))  # fmt: skip
_TAKE_CARDS = """
    INSERT INTO cards (card_key, card_number, member_id, issued_at)
    SELECT card_key, card_number, member_id, joined_at FROM members
"""
_GIVE_CARDS_BACK = """
    UPDATE members SET (card_number, card_key) = (
        SELECT card_number, card_key FROM cards WHERE cards.member_id = members.member_id AND replaced_at IS NULL
    )
"""


def upgrade() -> None:
    _create_cards()
    _create_history_entries()
    _create_words()
    with op.batch_alter_table("members") as members:
        members.drop_constraint("uq_members_card_key", type_="unique")
        members.drop_column("card_number")
        members.drop_column("card_key")
        members.add_column(sa.Column("leaving_id", sa.Uuid))
    for table, column, comment in _NOW_SEALED:
        _comment(table, column, comment)
    op.execute("DELETE FROM familiar_networks")  # nothing says whose they are; each owner is a stranger once more
    with op.batch_alter_table("familiar_networks") as networks:
        networks.add_column(sa.Column("account_slot", sa.LargeBinary(32), nullable=False))
        networks.create_index("ix_familiar_networks_account_slot", ["account_slot"])


def downgrade() -> None:
    """Sealed values stay sealed: the release before cannot read them."""
    with op.batch_alter_table("familiar_networks") as networks:
        networks.drop_index("ix_familiar_networks_account_slot")
        networks.drop_column("account_slot")
    for table, column, _ in _NOW_SEALED:
        _comment(table, column, None)
    with op.batch_alter_table("members") as members:
        members.drop_column("leaving_id")
        members.add_column(sa.Column("card_number", sa.String(32)))
        members.add_column(sa.Column("card_key", sa.String(32)))
    op.execute(_GIVE_CARDS_BACK)
    with op.batch_alter_table("members") as members:
        members.alter_column("card_number", existing_type=sa.String(32), nullable=False)
        members.alter_column("card_key", existing_type=sa.String(32), nullable=False)
        members.create_unique_constraint("uq_members_card_key", ["card_key"])
    for table in ("member_words", "history_entries", "cards"):
        op.drop_table(table)


def _create_cards() -> None:
    op.create_table(
        "cards",
        sa.Column("card_key", sa.String(32), nullable=False),
        sa.Column("card_number", sa.String(32), nullable=False),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.member_id", name="fk_cards_member_id"), nullable=False),
        sa.Column("issued_at", UtcDateTime, nullable=False),
        sa.Column("replaced_at", UtcDateTime),
        sa.PrimaryKeyConstraint("card_key", name="pk_cards"),
    )
    op.create_index("ix_cards_member_id", "cards", ["member_id"])
    op.create_index(
        "uq_cards_working", "cards", ["member_id"], unique=True, postgresql_where=_WORKS, sqlite_where=_WORKS
    )
    op.execute(_TAKE_CARDS)


def _create_history_entries() -> None:
    member = sa.ForeignKey("members.member_id", name="fk_happenings_member_id")
    op.create_table(
        "history_entries",
        sa.Column("happening_id", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid, member, nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(100)),
        sa.Column("reason", sa.Text),
        sa.Column("facts", sa.JSON, nullable=False),
    )
    op.create_index("ix_history_entries_member_id", "history_entries", ["member_id", "happening_id"])


def _create_words() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    words = op.create_table(
        "member_words",
        sa.Column("word", sa.Text(collation="C" if on_postgresql else None), primary_key=True),
        sa.Column(
            "member_id", sa.Uuid, sa.ForeignKey("members.member_id", name="fk_member_words_member_id"), primary_key=True
        ),
        comment="The bare words of each name, by whose beginnings members are found.",
    )
    op.create_index("ix_member_words_member_id", "member_words", ["member_id"])
    names = sa.table("members", sa.column("member_id", sa.Uuid), sa.column("name", sa.Text))
    connection = op.get_bind()
    for some in connection.execute(sa.select(names)).partitions(1_000):
        found = [{"word": word, "member_id": row.member_id} for row in some for word in _words_of(row.name)]
        if found:
            connection.execute(sa.insert(words), found)


def _words_of(name: str) -> set[str]:
    """As the service does it on the day of this migration."""
    plain = str.maketrans("øØłŁđĐħĦıŧŦ", "oOlLdDhHitT") | {ord(mark): None for mark in "'’`\u02bc"}
    decomposed = unicodedata.normalize("NFKD", name.translate(plain))
    bare = "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()
    return set("".join(mark if mark.isalnum() else " " for mark in bare).split())


def _comment(table: str, column: str, comment: str | None) -> None:
    if op.get_bind().dialect.name == "postgresql":
        text = "NULL" if comment is None else f"'{comment}'"
        op.execute(f"COMMENT ON COLUMN {table}.{column} IS {text}")
