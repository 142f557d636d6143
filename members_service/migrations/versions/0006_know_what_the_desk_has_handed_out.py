"""Whether a one-time token, and the password chosen with it, came from the desk: then it is good for a member only."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("password_from_desk", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("accounts", sa.Column("activation_from_desk", sa.Boolean))
    accounts = sa.table(
        "accounts",
        sa.column("roles", sa.String),
        sa.column("member_id", sa.Uuid),
        sa.column("activation_digest", sa.LargeBinary),
        sa.column("password_from_desk", sa.Boolean),
        sa.column("activation_from_desk", sa.Boolean),
    )
    # Nobody knows any more who made the tokens; those of members were mostly made at the desk.
    of_member = sa.and_(accounts.c.roles == "member", accounts.c.member_id.is_not(None))
    op.execute(sa.update(accounts).where(of_member).values(password_from_desk=sa.true()))
    pending = accounts.c.activation_digest.is_not(None)
    from_desk = sa.case((of_member, sa.true()), else_=sa.false())
    op.execute(sa.update(accounts).where(pending).values(activation_from_desk=from_desk))


def downgrade() -> None:
    op.drop_column("accounts", "activation_from_desk")
    op.drop_column("accounts", "password_from_desk")
