"""Policies and calendars, versioned; loans remember the category of their borrower. The shipped policy is the first."""

import json
from importlib import resources

import sqlalchemy as sa
from alembic import op

from shared.kernel.clock import SystemClock
from shared.persistence.types import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    policies = op.create_table(
        "policies",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        comment="Every version of the whole table; never changed, since loans name the version they were made under.",
    )
    op.create_table(
        "calendars",
        sa.Column("branch", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
    )
    op.add_column("loans", sa.Column("category", sa.String(40)))
    shipped = resources.files("loans_service.adapters.rules") / "default_policy.json"
    first = {"version": 1, "document": json.loads(shipped.read_text(encoding="utf-8")), "made_at": SystemClock().now()}
    op.bulk_insert(policies, [first])


def downgrade() -> None:
    op.drop_column("loans", "category")
    op.drop_table("calendars")
    op.drop_table("policies")
