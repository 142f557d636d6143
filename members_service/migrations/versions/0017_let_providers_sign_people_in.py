"""Identity providers of others, and the accounts that sign in by them."""

import sqlalchemy as sa
from alembic import op

from shared.persistence.types import UtcDateTime

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "identity_providers",
        sa.Column("provider_id", sa.Uuid, primary_key=True),
        sa.Column("code", sa.String(40), nullable=False, unique=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False, unique=True),
        sa.Column("client_id", sa.String(200), nullable=False),
        sa.Column("client_secret", sa.Text, nullable=False, comment="Sealed; see data_keys."),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("mail_domains", sa.JSON, nullable=False),
        sa.Column("claims", sa.JSON, nullable=False),
        sa.Column("groups", sa.JSON, nullable=False),
        sa.Column("enrol", sa.JSON),
        sa.Column("max_age", sa.Integer),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "foreign_identities",
        sa.Column("identity_id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("accounts.account_id"), nullable=False, unique=True),
        sa.Column("provider_id", sa.Uuid, sa.ForeignKey("identity_providers.provider_id"), nullable=False, index=True),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.Text, nullable=False, comment="Sealed; see data_keys."),
        sa.Column(
            "subject_key",
            sa.LargeBinary(32),
            nullable=False,
            unique=True,
            comment="A keyed digest of issuer and subject.",
        ),
        sa.Column("linked_at", UtcDateTime, nullable=False),
        comment="Who signs in by an identity provider: an account has one, and no password.",
    )
    op.add_column("accounts", sa.Column("signs_in_elsewhere", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("accounts", "signs_in_elsewhere")
    op.drop_table("foreign_identities")
    op.drop_table("identity_providers")
