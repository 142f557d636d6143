"""By which traits members are found, and since when nothing happened to a membership.

Those who are there are filed by their traits when they change, and by `reencrypt`.
"""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "member_traits",
        sa.Column("key", sa.LargeBinary(16), primary_key=True),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.member_id"), primary_key=True, index=True),
        comment="Keyed digests of days of birth, towns and attributes, by which members are found.",
    )
    op.add_column(
        "members",
        sa.Column("active_at", UtcDateTime, comment="When something last happened to the membership."),
    )
    members = sa.table("members", sa.column("member_id", sa.Uuid), sa.column("active_at", UtcDateTime))
    history = sa.table("history_entries", sa.column("member_id", sa.Uuid), sa.column("at", UtcDateTime))
    newest = sa.select(sa.func.max(history.c.at)).where(history.c.member_id == members.c.member_id).scalar_subquery()
    op.execute(sa.update(members).values(active_at=newest))
    op.create_index("ix_members_active_at", "members", ["active_at", "member_id"])
    op.create_index("ix_members_name", "members", ["name", "member_id"])
    op.create_index("ix_members_home_branch", "members", ["home_branch", "member_id"])


def downgrade() -> None:
    op.drop_index("ix_members_home_branch", "members")
    op.drop_index("ix_members_name", "members")
    op.drop_index("ix_members_active_at", "members")
    op.drop_column("members", "active_at")
    op.drop_table("member_traits")
