"""What imports of members changed is told by ids and versions, and by the ids of guardians with what they may do.

None of that is sealed; what names a guardian or a ward goes when one of both is erased.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

_BEFORE = "Sealed; see data_keys."


def upgrade() -> None:
    _say(None, before=_BEFORE)


def downgrade() -> None:
    _say(_BEFORE, before=None)


def _say(comment: str | None, *, before: str | None) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(
            "import_changes",
            "content",
            comment=comment,
            existing_comment=before,
            existing_type=sa.LargeBinary(),
            existing_nullable=False,
        )
