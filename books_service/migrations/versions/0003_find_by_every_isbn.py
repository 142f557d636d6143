"""Books are found by every ISBN that they have, each as thirteen digits, in book_identifiers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_KEYS = sa.table("book_identifiers", sa.column("key", sa.String), sa.column("book_id", sa.Uuid))
_ADD = sa.text("INSERT INTO book_identifiers (key, book_id) VALUES (:key, :book_id) ON CONFLICT DO NOTHING")
_ADD = _ADD.bindparams(sa.bindparam("book_id", type_=sa.Uuid))
_REMOVE = sa.delete(_KEYS).where(_KEYS.c.key == sa.bindparam("old"), _KEYS.c.book_id == sa.bindparam("of_book"))
_OF_ITS_OWN = "SELECT book_id FROM books WHERE 'isbn::' || isbn = book_identifiers.key"


def upgrade() -> None:
    connection = op.get_bind()
    beside = list(connection.execute(sa.select(_KEYS).where(_KEYS.c.key.startswith("isbn:"))))
    numbered = [(key, book_id, isbn) for key, book_id in beside if (isbn := _isbn_13(key.rpartition(":")[2]))]
    if numbered:
        connection.execute(_REMOVE, [{"old": key, "of_book": book_id} for key, book_id, _ in numbered])
        connection.execute(_ADD, [{"key": f"isbn::{isbn}", "book_id": book_id} for _, book_id, isbn in numbered])
    op.execute(
        "INSERT INTO book_identifiers (key, book_id) SELECT 'isbn::' || isbn, book_id FROM books"
        " WHERE isbn IS NOT NULL ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    op.execute(f"DELETE FROM book_identifiers WHERE key LIKE 'isbn::%' AND book_id IN ({_OF_ITS_OWN})")  # noqa: S608 - constant


def _isbn_13(number: str) -> str | None:
    """Return the thirteen digits of a number whose check digit is right."""
    digits = number.strip().upper()
    if not (digits.isascii() and digits[:-1].isdecimal() and digits[-1:] in set("0123456789X")):
        return None
    if len(digits) == 10:
        values = [10 if digit == "X" else int(digit) for digit in digits]
        is_one = sum((10 - place) * value for place, value in enumerate(values)) % 11 == 0
        digits = f"978{digits[:9]}"
        return digits + _check_digit(digits) if is_one else None
    is_one = len(digits) == 13 and digits.startswith(("978", "979")) and not digits.startswith("9790")
    return digits if is_one and digits[12] == _check_digit(digits[:12]) else None


def _check_digit(twelve: str) -> str:
    return str(-sum((3 if place % 2 else 1) * int(digit) for place, digit in enumerate(twelve)) % 10)
